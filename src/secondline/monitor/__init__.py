"""Monitor: events into windows, late labels, estimates with their uncertainty, alarms that are acted on."""
