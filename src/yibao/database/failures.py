"""What the driver's errors mean to whoever writes: again, in vain, or not at all."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from yibao.database.engines import is_busy, lacks_table, may_retry, reason, was_lost
from yibao.database.errors import DatabaseError
from yibao.errors import ConflictError, YibaoError
from yibao.messages import Message, Text, message

Result = TypeVar("Result")

_ATTEMPTS = 8
_PAUSES_AFTER_LOSS = (0.0, 0.2, 0.8)
"""Seconds: a connection that was lost is tried again at once, a server that restarts soon."""
_LONGEST_PAUSE = 0.25


class AgainError(DatabaseError):
    """The transaction may be tried again; nothing of it was written."""

    def __init__(self, what: Text, *, lost: bool) -> None:
        super().__init__(what)
        self.lost = lost
        """The connection went; else it stood against another transaction."""


def patiently(attempt: Callable[[], Result]) -> Result:
    """What ``attempt`` gives, tried again with growing, random pauses while that may help."""
    for number in range(_ATTEMPTS):
        try:
            return attempt()
        except AgainError as error:
            if error.lost:
                if number >= len(_PAUSES_AFTER_LOSS):
                    raise DatabaseError(error.message) from error
                time.sleep(_PAUSES_AFTER_LOSS[number])
            else:
                time.sleep(min(random.uniform(0, 0.002 * 2**number), _LONGEST_PAUSE))
    raise ConflictError(message("数据库繁忙，多次重试仍冲突，请稍后再试；没有写入任何内容"))


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the driver as ours; a broken constraint goes to the room that knows it."""
    try:
        yield
    except IntegrityError:
        raise
    except PoolTimeoutError:
        raise ConflictError(message("数据库连接全部占用，请稍后再试；没有写入任何内容")) from None
    except DBAPIError as error:
        raise error_of(error) from error


def cannot_connect(error: DBAPIError) -> Message:
    """What is said where the database lets nobody in."""
    return message("数据库不可用，没有写入任何内容：{reason}", reason=reason(error))


def error_of(error: DBAPIError) -> YibaoError:
    """Our error for one of the driver's."""
    said = reason(error)
    if isinstance(error, DataError):
        return DatabaseError(message("数据库不接受这个值，没有写入任何内容：{reason}", reason=said))
    if may_retry(error):
        return AgainError(message("数据库繁忙，与另一笔写入冲突；没有写入任何内容"), lost=False)
    if was_lost(error):
        return AgainError(
            message("与数据库的连接断开，没有写入任何内容：{reason}", reason=said), lost=True
        )
    if is_busy(error):
        return ConflictError(message("数据库繁忙，等不到锁，请稍后再试；没有写入任何内容"))
    if lacks_table(error):
        return DatabaseError(
            message("数据库缺少表，请先运行 yibao db upgrade：{reason}", reason=said)
        )
    return DatabaseError(message("数据库不可用，没有写入任何内容：{reason}", reason=said))
