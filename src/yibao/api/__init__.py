"""The JSON API: the same calculators for programs, and what watches over a running service."""
