"""``yibao jobs``: the work that comes again, by hand or by a timer.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, On, print_json, whole
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import table, write
from yibao.errors import InputError, YibaoError
from yibao.messages import Fen, Text, message

if TYPE_CHECKING:
    from yibao.jobs.operations import JobRun, JobStanding

BACKUPS_VARIABLE = "YIBAO_BACKUPS"

jobs = App(about=message("定期作业：划入、提醒、检查、快照、封存、备份，一期只做一次。"))


class JobsFailedError(YibaoError):
    """A job did not end well; the others ran."""


def _json(run: JobRun) -> dict[str, object]:
    return {
        "job": run.job.name,
        "area": run.area or None,
        "period": run.period,
        "state": str(run.state),
        "served": run.served,
        "left_out": run.left_out,
        "amount": run.amount,
        "told": worded(run.told),
        "details": [worded(detail) for detail in run.details],
        "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
    }


@jobs.register("run")
def run(
    names: Annotated[
        list[str],
        Argument(metavar=message("作业"), help=message("只做这几项；缺省全部到期的。")),
    ] = [],  # noqa: B006 - nobody changes it
    on: On = "",
    period: Annotated[
        int,
        Option(
            "--period",
            metavar=message("期"),
            help=message("只做这一期：月份如 202610；缺省是到期而没有做的。"),
        ),
    ] = 0,
    again: Annotated[
        bool, Option("--again", help=message("做完的也再做：补上那一期被略过的人。"))
    ] = False,
    backups: Annotated[
        str,
        Option(
            "--backups",
            envvar=BACKUPS_VARIABLE,
            metavar=message("文件夹"),
            help=message("备份放在哪里；库所在的机器以外更好。"),
        ),
    ] = "",
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """做到期的作业：一项做不成，别的照做，退出码 1；再运行接着做。

    按月的作业补做漏掉的月份；按天的只做当天的。两个进程同时运行，一期只做一次；
    断了的十分钟以后由下一次接手。被略过的人逐个说原因，改好以后用 --period 月份 --again 补上。

    例子：
      yibao jobs run --backups /srv/backups
      yibao jobs run credit --period 202610 --again
    """
    from yibao.inquiry.reading import day_or_today
    from yibao.inquiry.season import collection_on
    from yibao.jobs.operations import RunState, run_due
    from yibao.policy.compile import PolicyLibrary

    library, day = PolicyLibrary.load(), day_or_today(on)

    @cache
    def collecting(area: str) -> int | None:
        collection = collection_on(library, area, day)
        return None if collection is None else collection.year

    whole(period, "--period", 0, 99_991_231)
    ended: list[JobRun] = []
    with opened(url) as database:
        for result in run_due(
            database,
            library,
            day,
            by=operator("administrator"),
            names=names,
            backups=Path(backups) if backups else None,
            period=period or None,
            again=again,
            collecting=collecting,
            progress=lambda job, area, number: click.echo(
                worded(_doing(job.label, area, number)), err=True
            ),
        ):
            ended.append(result)
            if not as_json:
                write([_line(result), *(f"  {worded(detail)}" for detail in result.details)])
    if as_json:
        print_json({"runs": [_json(result) for result in ended]})
    elif not ended:
        write([worded(message("没有到期的作业"))])
    failed = [result for result in ended if result.state is RunState.FAILED]
    if failed:
        sys.stdout.flush()
        raise JobsFailedError(message("有 {count} 项作业没有做成", count=len(failed)))


def _doing(label: Text, area: str, period: int) -> Text:
    return message("正在做：{job} {area} {period}", job=label, area=area, period=str(period))


def _line(result: JobRun) -> str:
    from yibao.jobs.operations import STATE_LABELS

    said = message(
        "{job} {area} {period}：{state}，{told}",
        job=result.job.label,
        area=result.area,
        period=str(result.period),
        state=STATE_LABELS[result.state],
        told=result.told,
    )
    if not result.amount and not result.left_out:
        return worded(said)
    counts = message(
        "{said}，共 {amount}，略过 {left} 人",
        said=said,
        amount=Fen(result.amount),
        left=result.left_out,
    )
    return worded(counts)


@jobs.register("list")
def listed(on: On = "", url: Url = "", as_json: AsJson = False) -> None:
    """列出每项作业：上一次做到哪一期、怎样，今天有什么到期。

    例子：
      yibao jobs list
    """
    from yibao.inquiry.reading import day_or_today
    from yibao.jobs.operations import standings

    with opened(url) as database:
        known = standings(database, operator("administrator"), day_or_today(on))
    if as_json:
        print_json(
            {
                "jobs": [
                    {
                        "job": standing.job.name,
                        "area": standing.area or None,
                        "every": str(standing.job.every),
                        "last": None if standing.last is None else _json(standing.last),
                        "due": list(standing.due),
                    }
                    for standing in known
                ]
            }
        )
        return
    heads = (
        message("作业"),
        message("名称"),
        message("地区"),
        message("上一期"),
        message("结果"),
        message("到期"),
    )
    lines = [tuple(worded(head) for head in heads)]
    lines += [_row(standing) for standing in known]
    write(table(lines, "<<<<<<"))


def _row(standing: JobStanding) -> tuple[str, ...]:
    from yibao.jobs.operations import STATE_LABELS

    last = standing.last
    return (
        standing.job.name,
        worded(standing.job.label),
        standing.area,
        "" if last is None else str(last.period),
        "" if last is None else worded(STATE_LABELS[last.state]),
        " ".join(map(str, standing.due)),
    )


@jobs.register("outbox")
def outbox(
    file: Annotated[
        str, Argument(metavar=message("文件"), help=message("写到哪个新文件；不覆盖已有的。"))
    ],
    since: Annotated[
        str,
        Option(
            "--since",
            metavar=message("日期"),
            help=message("从哪天写的起，如 2026-11-01；缺省今天。"),
        ),
    ] = "",
    area: Annotated[
        str, Option("--area", metavar=message("区划"), help=message("只要这个统筹区的人。"))
    ] = "",
    url: Url = "",
) -> None:
    """把写下的提醒交给自己的短信或消息渠道：一行一条 JSON，不发给任何别人。

    每行有 person、area、kind、text、last_day、written_on；text 里没有姓名、病种和金额。
    同一件事只写一次，同一天的文件再写一遍内容一样。

    例子：
      yibao jobs outbox reminders.jsonl --since 2026-11-01
    """
    import json

    from yibao.inquiry.reading import day_or_today
    from yibao.jobs.reminding import outbox as read_outbox
    from yibao.jobs.reminding import reminder_json
    from yibao.private_files import reserve

    with opened(url) as database:
        rows = read_outbox(
            database, day_or_today(since), actor=operator("administrator"), area=area
        )
    lines = [json.dumps(reminder_json(row), ensure_ascii=False) for row in rows]
    try:
        reserve(Path(file)).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except FileExistsError:
        said = message("{file} 已经有了，请换一个名字", file=file)
        raise InputError(said, place=file) from None
    write([worded(message("写了 {count} 条提醒到 {file}", count=len(rows), file=file))])
