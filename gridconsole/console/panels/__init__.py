"""Pages on top of a mode: the whole case, alarms, handover, digest, duplicates, keys."""
