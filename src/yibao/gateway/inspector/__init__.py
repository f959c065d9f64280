"""The message inspector: as received, as understood, what was put right, and why it came to that.

Raw messages are encrypted at rest, kept some days and shown with numbers masked.
"""
