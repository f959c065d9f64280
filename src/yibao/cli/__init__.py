"""The command line: it translates, calls the library and renders; no rule lives here."""
