"""Revisions of the schema, run by :mod:`yibao.database.migrating`.

``python -m yibao.database.migrations "what changes"`` writes what the tables of the code
have that the last revision has not, one revision per room; read it before you keep it.
There is no way back but a backup.
"""
