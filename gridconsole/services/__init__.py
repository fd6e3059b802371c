"""One function per act of the office, one transaction each; console, command line, import and demo all call these."""
