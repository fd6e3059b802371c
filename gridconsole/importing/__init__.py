"""Taking in the office's sheets: sniff → read → header → map → coerce → check → plan → commit."""
