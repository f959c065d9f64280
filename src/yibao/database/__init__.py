"""The database: SQLite embedded or PostgreSQL as the service, one schema, plain SQL.

Rooms above define tables on :data:`yibao.database.schema.METADATA` and run their
statements inside a :class:`yibao.database.unit.Unit`.
"""
