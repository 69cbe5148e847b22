"""How far the clocks of two machines may differ before one of them refuses what the other made."""

CLOCK_SKEW_SECONDS = 10
"""An ID token may be so much from the future, by this machine's clock."""
