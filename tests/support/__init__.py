"""A store in the hands of tests: operations with short names, and what must always hold."""
