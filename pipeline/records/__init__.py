"""The typed records of Redraw, one module for each subject.

Records are immutable: to change one, make a changed copy.
"""
