"""What is done for people at the counter: once for the pages of the desk and for programs."""
