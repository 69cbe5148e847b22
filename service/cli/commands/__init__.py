"""The commands of `redraw`, one file a subject. Each is thin: it reads its arguments, makes one call, shows what came of it.

What a command needs is imported when it runs: `redraw --help` must not wait for Google's clients, let alone TensorFlow.
"""
