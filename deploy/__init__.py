"""What puts Redraw on machines; none of it is part of the images."""
