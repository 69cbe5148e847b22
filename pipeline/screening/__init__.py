"""What speaks against a correction: a referee's evidence, bursts of near-identical drawings, drawings of no class."""
