"""``yibao reconcile``: a channel's file of a day against the books.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

from yibao.cli.declared import Argument, Option
from yibao.cli.language import worded
from yibao.cli.options import AsJson, day, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import write
from yibao.errors import InputError
from yibao.messages import message


def reconcile(
    file: Annotated[
        str, Argument(metavar=message("文件"), help=message("CSV 或 .xlsx，列是单号和金额。"))
    ],
    channel: Annotated[
        str, Option("--channel", metavar=message("渠道"), help=message("哪个渠道的文件。"))
    ],
    on: Annotated[str, Option("--day", metavar=message("日期"), help=message("哪一天的文件。"))],
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """渠道一天的对账文件与账逐笔核对：少的、多的、金额不符、重复、隔日到账都列为差异，钱不动。

    同一份文件再导入一次，什么也不变。

    例子：
      yibao reconcile tax-0310.csv --channel tax_platform --day 2026-03-10
    """
    from yibao.access.operations import Key
    from yibao.finance import reconciliation
    from yibao.finance.files import read_channel_file

    try:
        content = Path(file).read_bytes()
    except OSError:
        raise InputError(message("读不到文件 {file}", file=file), place="FILE") from None
    lines = read_channel_file(content)
    with opened(url) as database:
        answer = reconciliation.reconcile(
            database,
            Key("cli", "reconcile", secrets.token_hex(16)),
            channel,
            day(on, "--day"),
            lines,
            actor=operator("officer"),
        )
    if as_json:
        print_json(answer)
        return
    said = message(
        "{lines} 笔，相符 {matched} 笔，差异 {differences} 笔",
        lines=answer["lines"],
        matched=answer["matched"],
        differences=answer["differences"],
    )
    write([worded(said)])
