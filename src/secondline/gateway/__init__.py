"""Gateway: serve approved models only, decide, and keep a record of each decision before it is told."""
