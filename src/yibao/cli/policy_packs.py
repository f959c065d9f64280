"""``yibao policy new`` and ``yibao policy test``: packs that people keep outside the package."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import click

from yibao.cli.declared import Argument, Option
from yibao.cli.language import say, worded
from yibao.errors import InputError, NotFoundError
from yibao.messages import message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.shelves import TESTS_FOLDER


def new(
    area: Annotated[
        str, Argument(metavar=message("地区"), help=message("省、市、县的名称或代码。"))
    ],
    into: Annotated[
        Path | None,
        Option("--into", metavar=message("文件夹"), help=message("写到哪里；缺省当前文件夹。")),
    ] = None,
) -> None:
    """给一个地区建政策包的文件夹：要查的每个数都是一个问题，查到一条答一条。

    例子（把“城市”换成地区名称或代码）：
      yibao policy new 城市 --into 我的政策包
      yibao policy lint 我的政策包
      yibao quote --packs 我的政策包 --area 城市 …
    """
    from yibao.policy.places import place_named
    from yibao.policy.template import start_packs

    place = place_named(area)
    if place is None:
        raise NotFoundError(message("没有 {text} 这个地方", text=area))
    root = into or Path.cwd()
    for path in start_packs(PolicyLibrary.load(), place, root):
        sys.stdout.write(f"{path}\n")
    click.echo(say("先看 {file}", file=str(root / "README.md")), err=True)


def check(
    folder: Annotated[
        Path, Argument(metavar=message("文件夹"), help=message("政策包的文件夹，里面有 tests/。"))
    ],
    as_json: Annotated[bool, Option("--json", help=message("输出 JSON。"))] = False,
) -> None:
    """运行政策包旁边的情景文件，核对 expect 写的数；不同时退出码为 1。"""
    from yibao.policy.lint import lies_outside
    from yibao.policy.shelves import existing
    from yibao.scenario.expected import Miss, run_expected

    root = existing(folder)
    packs = PolicyLibrary.load_with(root) if lies_outside(root) else PolicyLibrary.load(root)
    files = sorted((root / TESTS_FOLDER).rglob("*.yaml"))
    if not files:
        raise InputError(message("没有情景文件 tests/*.yaml"), place=str(folder))
    checked = 0
    misses: list[Miss] = []
    for file in files:
        tested = run_expected(packs, file)
        checked += tested.checked
        misses += tested.misses
    if as_json:
        rows = [{**miss._asdict(), "outcome": worded(miss.outcome)} for miss in misses]
        sys.stdout.write(
            json.dumps({"checked": checked, "misses": rows}, ensure_ascii=False, indent=2) + "\n"
        )
    else:
        for miss in misses:
            click.echo(
                say(
                    "{file}:{line}: {step} 的 {key} 应是 {expected}，得到 {outcome}",
                    **{**miss._asdict(), "outcome": worded(miss.outcome)},
                )
            )
    click.echo(
        say("{files} 个文件，{checked} 项，{misses} 项不同", files=len(files), checked=checked,
            misses=len(misses)),
        err=True,
    )  # fmt: skip
    if misses:
        raise click.exceptions.Exit(1)
