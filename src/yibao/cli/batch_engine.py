"""``yibao batch --engine``: a table of visits, settled in a Spark that holds it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from yibao.cli.batch_totals import finish
from yibao.cli.language import say, worded
from yibao.errors import InputError
from yibao.messages import Listed, message

_SECONDS = 2.0
"""Between two words about the progress."""


class TableRun(NamedTuple):
    """What names a place in the engine, as it was written."""

    engine: str
    visits: str
    target: str | None
    row_id: str | None
    partitions: int | None
    state: str | None
    rejects: str | None


def in_engine(
    asked: TableRun,
    of_files: Sequence[str],
    *,
    overlays: Sequence[Path],
    rulebooks: Path | None,
    today: bool,
    explainable: bool,
    backend: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Settle a table; ``of_files``: options that were written but only hold for files."""
    if of_files:
        raise InputError(
            message("{options} 只用于文件，--engine 时不能写", options=Listed(of_files))
        )
    if asked.target is None:
        raise InputError(message("没有写结果写到哪里：加上 -o 路径或表名"))
    if asked.row_id is None:
        raise InputError(message("表没有行号：加上 --row-id 列名，用一列各不相同的整数认出各行"))
    from yibao.columns.pinned import CarriedRulebooks, rulebooks_in
    from yibao.columns.spark import EngineOptions, run, session_of
    from yibao.columns.travelling import TravellingLibrary
    from yibao.policy.compile import PolicyLibrary

    session = session_of(asked.engine)
    pinned = CarriedRulebooks() if rulebooks is None else rulebooks_in(rulebooks)
    options = EngineOptions(
        asked.row_id,
        asked.partitions,
        asked.state,
        asked.rejects,
        explainable,
        backend,
        None if today else pinned,
    )
    if not quiet:
        options.say = lambda what: click.echo(worded(what), err=True)
        options.progress = _Progress()
    library = TravellingLibrary.of(PolicyLibrary.load(overlays=overlays))
    try:
        result = run(session, asked.visits, asked.target, library, options)
    finally:
        session.stop()
    finish(result, quiet=quiet, in_json=as_json)


class _Progress:
    """Says how many tasks the engine has done, now and then."""

    def __init__(self) -> None:
        self._last = 0.0

    def __call__(self, ready: int, tasks: int) -> None:
        now = time.monotonic()
        if tasks == 0 or now - self._last < _SECONDS:
            return
        self._last = now
        click.echo(say("引擎：{tasks} 个任务完成了 {ready} 个", tasks=tasks, ready=ready), err=True)
