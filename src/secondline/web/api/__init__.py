"""HTTP API: the same records, acts and events as the pages, typed; errors are problem documents (RFC 9457)."""
