"""The pages of players: what they send, and how to forget one."""
