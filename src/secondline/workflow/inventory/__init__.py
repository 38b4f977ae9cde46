"""Inventory: bring it in, give it out, compare it with the world, and see what hangs on what."""
