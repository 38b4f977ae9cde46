"""Client: the HTTP API in Python, typed."""
