"""Firestore and Storage servers that run inside the process, for demo, development and tests.

They answer as Firebase does, or refuse a request with a message that names what is not supported.
"""
