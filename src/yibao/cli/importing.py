"""``yibao import``: an agency's existing data, shown first and then written.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click

from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import write
from yibao.errors import InputError, YibaoError
from yibao.importing.words import AMOUNT_WORDS, KIND_WORDS
from yibao.messages import Fen, Listed, Message, message

if TYPE_CHECKING:
    from yibao.columns.read.mapping import FileMapping
    from yibao.importing.running import Imported

PAGE = "docs/import.md"
_PROGRESS_EVERY = 10_000


class RejectedRowsError(YibaoError):
    """Some rows of the file cannot be imported; the others can, or are."""


def import_(
    kind: Annotated[
        str,
        Argument(
            metavar=message("种类"),
            help=message("people、contributions、accounts、visits 或 institutions。"),
        ),
    ],
    file: Annotated[
        Path,
        Argument(metavar=message("文件"), help=message("CSV、Excel（xlsx）、Parquet 或 Arrow。")),
    ],
    mapping: Annotated[
        Path | None,
        Option("--map", help=message("映射文件（YAML）：自己的表头、写法和单位各是哪一列。")),
    ] = None,
    writes: Annotated[
        bool, Option("--write", help=message("写入；不写它只看会写入什么。"))
    ] = False,
    rejects: Annotated[
        Path | None,
        Option("--rejects", help=message("不能导入的行写到哪里（缺省 FILE.rejects.csv）。")),
    ] = None,
    encoding: Annotated[
        str | None,
        Option("--encoding", help=message("CSV 的编码：utf-8、gbk、gb18030；缺省按映射文件。")),
    ] = None,
    url: Url = "",
    as_json: AsJson = False,
) -> None:
    """导入原系统的数据：人员、缴费、账户与累计、就诊、机构；先看再写。

    缺省只看会写入什么、哪些行有问题，加 --write 才写入。

    同一个文件再导入一次，什么也不写；中断以后再运行，接着导入。没有映射、表头又不认得时，起草一份映射。

    例子：
      yibao import people 人员.xlsx --map 人员.yaml
      yibao import people 人员.xlsx --map 人员.yaml --write
    """
    from yibao.columns import require

    require()
    from yibao.columns.preview import draft, needs_mapping
    from yibao.columns.read.mapping import read_mapping
    from yibao.columns.read.sources import ENCODINGS, UTF_8, InputFile
    from yibao.importing.fields import FIELDS, ImportKind
    from yibao.importing.reading import AgencyFile
    from yibao.importing.running import run_import
    from yibao.policy.compile import PolicyLibrary

    if kind not in tuple(ImportKind):
        raise InputError(
            message("没有 {kind} 这一种，可以写：{kinds}", kind=kind, kinds=Listed(ImportKind)),
            place="KIND",
        )
    wanted = ImportKind(kind)
    columns = FIELDS[wanted]
    mapped: FileMapping | None = None if mapping is None else read_mapping(mapping, columns, PAGE)
    encoding = (encoding or (mapped and mapped.encoding) or UTF_8).lower()
    if encoding not in ENCODINGS:
        raise InputError(
            message(
                "没有 {encoding} 这种编码，可以写：{encodings}",
                encoding=encoding,
                encodings=Listed(ENCODINGS),
            )
        )
    if mapped is None and needs_mapping(InputFile(file, encoding, known={}).headings, columns):
        _draft(draft(file, encoding, columns=columns))
        return
    rejects = rejects or file.with_name(f"{file.name}.rejects.csv")
    with opened(url) as database:
        imported = run_import(
            database,
            PolicyLibrary.load(),
            file,
            AgencyFile(file, columns, mapped, encoding),
            wanted,
            actor=operator("officer"),
            is_written=writes,
            rejects=rejects,
            language=language(),
            progress=_progress(as_json),
        )
    if as_json:
        print_json(_json(imported))
    else:
        write(_told(imported))
    if imported.rejected:
        sys.stdout.flush()
        raise RejectedRowsError(
            message(
                "有 {count} 行不能导入，每行的原因见 {file}；改好后用原文件或这几行再导入",
                count=imported.rejected,
                file=str(rejects),
            )
        )


def _draft(text: str) -> None:
    sys.stdout.write(text)
    said = message("这是按表头起草的映射：存成文件，改好 TODO 的地方，再用 --map 文件 看会写入什么")
    click.echo(worded(said), err=True)


def _progress(is_quiet: bool) -> Any:
    told = 0

    def show(rows: int) -> None:
        nonlocal told
        if not is_quiet and rows - told >= _PROGRESS_EVERY:
            told = rows
            click.echo(say("{rows} 行", rows=f"{rows:,}"), err=True)

    return show


def _json(imported: Imported) -> dict[str, object]:
    return {
        "kind": str(imported.kind),
        "written": imported.is_written,
        "new": imported.new,
        "already": imported.here,
        "rejected": imported.rejected,
        "amounts_fen": dict(imported.amounts),
        "problems": [
            {"row": fault.row, "column": fault.heading, "reason": worded(fault.reason)}
            for fault in imported.faults
        ],
    }


def _told(imported: Imported) -> Iterator[str]:
    what = KIND_WORDS[imported.kind]
    count, already = imported.new, imported.here
    if imported.is_written:
        yield say("写入{what} {count} 条，已经在库里的 {already} 条", **_of(what, count, already))
    else:
        yield say(
            "会写入{what} {count} 条，已经在库里的 {already} 条；还没有写入",
            **_of(what, count, already),
        )
    for name, amount in imported.amounts.items():
        yield say("  {what}合计 {amount}", what=AMOUNT_WORDS[name], amount=Fen(amount))
    if not imported.is_written:
        yield from _first_rows(imported)
    for row, note in imported.notes:
        yield say("  第 {row} 行请看一眼：{note}", row=row, note=note)
    if imported.noted > len(imported.notes):
        yield say("  还有 {count} 处", count=imported.noted - len(imported.notes))
    if imported.faults:
        yield say("不能导入 {count} 行，前几行：", count=imported.rejected)
    for fault in imported.faults:
        where = message("第 {row} 行", row=fault.row)
        if fault.heading:
            where = message("{where} {column}", where=where, column=fault.heading)
        yield say("  {where}：{reason}", where=where, reason=fault.reason)


def _of(what: Message, count: int, already: int) -> dict[str, Any]:
    return {"what": what, "count": f"{count:,}", "already": f"{already:,}"}


def _first_rows(imported: Imported) -> Iterator[str]:
    from yibao.database.secrets import mask
    from yibao.money import format_yuan

    for thing in imported.first:
        row = thing.rows[0]
        yield say("第 {row} 行", row=row.number)
        for name, value in row.values.items():
            if value is None:
                continue
            text = str(value)
            if name == "number":
                text = mask(text)
            elif name.endswith("_fen"):
                text = format_yuan(value)
            yield f"  {name.removesuffix('_fen')}: {text}"
