"""What goes wrong between the program and the database."""

from __future__ import annotations

from yibao.errors import YibaoError


class DatabaseError(YibaoError):
    """The database cannot be used; nothing was written, unless the message says otherwise."""


class CommitUnknownError(DatabaseError):
    """The connection was lost while a commit was under way: written whole, or not at all.

    Sending the same message again gives the answer either way.
    """


class StoreKeyError(DatabaseError):
    """The key is not the one that the store's rows were encrypted with, or there is none."""
