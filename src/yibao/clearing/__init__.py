"""Monthly clearing: what an institution is owed for a month, and how it is paid."""
