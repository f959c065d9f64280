"""Paying out of a fund's bank account: orders, batches with two signatures, files, answers."""
