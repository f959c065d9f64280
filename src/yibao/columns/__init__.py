"""Columns: the registered benefit functions over tables of visits.

Arrow in, Arrow out; needs the extra ``yibao[columns]``.  What comes after what:

1. ``read``: ``sources`` (files, batch by batch), ``rearranging`` (on disk, where the file is
   in another order), ``families`` (order, people, cutting between families), ``cells``
   (checked columns of integers).
2. ``prepare``: ``pipeline`` calls one step after the other: ``batch``, ``row_rules`` (days and
   rules), ``row_person``, ``row_care``, ``amounts``, ``payments``, ``carried_in``,
   ``row_bonus``, ``row_state`` (slots); then the facts are packed and patterns looked up.
   ``lookups`` asks once for each combination of texts, ``row_loops``, ``item_loops`` and
   ``slot_loops`` ask the benefit functions once for each row.
3. ``settle``: ``loop`` goes through families and reversals, ``row`` through one visit (read,
   settle, pay, write down, leave behind), ``family_state`` and ``patterns`` are what it reads;
   ``finish`` adds up.
4. ``write``: ``output`` (the table of answers, the refused rows), ``state`` (what everybody
   has used).

``engine`` runs these steps over a table, ``stream`` over a file, ``partition`` over batches that
come from anywhere, with rules that ``travelling`` carries; ``explain`` settles a row of the
output again.  ``schema`` names the columns, ``packing`` and ``frame`` what the loop reads;
``rulebooks`` is the table of rules; ``backend``, ``compile``, ``first_compile`` and
``all_loops`` decide which code runs.  ``life`` makes rows of people and visits for scenario
and export.  No file here decides anything about a visit: that is asked of
``yibao.benefit.functions``.

>>> from yibao import columns, library  # doctest: +SKIP
>>> settled = columns.run(table, library.load())  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from yibao.errors import InputError
from yibao.extras import install_command
from yibao.messages import message

if TYPE_CHECKING:
    from yibao.columns.write.output import SettledTable
    from yibao.policy.compile import PolicyLibrary


def run(data: Any, library: PolicyLibrary, **options: Any) -> SettledTable:
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
            message(
                "按列计算需要 {name}，请安装：{command}",
                name=error.name,
                command=install_command("columns"),
            )
        ) from None
