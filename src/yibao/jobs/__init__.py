"""Work that comes again: what is due, what ran, what is to be done once a day, month or year."""
