"""Operate: one configuration for everything that runs, its health, its copies, and the demo that starts it all."""
