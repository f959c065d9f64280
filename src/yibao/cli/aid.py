"""``yibao aid``: what a relative may draw on a personal account today, and why."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from yibao import library
from yibao.benefit.facts import Grant
from yibao.benefit.period_answers import mutual_aid_answer
from yibao.cli import options, render
from yibao.cli.declared import Option
from yibao.cli.options import AreaOption, AsJson, Explain, home_area, print_json
from yibao.cli.text import bold, columns, hanging, wrap, write
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.basis import basis_data
from yibao.inquiry.sentences import aid_headline, yuan
from yibao.messages import message
from yibao.policy import report
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import RelationKind, Scheme, ValueStatus

_TOPIC = "mutual_aid"


def _rules(packs: PolicyLibrary, code: str, name: str, on: datetime.date, as_json: bool) -> None:
    """The rules of mutual aid on a day: whom one may name, and what stays in the account."""
    data = report.show(packs, code, _TOPIC, on)
    assumed = [
        row["gap"] or row["parameter"]
        for row in data["parameters"]
        if row["status"] == ValueStatus.ASSUMED
    ]
    disputes = list(
        dict.fromkeys(dispute for row in data["parameters"] for dispute in row["disputes"])
    )
    if as_json:
        print_json({**data, **basis_data(packs, code, assumed, disputes)})
        return
    lines = [bold(f"{name} {on} 的家庭共济规则")]
    for row in data["parameters"]:
        sources = "、".join(source["id"] for source in row["sources"])
        note = f"；{row['note']}" if row["note"] else ""
        text = f"{_values(row['values'])}{note} 〔{sources}〕（{row['first_day']} 起）"
        lines += hanging(f"  {row['name']}", text, columns(), 30)
    write(lines + render.basis_lines(packs, code, assumed, disputes))


def _values(values: list[dict[str, Any]]) -> str:
    """Values by their keys; a flag by relation reads as the relations that it allows."""
    if len(values) == 1:
        value = str(values[0]["value"])
        return str(words.CHOICE.get(value, value))
    grouped: dict[str, list[str]] = {}
    for value_row in values:
        grouped.setdefault(str(value_row["value"]), []).append(str(value_row["keys"]))
    return "；".join(f"{value}：{'、'.join(keys)}" for value, keys in grouped.items())


def aid(
    area: AreaOption,
    relation: Annotated[
        str, Option("--relation", metavar="亲属", help="用的人是授权人的谁，如 parent 父母。")
    ] = "",
    grantor_balance: Annotated[
        str, Option("--grantor-balance", metavar="元", help="授权人账户余额。")
    ] = "",
    own_balance: Annotated[
        str, Option("--own-balance", metavar="元", help="用的人自己的账户余额。")
    ] = "",
    limit: Annotated[str, Option("--limit", metavar="元", help="授权的单次额度；不写不限。")] = "",
    granted_from: Annotated[
        str, Option("--from", metavar="日期", help="授权首日；缺省当天。")
    ] = "",
    granted_to: Annotated[
        str, Option("--to", metavar="日期", help="授权末日；不写没有末日。")
    ] = "",
    grantor_status: Annotated[
        str, Option("--grantor-status", metavar="身份", help="working 在职、retired 退休。")
    ] = "working",
    grantee_scheme: Annotated[
        str, Option("--grantee-scheme", metavar="险种", help="resident 居民、employee 职工。")
    ] = "resident",
    grantee_status: Annotated[
        str, Option("--grantee-status", metavar="身份", help="职工：working、retired。")
    ] = "",
    grantee_area: Annotated[
        str, Option("--grantee-area", metavar="地区", help="用的人的参保地；缺省相同。")
    ] = "",
    on: options.On = "",
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
    day = options.day_or_today(on)
    if not relation:
        if grantor_balance or own_balance or limit or granted_from or granted_to:
            raise InputError(message("要写用的人是账户主人的谁"), place="--relation")
        _rules(packs, code, name, day, as_json)
        return
    who = words.choose(relation, words.RELATION, "--relation")
    if not grantor_balance:
        raise InputError(message("要写授权人账户余额"), place="--grantor-balance")
    start = options.day(granted_from, "--from") if granted_from else day
    end = options.day(granted_to, "--to") if granted_to else None
    if end is not None and end < start:
        raise InputError(message("末日 {end} 早于首日 {start}", end=end, start=start), place="--to")
    scheme = words.choose(grantee_scheme, words.SCHEME, "--grantee-scheme")
    if scheme == Scheme.EMPLOYEE and not grantee_status:
        raise InputError(message("职工要写 working 或 retired"), place="--grantee-status")
    status = None
    if scheme == Scheme.EMPLOYEE:
        status = words.choose(grantee_status, words.STATUS, "--grantee-status")
    place = options.any_area(packs, grantee_area, "--grantee-area") if grantee_area else code
    grantor = library.person(
        code,
        "employee",
        words.choose(grantor_status, words.STATUS, "--grantor-status"),
        name="grantor",
    )
    grantee = library.person(place, scheme, status, name="grantee")
    most = options.amount(limit, "--limit") if limit else None
    today = library.aid(
        packs,
        grantor,
        grantee,
        Grant("grantor", "grantee", RelationKind(who), start, end, most),
        day,
        grantor_balance=options.amount(grantor_balance, "--grantor-balance"),
        own_balance=options.amount(own_balance, "--own-balance") if own_balance else 0,
    )
    answer = mutual_aid_answer(today, code, who, day)
    if as_json:
        basis = basis_data(packs, code, answer.assumptions, answer.disputes)
        print_json({"ask": "aid", **answer.as_json(), **basis})
        return
    head = aid_headline(who, day, today.available, today.why)
    lines = render.title(head.text())
    cap = f"，单次不超过 {yuan(most)} 元" if most is not None else ""
    until = f"至 {end}" if end else "没有末日"
    lines += wrap(f"  {name}职工授权，{start} 起，{until}{cap}。", columns())
    if explain:
        lines += render.step_lines(answer.steps)
    write(lines + render.basis_lines(packs, code, answer.assumptions, answer.disputes))
