"""What people ask, the facts a question needs, and the answers in two languages."""
