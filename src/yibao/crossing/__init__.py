"""Filings: out-of-area care, and chronic diseases with their terms."""
