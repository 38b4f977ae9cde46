"""Mathematics of the explanation family."""
