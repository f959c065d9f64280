"""``yibao batch``: a file of visits, settled; or a table of them in somebody else's engine."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.batch_engine import TableRun, in_engine
from yibao.cli.batch_totals import finish
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.errors import InputError
from yibao.messages import Listed, message

if TYPE_CHECKING:
    from yibao.columns.stream import Options, Progress

_REJECTED = 1
_BACKENDS = ("auto", "numba", "plain")


def batch(
    visits: Annotated[
        str,
        Argument(metavar="INPUT", help=message("就诊文件：Parquet、Arrow、CSV 或 Excel（xlsx）。")),
    ],
    target: Annotated[
        str | None,
        Option("--output", "-o", help=message("结果文件（Parquet）；--preview 时不用写。")),
    ] = None,
    engine: Annotated[
        str | None,
        Option(
            "--engine",
            help=message(
                "在这个 Spark 里计算（spark://主机:端口、sc://主机:端口）：INPUT 与各结果是它的 "
                "Parquet 路径（有 /）或目录里的表。"
            ),
        ),
    ] = None,
    row_id: Annotated[
        str | None,
        Option("--row-id", help=message("--engine 时必写：表里哪一列整数是行号。")),
    ] = None,
    partitions: Annotated[
        int | None,
        Option("--partitions", least=1, most=1_000_000, help=message("--engine 时分成几份。")),
    ] = None,
    mapping: Annotated[
        Path | None,
        Option("--map", help=message("映射文件（YAML）：自己的表头、写法和单位各是哪一列。")),
    ] = None,
    preview: Annotated[
        bool,
        Option(
            "--preview",
            help=message("不结算：按映射显示前几行；没有映射就起草一份，写到标准输出。"),
        ),
    ] = False,
    items: Annotated[
        Path | None, Option("--items", help=message("费用明细文件，按 visit 对应。"))
    ] = None,
    used: Annotated[
        str | None, Option("--state", help=message("把各人累计写到这里，可并入下一次的输入。"))
    ] = None,
    refused: Annotated[
        str | None, Option("--rejects", help=message("被拒绝的行（缺省 OUTPUT.rejects.csv）。"))
    ] = None,
    overlays: Annotated[
        list[Path] | None, Option("--with", help=message("叠加一个小政策包，可多次。"))
    ] = None,
    rulebooks: Annotated[
        Path | None,
        Option(
            "--rulebooks",
            help=message("带着各行所写规则书的文件（Parquet）；缺省是就诊文件自己带着的。"),
        ),
    ] = None,
    today: Annotated[
        bool,
        Option("--today", help=message("一律按今天的政策包，不看各行写的规则书。")),
    ] = False,
    encoding: Annotated[
        str | None,
        Option("--encoding", help=message("CSV 的编码：utf-8、gbk、gb18030；缺省按映射文件。")),
    ] = None,
    no_explain: Annotated[
        bool, Option("--no-explain", help=message("不写解释所需的列：文件更小，不能 explain。"))
    ] = False,
    backend: Annotated[str, Option("--backend", help=message("auto、numba 或 plain。"))] = "auto",
    threads: Annotated[int, Option("--threads", least=1, most=64, help=message("线程数。"))] = 2,
    processes: Annotated[
        int | None,
        Option(
            "--processes",
            least=1,
            most=256,
            help=message(
                "进程数，每个一个线程；不写时，核多于两个的机器上大文件用上全部核。"
                "用进程的，中断后再运行同一命令，接着算。"
            ),
        ),
    ] = None,
    as_json: Annotated[bool, Option("--json", help=message("合计以 JSON 输出。"))] = False,
    quiet: Annotated[bool, Option("--quiet", help=message("不显示进度。"))] = False,
) -> None:
    """结算一个就诊文件：每行一次就诊，任意地区、险种、日期混排。有行被拒绝时退出码为 1。"""
    from yibao.columns import require

    require()
    if backend not in _BACKENDS:
        raise InputError(
            message(
                "没有 {backend} 这种计算方式，可以写：{backends}",
                backend=backend,
                backends=Listed(_BACKENDS),
            )
        )
    if engine is not None:
        of_files = {
            "--map": mapping,
            "--preview": preview,
            "--items": items,
            "--encoding": encoding,
            "--processes": processes,
        }
        in_engine(
            TableRun(engine, visits, target, row_id, partitions, used, refused),
            [name for name, value in of_files.items() if value],
            overlays=overlays or (),
            rulebooks=rulebooks,
            today=today,
            explainable=not no_explain,
            backend=backend,
            as_json=as_json,
            quiet=quiet,
        )
        return
    source, output = Path(visits), None if target is None else Path(target)
    state, rejects = (None if name is None else Path(name) for name in (used, refused))
    from yibao.columns.processes import run_in_processes, suitable_processes
    from yibao.columns.read.mapping import read_mapping
    from yibao.columns.read.sources import ENCODINGS, UTF_8
    from yibao.columns.stream import Options, run_file
    from yibao.policy.compile import PolicyLibrary

    columns = None if mapping is None else read_mapping(mapping)
    encoding = (encoding or (columns and columns.encoding) or UTF_8).lower()
    if encoding not in ENCODINGS:
        raise InputError(
            message(
                "没有 {encoding} 这种编码，可以写：{encodings}",
                encoding=encoding,
                encodings=Listed(ENCODINGS),
            )
        )
    if preview:
        _preview(source, Options(encoding=encoding, mapping=columns))
        return
    if output is None:
        raise InputError(message("没有写结果文件：加上 -o 结果.parquet"))
    if output.suffix.lower() != ".parquet":
        raise InputError(message("结果文件请以 .parquet 结尾"), place=str(output))
    if not output.parent.is_dir():
        raise InputError(message("没有这个文件夹"), place=str(output.parent))
    if output.exists() and output.resolve() == source.resolve():
        raise InputError(message("结果文件不能是输入文件本身"), place=str(output))
    options = Options(
        encoding=encoding,
        mapping=columns,
        items=items,
        state=state,
        rejects=rejects,
        explainable=not no_explain,
        backend=backend,
        threads=threads,
        processes=processes or suitable_processes(source),
        rulebooks=rulebooks,
        today=today,
        say=lambda what: click.echo(worded(what), err=True),
        quiet=quiet,
        language=language(),
    )
    if not quiet:
        _show_progress(options)
    settle = run_file if options.processes == 1 else run_in_processes
    result = settle(source, output, PolicyLibrary.load(overlays=overlays or ()), options)
    finish(result, quiet=quiet, in_json=as_json)


def _preview(source: Path, options: Options) -> None:
    """The beginning of a file as it would be read; without a mapping, one is drafted for it."""
    from yibao.columns.preview import draft, needs_mapping, preview
    from yibao.columns.read.sources import InputFile

    if options.mapping is None:
        headings = InputFile(source, options.encoding, known={}).headings
        if needs_mapping(headings):
            sys.stdout.write(draft(source, options.encoding))
            click.echo(
                worded(
                    message(
                        "这是按表头起草的映射：存成文件，改好 TODO 的地方，"
                        "再用 --map 文件 --preview 看读成什么"
                    )
                ),
                err=True,
            )
            return
    read = preview(source, options)
    for number, row in enumerate(read.rows, 1):
        click.echo(worded(message("第 {row} 行", row=number)))
        for name, cell in zip(read.names, row, strict=True):
            click.echo(f"  {name}: {cell}")
    if read.unread:
        click.echo(worded(message("没有用到的表头：{names}", names=Listed(read.unread))))
    for heading, texts in read.strange.items():
        click.echo(
            worded(
                message(
                    "{heading} 里这些写法没有对应：{texts}", heading=heading, texts=Listed(texts)
                )
            )
        )
    for fault in read.faults:
        where = message("第 {row} 行", row=fault.row)
        if fault.heading:
            where = message("{where} {column}", where=where, column=fault.heading)
        click.echo(worded(message("  {where}：{reason}", where=where, reason=fault.reason)))
    if read.strange or read.faults:
        raise click.exceptions.Exit(_REJECTED)


def _show_progress(options: Options) -> None:
    import time

    last = 0.0

    def show(progress: Progress) -> None:
        nonlocal last
        now = time.monotonic()
        finished = progress.total is not None and progress.rows >= progress.total
        if now - last < 1 and not finished:
            return
        last = now
        rate = progress.rows / max(progress.seconds, 1e-9)
        counts = {"rows": f"{progress.rows:,}", "rate": f"{rate:,.0f}"}
        if progress.total:
            left = (progress.total - progress.rows) / max(rate, 1e-9)
            text = say(
                "{percent}%  {rows} 行，{rate} 行/秒，还需 {left} 秒",
                percent=progress.rows * 100 // progress.total,
                left=f"{left:,.0f}",
                **counts,
            )
        else:
            text = say("{rows} 行，{rate} 行/秒", **counts)
        click.echo(text, err=True)

    options.progress = show
