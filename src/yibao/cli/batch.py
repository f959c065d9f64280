"""``yibao batch`` and ``yibao explain``: a file of visits, settled; a row of it, explained."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import click

from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.text import headed, write
from yibao.errors import InputError
from yibao.messages import Listed, Message, message
from yibao.policy.kinds import Scheme

if TYPE_CHECKING:
    from yibao.columns.stream import FileRun, Options, Progress
    from yibao.columns.totals import Totals

_REJECTED = 1
_BACKENDS = ("auto", "numba", "plain")


def batch(
    source: Annotated[
        Path,
        Argument(metavar="INPUT", help=message("就诊文件：Parquet、Arrow、CSV 或 Excel（xlsx）。")),
    ],
    output: Annotated[
        Path | None,
        Option("--output", "-o", help=message("结果文件（Parquet）；--preview 时不用写。")),
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
    state: Annotated[
        Path | None, Option("--state", help=message("把各人累计写到这里，可并入下一次的输入。"))
    ] = None,
    rejects: Annotated[
        Path | None, Option("--rejects", help=message("被拒绝的行（缺省 OUTPUT.rejects.csv）。"))
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
                "进程数，每个一个线程；不写时大文件用上全部核。中断后再运行同一命令，接着算。"
            ),
        ),
    ] = None,
    as_json: Annotated[bool, Option("--json", help=message("合计以 JSON 输出。"))] = False,
    quiet: Annotated[bool, Option("--quiet", help=message("不显示进度。"))] = False,
) -> None:
    """结算一个就诊文件：每行一次就诊，任意地区、险种、日期混排。有行被拒绝时退出码为 1。"""
    from yibao.columns import require

    require()
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
    if backend not in _BACKENDS:
        raise InputError(
            message(
                "没有 {backend} 这种计算方式，可以写：{backends}",
                backend=backend,
                backends=Listed(_BACKENDS),
            )
        )
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
    _tell(result, quiet)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(result.totals), ensure_ascii=False, indent=2) + "\n")
    else:
        _print_totals(result.totals)
    if result.rejects is not None:
        raise click.exceptions.Exit(_REJECTED)


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
