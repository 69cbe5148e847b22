"""The outside world: Google's clients, and a stand-in of plain dictionaries. Nothing else in Redraw touches the network."""
