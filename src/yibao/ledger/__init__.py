"""Double entry, append only: every transfer sums to zero."""
