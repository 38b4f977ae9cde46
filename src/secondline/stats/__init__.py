"""Statistics: pure functions of records that add, each an estimate with its uncertainty or a reason for none."""
