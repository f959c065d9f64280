"""The public service: pages that calculate, explain and look up, on a phone, without script."""
