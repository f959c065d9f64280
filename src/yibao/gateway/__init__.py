"""The national interface of designated institutions, spoken over HTTP."""
