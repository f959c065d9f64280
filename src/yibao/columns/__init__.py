"""Columns: the registered benefit functions, compiled.  Needs the extra ``yibao[columns]``."""
