"""Revisions of the schema, run by :mod:`yibao.database.migrating`.

``python -m yibao.database.migrations "what changes"`` writes the next one from the tables
as the code has them; read it before you keep it.
"""
