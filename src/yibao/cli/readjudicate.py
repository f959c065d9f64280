"""``yibao readjudicate``: what waits for an office: settlements that a refund would alter, and
those that do not fit a stay.

Registered by name in :mod:`yibao.cli.main`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from yibao.cli.app import App
from yibao.cli.declared import Argument, Option
from yibao.cli.language import say
from yibao.cli.options import AsJson, print_json
from yibao.cli.store import Url, opened, operator
from yibao.cli.text import write
from yibao.errors import InputError, NotFoundError
from yibao.messages import message
from yibao.money.text import format_yuan

if TYPE_CHECKING:
    from yibao.care.readjudication import Readjudications
    from yibao.database.unit import Database

readjudicate = App(
    about=message("等经办看的：退费之后会不同的后来结算，重新结算或不采纳；住院重叠。")
)

Person = Annotated[
    str, Option("--person", metavar=message("参保人"), help=message("只看这一个人的。"))
]
Who = Annotated[str, Option("--actor", metavar=message("谁"), help=message("经办人，写入审计链。"))]
_NAMES = {
    "fund": message("基金"),
    "pooled": message("统筹"),
    "upper": message("大额或大病"),
    "assistance": message("救助"),
    "other_fund": message("其他"),
    "own": message("个人"),
    "account": message("账户"),
    "mutual_aid": message("共济"),
    "cash": message("现金"),
}


def _work(database: Database) -> Readjudications:
    from yibao.care.readjudication import Readjudications
    from yibao.care.reversal import Reversals
    from yibao.care.settling import Settlements
    from yibao.gateway.corrections import booked_corrections
    from yibao.policy.compile import PolicyLibrary

    reversals = Reversals(Settlements(database, PolicyLibrary.load()))
    return Readjudications(reversals, booked_corrections(database))


@readjudicate.register("list")
def list_open(url: Url = "", person: Person = "", as_json: AsJson = False) -> None:
    """待处理的建议：每笔原来多少、会是多少、差多少，按基金与个人。

    例子：
      yibao readjudicate list
    """
    with opened(url) as database:
        rows = _work(database).list_open(actor=operator("officer"), person_id=person or None)
        overlapping = _overlaps(database, person)
    if as_json:
        print_json({"proposals": rows, "overlaps": overlapping})
        return
    write([line for row in rows for line in _lines(row)] or [say("没有待处理的建议")])
    if overlapping:
        write(
            [
                say(
                    "另有 {count} 处住院重叠待核对：yibao readjudicate overlaps",
                    count=len(overlapping),
                )
            ]
        )


@readjudicate.register("overlaps")
def overlaps(url: Url = "", person: Person = "", as_json: AsJson = False) -> None:
    """住院期间另有住院、门诊或购药的：两笔都已结算、都没有撤销，按 stay.overlap 提醒的。

    例子：
      yibao readjudicate overlaps --person 参保人
    """
    with opened(url) as database:
        rows = _overlaps(database, person)
    if as_json:
        print_json({"overlaps": rows})
        return
    write(
        [
            say(
                "{person}  住院 {stay}（{institution}，{start} 至 {end}）期间另有 {beside}"
                "（{place}，{day}）",
                person=row["person"],
                stay=row["stay"]["visit"],
                institution=row["stay"]["institution"],
                start=row["stay"]["start"],
                end=row["stay"]["end"],
                beside=row["beside"]["visit"],
                place=row["beside"]["institution"],
                day=row["beside"]["start"],
            )
            for row in rows
        ]
        or [say("没有住院重叠")]
    )


def _overlaps(database: Database, person: str) -> list[dict[str, Any]]:
    from yibao.care.overlaps import list_overlaps
    from yibao.policy.compile import PolicyLibrary

    return list_overlaps(
        database, PolicyLibrary.load(), actor=operator("officer"), person_id=person or None
    )


@readjudicate.register("take")
def take(
    proposals: Annotated[
        list[str],
        Argument(metavar=message("建议..."), help=message("建议编号，可以写几个；--all 时不写。")),
    ] = [],  # noqa: B006 - nobody changes it
    everything: Annotated[bool, Option("--all", help=message("全部，或这个人的全部。"))] = False,
    url: Url = "",
    person: Person = "",
    actor: Who = "",
    as_json: AsJson = False,
) -> None:
    """采纳：每笔冲销并重新结算，同一人的在一次事务里按先后进行。

    采纳以后，此后的结算又会不同的，再成为建议；--all 一直做到没有建议。

    例子：
      yibao readjudicate take --all --actor 张三
    """
    if everything == bool(proposals):
        raise InputError(message("写建议编号，或写 --all"), place="take")
    _require_actor(actor)
    from yibao.access.operations import Key
    from yibao.access.permissions import officer

    answers = []
    with opened(url) as database:
        work = _work(database)
        whose = person or None
        while rows := work.list_open(actor=operator("officer"), person_id=whose):
            chosen: dict[str, list[str]] = defaultdict(list)
            for row in rows:
                if everything or row["proposal"] in proposals:
                    chosen[row["person"]].append(row["proposal"])
            _require_listed(proposals, chosen)
            answers += [
                work.take(
                    Key(actor, "readjudicate", numbers[0]), person_id, numbers, actor=officer(actor)
                )
                for person_id, numbers in chosen.items()
            ]
            if not everything:
                break
        else:
            _require_listed(proposals if not answers else [], {})
    if as_json:
        print_json({"people": answers})
        return
    write(
        [
            line
            for answer in answers
            for correction in answer["corrections"]
            for line in _lines({"person": answer["person"], **_shown(correction)})
        ]
        or [say("没有待处理的建议")]
    )


@readjudicate.register("drop")
def drop(
    proposal: Annotated[str, Argument(metavar=message("建议"), help=message("建议编号。"))],
    reason: Annotated[
        str, Option("--reason", metavar=message("理由"), help=message("为什么不采纳。"))
    ] = "",
    url: Url = "",
    actor: Who = "",
) -> None:
    """不采纳：那笔结算不变，理由留存。

    例子：
      yibao readjudicate drop 建议 --reason 本人不同意 --actor 张三
    """
    _require_actor(actor)
    from yibao.access.operations import Key
    from yibao.access.permissions import officer

    with opened(url) as database:
        work = _work(database)
        rows = work.list_open(actor=operator("officer"))
        whose = {row["proposal"]: row["person"] for row in rows}
        if proposal not in whose:
            raise NotFoundError(message("没有待处理的建议 {proposal}", proposal=proposal))
        key = Key(actor, "readjudicate", f"drop {proposal}")
        work.drop(key, whose[proposal], proposal, reason, actor=officer(actor))
    write([say("建议 {proposal} 不采纳：{reason}", proposal=proposal, reason=reason)])


def _require_listed(proposals: Sequence[str], chosen: Mapping[str, Sequence[str]]) -> None:
    listed = {number for numbers in chosen.values() for number in numbers}
    for number in proposals:
        if number not in listed:
            raise NotFoundError(message("没有待处理的建议 {proposal}", proposal=number))


def _require_actor(actor: str) -> None:
    if not actor:
        raise InputError(message("要写明经办人是谁"), place="--actor")


def _shown(correction: dict[str, Any]) -> dict[str, Any]:
    before, after = correction["before"], correction["after"]
    return {**correction, "difference": {name: after[name] - before[name] for name in after}}


def _lines(row: dict[str, Any]) -> list[str]:
    """A proposal: who and which visit, then each amount that differs."""
    visit = say("就诊 {visit}", visit=row["visit"])
    lines = [f"{row['proposal']}  {row['person']}  {visit}"]
    for name, more in row["difference"].items():
        if more and name in _NAMES:
            before, after = (format_yuan(row[when][name]) for when in ("before", "after"))
            sign = "+" if more > 0 else "-"
            lines.append(
                say(
                    "  {name} {before} → {after}（{difference} 元）",
                    name=_NAMES[name],
                    before=before,
                    after=after,
                    difference=f"{sign}{format_yuan(abs(more))}",
                )
            )
    return lines
