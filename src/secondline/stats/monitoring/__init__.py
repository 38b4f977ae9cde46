"""Monitoring: repeated looks with a false-alarm budget, labels that come late or never, and blocked traffic."""
