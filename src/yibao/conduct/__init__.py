"""Supervision of the fund: checks of settlements by rules, leads, cases, and what they end in."""
