"""``yibao aid``: what a relative may draw on a personal account today, and why."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated

from yibao import library
from yibao.benefit.facts import Grant
from yibao.benefit.period_answers import mutual_aid_answer
from yibao.cli import render
from yibao.cli.facts import Written, asked
from yibao.cli.language import language, say
from yibao.cli.options import AreaOption, AsJson, Explain, basis_json, home_area, print_json
from yibao.cli.text import columns, hanging, wrap, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.asked import AID
from yibao.inquiry.sentences import aid_headline
from yibao.messages import Fen, Listed, Phrases, Statements, Text, message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import RelationKind, Scheme, ValueStatus
from yibao.policy.model import Words
from yibao.policy.reported import Valued

_TOPIC = "mutual_aid"
_OF_A_GRANT = ("grantor_balance", "own_balance", "limit", "from", "to")
"""What is said of one grant only, not of the rules."""


def _rules(packs: PolicyLibrary, code: str, name: Words, on: datetime.date, as_json: bool) -> None:
    """The rules of mutual aid on a day: whom one may name, and what stays in the account."""
    rules = report.show(packs, code, _TOPIC, on)
    assumed = [
        rule.gap or rule.parameter
        for rule in rules.parameters
        if rule.status == ValueStatus.ASSUMED
    ]
    disputes = list(
        dict.fromkeys(dispute for rule in rules.parameters for dispute in rule.disputes)
    )
    if as_json:
        print_json({**rules.as_json(language()), **basis_json(packs, code, assumed, disputes)})
        return
    lines = render.title(message("{name} {day} 的家庭共济规则", name=name, day=on))
    for rule in rules.parameters:
        parts = [_values(rule.values), rule.note] if rule.note else [_values(rule.values)]
        text = say(
            "{value} 〔{sources}〕（{day} 起）",
            value=Statements(parts),
            sources=Listed(source.id for source in rule.sources),
            day=rule.first_day,
        )
        lines += hanging(f"  {rule.name}", text, columns(), 30)
    write(lines + render.basis_lines(packs, code, assumed, disputes))


def _values(values: Sequence[Valued]) -> Text:
    """Values by their keys; a flag by relation reads as the relations that it allows."""
    if len(values) == 1:
        value = values[0].value
        return words.CHOICE.get(value, value)
    grouped: dict[str, list[str]] = {}
    for stated in values:
        grouped.setdefault(stated.value, []).append(stated.keys)
    return Statements(
        message("{value}：{keys}", value=value, keys=Listed(keys))
        for value, keys in grouped.items()
    )


def aid(
    area: AreaOption,
    granting: Annotated[Written, asked(AID)],
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """家庭共济：这位亲属今天最多能用多少，为什么。

    不写 --relation 时列出当天的规则：可以授权给谁，账户要留多少。

    例子（把“城市”换成地区名称或代码）：
      yibao aid --area 城市
      yibao aid --area 城市 --relation parent --grantor-balance 3500 --limit 1000
    """
    packs = library.load()
    code, name = home_area(packs, area)
    said = granting.said(packs)
    who, day, most = said["relation"], said["on"], said["limit"]
    if who is None:
        if any(map(granting.wrote, _OF_A_GRANT)):
            raise InputError(message("要写用的人是账户主人的谁"), place="--relation")
        _rules(packs, code, name, day, as_json)
        return
    if said["grantor_balance"] is None:
        raise InputError(message("要写授权人账户余额"), place="--grantor-balance")
    start, end = said["from"] or day, said["to"]
    if end is not None and end < start:
        raise InputError(message("末日 {end} 早于首日 {start}", end=end, start=start), place="--to")
    employed = said["grantee_scheme"] == Scheme.EMPLOYEE
    if employed and said["grantee_status"] is None:
        raise InputError(message("职工要写 working 或 retired"), place="--grantee-status")
    grantor = library.person(code, Scheme.EMPLOYEE, said["grantor_status"], name="grantor")
    grantee = library.person(
        said["grantee_area"] or code,
        said["grantee_scheme"],
        said["grantee_status"] if employed else None,
        name="grantee",
    )
    today = library.aid(
        packs,
        grantor,
        grantee,
        Grant("grantor", "grantee", RelationKind(who), start, end, most),
        day,
        grantor_balance=said["grantor_balance"],
        own_balance=said["own_balance"] or 0,
    )
    answer = mutual_aid_answer(today, code, who, day)
    if as_json:
        basis = basis_json(packs, code, answer.assumptions, answer.disputes)
        print_json({"ask": "aid", **answer.as_json(language()), **basis})
        return
    head = aid_headline(who, day, today.available, today.why)
    lines = render.title(head)
    terms: list[Text] = [
        message("{place}职工授权", place=name),
        message("{day} 起", day=start),
        message("至 {day}", day=end) if end else message("没有末日"),
    ]
    if most is not None:
        terms.append(message("单次不超过 {amount}", amount=Fen(most)))
    lines += wrap("  " + say("{about}。", about=Phrases(terms)), columns())
    if explain:
        lines += render.step_lines(answer.steps)
    write(lines + render.basis_lines(packs, code, answer.assumptions, answer.disputes))
