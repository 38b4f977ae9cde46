"""Estate: the example bank, lived through by its own people with the product's acts, from two years ago to today."""
