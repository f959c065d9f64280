"""What institutions charge by their own lists, and what becomes of an area's catalogue by file."""
