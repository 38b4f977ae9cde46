"""Cases: suites read and kept, drawn by plan, and made from a seed: paraphrased, swapped, attacked, noised, ablated."""
