"""``yibao explain``: a row of what ``yibao batch`` wrote, explained."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import click

from yibao.cli.declared import Argument, Option
from yibao.cli.language import say
from yibao.messages import Listed, message


def explain(
    file: Annotated[
        Path, Argument(metavar="OUT.parquet", help=message("yibao batch 写出的文件。"))
    ],
    row: Annotated[
        int, Argument(metavar=message("行号"), help=message("输入文件的行号，从 1 起。"))
    ],
    rulebooks: Annotated[
        Path | None,
        Option(
            "--rulebooks",
            help=message(
                "结果文件自己没有规则书时（在别的引擎里算的）：旁边的规则书表"
                "（Parquet，hash 与 form），或另一个 yibao batch 的结果。"
            ),
        ),
    ] = None,
    as_json: Annotated[bool, Option("--json", help=message("输出 JSON。"))] = False,
) -> None:
    """一行结果的步骤与来源：用当时的累计和规则书重算一遍，并与文件核对。"""
    from yibao.columns import require

    require()
    from yibao.columns.explain import read_row, replay
    from yibao.columns.packing import KIND_MASK, KIND_REVERSE
    from yibao.columns.pinned import rulebooks_beside
    from yibao.columns.schema import AMOUNTS
    from yibao.money import format_yuan

    stored, of_rows = read_row(
        file, row, None if rulebooks is None else rulebooks_beside(rulebooks)
    )
    amounts = {name: stored[name] for name in AMOUNTS}
    if "in_facts" in stored and stored["in_facts"] & KIND_MASK == KIND_REVERSE:
        if as_json:
            click.echo(json.dumps({"row": row, "reverses": stored.get("reverses"), **amounts}))
        else:
            visit = stored.get("reverses")
            click.echo(say("第 {row} 行冲销就诊 {visit}，各项金额取反", row=row, visit=visit))
        return
    replayed = replay(stored, of_rows)
    steps = [step for step in replayed.explanation.steps if step.shown]
    if as_json:
        answer = {
            "row": row,
            "visit": stored.get("visit"),
            "person": stored["person"],
            "rulebook": stored["rulebook"],
            "segment": stored["segment"],
            "assumptions": list(replayed.explanation.assumptions),
            "disputes": list(replayed.explanation.disputes),
            **amounts,
            "steps": [step.as_json() for step in steps],
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(
        say(
            "第 {row} 行，{person}：总费用 {total} 元，基金 {fund} 元，个人 {own} 元"
            "（仅供参考；热线 12393）",
            row=row,
            person=stored["person"],
            total=format_yuan(amounts["total"]),
            fund=format_yuan(amounts["fund"]),
            own=format_yuan(amounts["own"]),
        )
    )
    for step in steps:
        source = f"  [{step.source}]" if step.source else ""
        click.echo(say("  {where}：{reason}", where=step.label, reason=step.why) + source)
    if replayed.explanation.assumptions:
        names = Listed(replayed.explanation.assumptions)
        click.echo(say("推定：{names}", names=names))
