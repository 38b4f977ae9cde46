"""The nineteen sections of a validation report, each written from records alone."""
