"""Govern: the law of the house as data. Which records exist, which acts change them, who may, and who must not."""
