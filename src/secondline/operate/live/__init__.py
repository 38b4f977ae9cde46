"""Live: the example of a card-fraud model from development to a breach in use, played by invented people."""
