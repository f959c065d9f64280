"""What the room refuses."""

from __future__ import annotations

from yibao.errors import ConflictError, RefusedError


class DeniedError(RefusedError):
    """This actor may not do this; nothing was done."""


class UnknownActorError(DeniedError):
    """No such user, key or password; the message does not say which."""


class LockedError(RefusedError):
    """Too many wrong passwords; the message says when to try again."""


class KeyReusedError(ConflictError):
    """The sender's own id of a message was used for something else."""


class StillRunningError(ConflictError):
    """The same message is being answered now."""
