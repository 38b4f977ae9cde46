"""Workflow: the verbs of the product. It alone knows every room, and it alone writes answers down."""
