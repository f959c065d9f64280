"""What the rules give: registered integer functions, the facts they need, and the reasons.

``functions`` holds the rules as regulations read; the other modules translate
dates, names and histories into integers and traces back into sentences.
"""

KERNEL_VERSION = "2"
"""Raised when a benefit function changes what it answers for the same input."""
