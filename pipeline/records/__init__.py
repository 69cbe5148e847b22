"""The typed records of Redraw, one module for each subject. A change to a record is a new record."""
