"""The services behind this one: how long, and how often at once, they are asked."""
