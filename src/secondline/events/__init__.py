"""Events: what happens to a model in use, as typed and versioned records, and the durable log that carries them."""
