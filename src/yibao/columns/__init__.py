"""Columns: the registered benefit functions over tables of visits.

Arrow in, Arrow out; needs the extra ``yibao[columns]``.

>>> from yibao import columns, library  # doctest: +SKIP
>>> settled = columns.run(table, library.load())  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yibao.errors import InputError

if TYPE_CHECKING:
    from yibao.columns.engine import Settled
    from yibao.policy.compile import PolicyLibrary


def run(data: Any, library: PolicyLibrary, **options: Any) -> Settled:
    """Settle a table of visits; see :func:`yibao.columns.engine.run` for the options."""
    require()
    from yibao.columns import engine

    return engine.run(data, library, **options)


def require() -> None:
    """Refuse with the command that installs what is missing."""
    try:
        import numpy  # noqa: F401
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise InputError(
            f"按列计算需要 {error.name}，请安装：pip install 'yibao[columns]'"
        ) from None
