"""One question in everyday words, one answer: facts, a reading, a figure, its sources."""
