"""Calibration: do events happen as often as predicted, as a whole, by grade, over time and along the score?"""
