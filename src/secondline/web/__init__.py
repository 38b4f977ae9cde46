"""Web: pages and HTTP API. A door: it parses, calls one function of a room below, and shows the answer."""
