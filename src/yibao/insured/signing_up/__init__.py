"""A login for one's own records: asked for, compared with the register, opened with a code."""
