"""Parts of model.yaml that have a room of their own: what is declared for one family of checks."""
