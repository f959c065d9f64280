"""Who may do what, what was done, and each write once."""
