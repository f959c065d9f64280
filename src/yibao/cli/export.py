"""``yibao export``: a store as columns of visits, without anybody's name."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from yibao.cli.declared import Option
from yibao.cli.language import say
from yibao.cli.store import Url, opened
from yibao.cli.text import write
from yibao.errors import InputError
from yibao.messages import message


def export(
    output: Annotated[Path, Option("--output", "-o", help=message("就诊文件（Parquet）。"))],
    deidentified: Annotated[
        bool, Option("--deidentified", help=message("去标识：没有姓名、证件号和生日。必须写。"))
    ] = False,
    key_file: Annotated[
        Path | None,
        Option(
            "--key-file",
            metavar=message("文件"),
            help=message(
                "编号用的密钥（64 位十六进制）：同一把密钥，同一个人编号相同；缺省每次不同。"
            ),
        ),
    ] = None,
    url: Url = "",
) -> None:
    """把数据库里的全部结算写成就诊文件，可以交给 yibao batch：重算与结算一分不差。

    没有姓名、证件号、机构编号和生日；个人、家庭、就诊是带密钥的编号；只留规则要用的事实。
    x_settled_ 开头的列是当时结算的金额。各列见 docs/columns.md。

    例子：
      yibao export --deidentified -o 就诊.parquet
      yibao batch 就诊.parquet -o 结果.parquet
    """
    if not deidentified:
        raise InputError(
            message("只能导出去标识的数据，请写 --deidentified"), place="--deidentified"
        )
    if output.suffix.lower() != ".parquet":
        raise InputError(message("就诊文件请以 .parquet 结尾"), place=str(output))
    if not output.parent.is_dir():
        raise InputError(message("没有这个文件夹"), place=str(output.parent))
    with opened(url) as database:
        from yibao.export.pseudonyms import Pseudonyms
        from yibao.export.store import export as export_store

        names = Pseudonyms.of_file(key_file)
        written = export_store(database, output, names, progress=_progress())
    summary = say(
        "已写入 {output}：{families} 个家庭，{people} 人，{rows} 行",
        output=output,
        families=written.families,
        people=written.people,
        rows=written.rows,
    )
    write([summary])


def _progress() -> Callable[[int], None]:
    """Counts rows on a terminal's stderr; nothing where nobody watches."""

    def seen(rows: int) -> None:
        if sys.stderr.isatty():
            sys.stderr.write("\r" + say("已写 {rows} 行", rows=rows))
            sys.stderr.flush()

    return seen
