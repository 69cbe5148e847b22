"""The ports over Google's clients, and over dictionaries for unit tests.

The pipeline reaches Firestore and Storage only through these modules.
"""
