"""`redraw drill`: faults over a whole Redraw on this machine, and what must hold afterwards."""
