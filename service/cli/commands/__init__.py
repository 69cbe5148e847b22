"""The commands of `redraw`, one file a subject.

What a command needs is imported when it runs: `redraw --help` must not wait for Google's clients, let alone TensorFlow.
"""
