"""Sizes of a terminal at which screens change their layout, in cells and lines."""

SMALL = 100
"""Cells below which frames are lines, panes take one line, and a drawer opens at the bottom."""
LOW = 30
"""Lines below which a case takes four lines beside the queue."""
WIDE = 180
"""Cells from which the case stands beside the queue, and a drawer is wider."""
