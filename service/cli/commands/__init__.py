"""The commands of `redraw`, one module for each subject.

A command reads its arguments, makes one call and shows the result. It imports what it needs when it
runs, as `redraw --help` should not wait for Google's clients or TensorFlow.
"""
