"""Import of the office's sheets, in the steps sniff → read → header → map → coerce → check → plan → commit."""
