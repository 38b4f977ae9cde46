"""The nouns: what every other room talks about, and nothing that computes."""
