"""``yibao policy``: what the packs say, since when, by which source, and what is wrong in them."""

from __future__ import annotations

import datetime
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import click

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import language, say, worded
from yibao.cli.policy_packs import check as test_packs
from yibao.cli.policy_packs import new
from yibao.cli.policy_survey import coverage, look_again
from yibao.cli.text import columns, headed, wrap, write
from yibao.errors import InputError
from yibao.messages import NOTHING, Listed, Statements, Text, message, message_in
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary, packs_folder
from yibao.policy.kinds import Handling, ValueStatus
from yibao.policy.reported import DatedValue, ParameterDifference, RuleInForce, Valued
from yibao.written import TypedAnswer, plain_json

app = App(about=message("政策包：参数、来源、争议、缺口与检查。"))

AsJson = Annotated[bool, Option("--json", help=message("输出 JSON。"))]
On = Annotated[str, Option("--on", help=message("哪一天（如 2025-03-01），缺省今天。"))]
_STATUS = {
    ValueStatus.SOURCED: NOTHING,
    ValueStatus.ASSUMED: message_in("status of a value", "推定"),
    ValueStatus.QUARANTINED: message_in("status of a value", "存疑未用"),
}
_CONFIDENCE = {
    "high": message("把握大"),
    "medium": message("把握中等"),
    "low": message("把握小"),
    "": NOTHING,
}
_HANDLED = {
    Handling.FOUND: message("已找到"),
    Handling.ASSUMED: message_in("status of a value", "推定"),
    Handling.REFUSED: message("拒答"),
}


def _day(text: str) -> datetime.date:
    if not text:
        return datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise InputError(
            message("{text} 不是日期，请写成 2025-03-01", text=repr(text)), place="--on"
        ) from None


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


_NAME_WIDTH = 26
"""So wide is the column of names at least, that the parts of a name stay whole."""


def _print_answer(answer: TypedAnswer | tuple[TypedAnswer, ...]) -> None:
    _print_json(plain_json(answer))


def _name(rule: RuleInForce | ParameterDifference) -> str:
    """The Chinese name, and the identifier broken before its last part."""
    topic, _, last = rule.parameter.rpartition(".")
    return f"{rule.name}\n{topic}\n  .{last}"


def _values(values: Sequence[Valued]) -> str:
    """Values with their keys, one a line; members that share a value share a line."""
    keys_of: dict[str, list[str]] = {}
    for stated in values:
        keys_of.setdefault(stated.value, []).append(stated.keys)
    if len(keys_of) == 1:
        return next(iter(keys_of))
    return "\n".join(
        say("{keys}：{value}", keys=Statements(keys), value=value)
        for value, keys in keys_of.items()
    )


def _sources(rule: RuleInForce | DatedValue) -> str:
    cited = [f"{source.id} {source.grade}".strip() for source in rule.sources]
    state = f"{worded(_STATUS[ValueStatus(rule.status)])} {rule.gap}".strip()
    return "\n".join(line for line in (*cited, state, *rule.disputes) if line)


def _since(rule: RuleInForce | DatedValue) -> str:
    lines = [str(rule.first_day)]
    if rule.from_basis:
        lines.append(say("（推定）"))
    if rule.last_day:
        lines.append(say("至 {day}", day=rule.last_day))
    return "\n".join(lines)


def _headed(
    title: Text, headings: Sequence[Text], rows: Sequence[Sequence[str]], **layout: Any
) -> list[str]:
    """A table under its title and headings, in the language of the command line."""
    return headed(worded(title), list(map(worded, headings)), rows, **layout)


@app.register("list")
def list_(as_json: AsJson = False) -> None:
    """列出有政策包的地区。"""
    areas = report.list_areas(PolicyLibrary.load())
    if as_json:
        _print_answer(areas)
        return
    headings = (
        *(message("代码"), message("地区"), message_in("of a pack", "主题")),
        *(message_in("of a pack", "参数"), message("取值")),
        *(message_in("status of a value", "推定"), message_in("several", "争议"), message("缺口")),
    )
    lines = []
    for area in areas:
        numbers = (area.parameters, area.values, area.assumed, area.disputes, area.gaps)
        topics = " ".join(f"{topic}({count})" for topic, count in area.topics.items())
        lines.append((area.code, area.name, topics, *map(str, numbers)))
    write(_headed(message("政策包"), headings, lines, aligned="<<<>>>>>"))


@app.register()
def show(
    area: Annotated[str, Argument(metavar=message("地区"), help=message("地区代码或名称。"))],
    topic: Annotated[
        str | None,
        Argument(metavar=message("主题"), help=message("主题，如 employee.outpatient。")),
    ] = None,
    on: On = "",
    as_json: AsJson = False,
) -> None:
    """一个地区某一天有效的参数。"""
    rules = report.show(PolicyLibrary.load(), area, topic, _day(on))
    if as_json:
        _print_answer(rules)
        return
    title = message(
        "{place} {day}（仅供参考，以经办机构为准；热线 12393）", place=rules.name, day=rules.on
    )
    rows = [
        (_name(rule), _values(rule.values), _since(rule), _sources(rule))
        for rule in rules.parameters
    ]
    headings = (message("参数名"), message("取值"), message("首日"), message("来源与等级"))
    write(_headed(title, headings, rows, least=(_NAME_WIDTH,)))
    if rules.missing:
        missing = say("没有来源（用到时拒答）：{names}", names=Listed(rules.missing))
        write(wrap(missing, columns()))


@app.register()
def history(
    parameter: Annotated[
        str,
        Argument(metavar=message("参数"), help=message("参数名，如 employee.outpatient.ratio。")),
    ],
    area: Annotated[str | None, Option("--area", help=message("只看一个地区。"))] = None,
    as_json: AsJson = False,
) -> None:
    """一个参数在各地区的历次取值。"""
    values = report.history(PolicyLibrary.load(), parameter, area)
    if as_json:
        _print_answer(values)
        return
    lines = []
    for dated in values:
        known = say("{day} 公布", day=dated.known_from) if dated.known_from else ""
        note = "\n".join(text for text in (known, dated.note, dated.basis) if text)
        stated = _values(dated.values)
        lines.append((dated.area_name, _since(dated), stated, _sources(dated), note))
    headings = (
        *(message("地区"), message("首日"), message("取值")),
        *(message("来源与等级"), message("说明")),
    )
    write(_headed(parameter, headings, lines))


@app.register()
def diff(
    area: Annotated[str, Argument(metavar=message("地区"), help=message("地区代码或名称。"))],
    other_area: Annotated[str, Argument(metavar=message("另一地区"), help=message("另一个地区。"))],
    on: On = "",
    as_json: AsJson = False,
) -> None:
    """两个地区某一天不同的参数。"""
    differences = report.diff(PolicyLibrary.load(), area, other_area, _day(on))
    if as_json:
        _print_answer(differences)
        return
    names = [side.name for side in differences.areas]
    rows = [(_name(rule), *map(_values, rule.values)) for rule in differences.parameters]
    title = message("{place}与{other} {day}", place=names[0], other=names[1], day=differences.on)
    write(_headed(title, (message("参数名"), *names), rows, least=(_NAME_WIDTH,)))


@app.register()
def disputes(
    dispute: Annotated[
        str | None, Argument(metavar=message("争议"), help=message("争议编号，如 K03。"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """来源互相矛盾的地方、选择与理由。"""
    recorded = report.disputes(PolicyLibrary.load(), dispute)
    if as_json:
        _print_answer(recorded)
        return
    lines = []
    for row in recorded:
        sides = "\n".join(
            say("{says}（{facts}）", says=side.says, facts=Listed(side.facts)) for side in row.sides
        )
        choice = [row.choice or say("未决"), row.reason, worded(_CONFIDENCE[row.confidence])]
        lines.append((row.id, row.question, sides, "\n".join(filter(None, choice))))
    headings = (message("编号"), message("问题"), message("各方"), message("选择与理由"))
    write(_headed(message_in("several", "争议"), headings, lines))


@app.register()
def gaps(as_json: AsJson = False) -> None:
    """来源没有给出的数字，以及怎样处理。"""
    recorded = report.gaps(PolicyLibrary.load())
    if as_json:
        _print_answer(recorded)
        return
    lines = []
    for gap in recorded:
        missing = "\n".join(filter(None, [gap.missing, gap.note]))
        places = [" ".join(gap.parameters), " ".join(gap.found)]
        lines.append((gap.id, missing, *places, worded(_HANDLED[Handling(gap.handled)])))
    headings = (
        *(message("编号"), message("缺什么"), message_in("of a pack", "参数")),
        *(message("找到的来源"), message("处理")),
    )
    write(_headed(message("缺口"), headings, lines))


@app.register()
def sources(
    source: Annotated[
        str | None, Argument(metavar=message("来源"), help=message("来源编号，如 O-EO-05。"))
    ] = None,
    area: Annotated[
        str | None, Option("--area", help=message("只看一个地方的，没有政策包的也行。"))
    ] = None,
    as_json: AsJson = False,
) -> None:
    """一条来源，或全部来源。"""
    packs = PolicyLibrary.load()
    facts = report.sources(packs, source)
    if area is not None:
        codes = {row.region_code for row in packs.records_of(packs.locate(area))}
        facts = tuple(fact for fact in facts if fact.region_code in codes)
    if as_json:
        _print_answer(facts)
        return
    if source is None:
        lines = []
        for fact in facts:
            what = f"{fact.topic} {fact.parameter}"
            value = f"{fact.value} {fact.unit}"
            lines.append((fact.id, fact.grade, fact.region_name, what, value, fact.effective))
        headings = (
            *(message("编号"), message("等级"), message("地区")),
            *(message("内容"), message("数值"), message("生效")),
        )
        write(_headed(message("来源"), headings, lines))
        return
    for fact in facts:
        pairs = [
            (say("等级"), fact.grade),
            (say("地区"), f"{fact.region_name} {fact.region_code}".strip()),
            (say("内容"), f"{fact.scheme} {fact.topic} {fact.parameter}".strip()),
            (say("数值"), f"{fact.value} {fact.unit}".strip()),
            (say("生效"), fact.effective),
            (say("说明"), fact.note),
            *((key, text) for document in fact.documents for key, text in document.items()),
        ]
        shown = [pair for pair in pairs if pair[1]]
        write(_headed(fact.id, (message("项目"), message("内容")), shown))


@app.register()
def lint(
    path: Annotated[
        Path | None,
        Argument(metavar=message("文件夹"), help=message("政策包文件夹，缺省为自带的。")),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """检查政策包；有问题时退出码为 1。"""
    from yibao.policy.lint import RULES
    from yibao.policy.lint import lint as check

    faults = check(path or packs_folder(), language())
    if as_json:
        _print_json([fault._asdict() for fault in faults])
    else:
        for fault in faults:
            where = f"{fault.file}:{fault.line}: {fault.rule}"
            click.echo(say("{where}：{what}", where=where, what=fault.message))
    if faults:
        click.echo(say("{count} 处问题", count=len(faults)), err=True)
    else:
        click.echo(say("没有问题（查了 {count} 类）", count=len(RULES)), err=True)
    if faults:
        raise click.exceptions.Exit(1)


@app.register()
def schema(
    out: Annotated[Path | None, Option("--out", help=message("写到这个文件。"))] = None,
    as_json: AsJson = False,
) -> None:
    """政策包文件的 JSON Schema，供编辑器提示与检查。"""
    from yibao.policy.schema import json_schema

    del as_json  # the schema is JSON either way
    text = json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n"
    if out is None:
        sys.stdout.write(text)
        return
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            message("写不了：{reason}", reason=error.strerror), place=str(out)
        ) from None
    click.echo(say("已写入 {file}", file=str(out)), err=True)


app.register("new")(new)
app.register("test")(test_packs)
app.register("coverage")(coverage)
app.register("review")(look_again)
