"""What a run over visits came to, said: the rate, the refused rows, the sums."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from yibao.cli.language import say, worded
from yibao.cli.text import headed, write
from yibao.messages import Message, message
from yibao.policy.kinds import Scheme

if TYPE_CHECKING:
    from yibao.columns.stream import FileRun
    from yibao.columns.totals import Totals

_REJECTED = 1


def finish(result: FileRun, *, quiet: bool, in_json: bool) -> None:
    """Say all of it; the exit status is 1 where rows were refused."""
    _tell(result, quiet)
    if in_json:
        sys.stdout.write(json.dumps(_as_json(result.totals), ensure_ascii=False, indent=2) + "\n")
    else:
        _print_totals(result.totals)
    if result.rejects is not None:
        raise click.exceptions.Exit(_REJECTED)


def _tell(result: FileRun, quiet: bool) -> None:
    totals = result.totals
    if not quiet:
        rate = (totals.visits + totals.reversals) / max(result.seconds, 1e-9)
        text = say(
            "{visits} 次就诊，{seconds} 秒，{rate} 次/秒",
            visits=f"{totals.visits:,}",
            seconds=f"{result.seconds:.1f}",
            rate=f"{rate:,.0f}",
        )
        if result.rearranged:
            text = say("{text}；输出按重排后的次序，row 列是原来的行号", text=text)
        click.echo(text, err=True)
    if result.rejects is not None:
        told = say(
            "{count} 行被拒绝，见 {file}；前几行：",
            count=f"{totals.rejected:,}",
            file=result.rejects,
        )
        click.echo(told, err=True)
        for row, column, reason in result.first_rejects:
            where = message("第 {row} 行", row=row) if row is not None else message("明细")
            if column:
                where = message("{where} {column}", where=where, column=column)
            click.echo(say("  {where}：{reason}", where=where, reason=reason), err=True)


def _as_json(totals: Totals) -> dict[str, object]:
    return {
        "visits": totals.visits,
        "reversals": totals.reversals,
        "carried": totals.carried,
        "rejected": totals.rejected,
        "people": totals.people,
        "funds": [
            {"area": area, "scheme": scheme, **amounts}
            for (area, scheme), amounts in sorted(totals.funds.items())
        ],
        "reconciled": totals.reconcile(),
    }


_HEADINGS = {
    "pooled": message("统筹基金"),
    "upper": message("大病/大额"),
    "assistance": message("医疗救助"),
    "other_fund": message("其他基金"),
    "account": message("个人账户"),
    "mutual_aid": message("家庭共济"),
    "cash": message("现金"),
}
_SCHEMES: dict[str, Message] = {
    Scheme.RESIDENT: message("居民"),
    Scheme.EMPLOYEE: message("职工"),
}


def _print_totals(totals: Totals) -> None:
    from yibao.money import format_yuan

    rows = [
        (area, worded(_SCHEMES[scheme]), *(format_yuan(amounts[name]) for name in _HEADINGS))
        for (area, scheme), amounts in sorted(totals.funds.items())
    ]
    headings = (say("参保地"), say("险种"), *map(worded, _HEADINGS.values()))
    title = say("按参保地与险种的合计（元）")
    write(headed(title, headings, rows, "<<" + ">" * len(_HEADINGS)))
    over_people, over_funds = totals.people["total"], totals.over_funds()
    click.echo(
        say(
            "按人合计 {people} 元，按基金与支付方式合计 {funds} 元，两者相等",
            people=format_yuan(over_people),
            funds=format_yuan(over_funds),
        )
    )
