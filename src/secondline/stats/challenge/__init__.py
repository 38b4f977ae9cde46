"""Mathematics of the challenge family."""
