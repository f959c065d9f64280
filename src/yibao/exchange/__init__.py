"""What institutions sent over an interface and were answered: visits, books, files, messages."""
