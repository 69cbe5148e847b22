"""Notify the owner's receiver: find what has happened, record it once, deliver it by a webhook."""
