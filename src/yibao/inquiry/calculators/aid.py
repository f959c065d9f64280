"""家庭共济: who may draw on whose account, and how much today."""

from __future__ import annotations

from dataclasses import replace

from yibao import library
from yibao.benefit.facts import Grant
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.answer import Answer, Bar, Curve, Line, Note, Series, Table
from yibao.inquiry.calculators.base import (
    STATUS,
    Calculator,
    Context,
    amount_field,
    area_field,
    choices,
    part_of,
)
from yibao.inquiry.calculators.visit import amount_words
from yibao.inquiry.curves import breaks, sample, upper_end
from yibao.inquiry.fields import NO_WORDS, Field, Values
from yibao.inquiry.sentences import (
    aid_headline,
    yuan,
)
from yibao.messages import Said
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import RELATIONS
from yibao.policy.kinds import RelationKind
from yibao.policy.model import Words


def _aid(context: Context, values: Values, relation: str, balance: int) -> library.AidToday:
    area, on = values["area"], values["on"]
    start = values["from"] or on
    end = values["to"]
    if end is not None and end < start:
        raise InputError(f"末日早于首日 {start}", place="to")
    scheme = values["grantee_scheme"]
    grantor = library.person(area, "employee", values["grantor_status"], name="grantor")
    grantee = library.person(
        values["grantee_area"] or area,
        scheme,
        values["grantee_status"] if scheme == "employee" else None,
        name="grantee",
    )
    return library.aid(
        context.packs,
        grantor,
        grantee,
        Grant("grantor", "grantee", RelationKind(relation), start, end, values["limit"]),
        on,
        grantor_balance=balance,
        own_balance=values["own_balance"] or 0,
    )


def _relations_table(context: Context, values: Values) -> Table:
    rows = []
    for relation in RELATIONS:
        found = _aid(context, values, relation, values["grantor_balance"])
        said = Words(words.RELATION[relation], words.ENGLISH[relation])
        reason: Said = NO_WORDS if found.available else found.why
        rows.append((said, amount_words(found.available), reason))
    columns = [Words("用的人", "Relative"), Words("最多可用", "At most")]
    if any(reason for _, _, reason in rows):
        columns.append(Words("为什么不能", "Why not"))
    width = len(columns)
    return Table(
        Words("换一位亲属（元）", "Other relatives (yuan)"),
        tuple(columns),
        tuple(row[:width] for row in rows),
    )


def _answer_aid(context: Context, values: Values) -> Answer:
    area, on, relation = values["area"], values["on"], values["relation"]
    balance = values["grantor_balance"]
    found = _aid(context, values, relation, balance)
    kept = balance - found.available

    def available(amount: int) -> int:
        return _aid(context, values, relation, amount).available

    high = upper_end(balance)
    plain = not values["limit"] and not values["own_balance"]
    kind = {**values, "grantor_balance": high}
    points = (
        context.curves.kept(f"aid {kind}", lambda: sample(available, 0, high))
        if plain  # the key holds nothing but the kind of question
        else sample(available, 0, high)
    )
    limit = values["limit"]
    place = context.place(area)
    cap = Words("", "")
    if limit is not None:
        cap = Words(f"，单次不超过 {yuan(limit)} 元", f", at most ¥{yuan(limit)} a payment")
    return Answer(
        headline=aid_headline(relation, on.isoformat(), found.available, found.why),
        about=Words(
            f"{place.zh}职工授权{cap.zh}",
            f"Granted by an employee of {place.en}{cap.en}",
        ),
        data={
            "area": area,
            "relation": relation,
            "on": on.isoformat(),
            "available": found.available,
            "why": str(found.why),
            "assumptions": list(found.explanation.assumptions),
            "disputes": list(found.explanation.disputes),
            "steps": [step.as_json() for step in found.explanation.steps if step.shown],
        },
        area=area,
        figures_on=on,
        parts=(part_of(area, found.explanation),),
        assumptions=found.explanation.assumptions,
        disputes=found.explanation.disputes,
        bars=(
            Bar(Words("授权人余额", "Grantor's balance"), balance, 0, balance, "total"),
            Bar(Words("这次最多可用", "At most now"), found.available, 0, found.available, "fund"),
            Bar(Words("留在账户", "Stays in the account"), kept, found.available, balance, "own"),
        ),
        lines=(
            Line(Words("授权人余额", "Grantor's balance"), balance),
            Line(Words("这次最多可用", "At most now"), found.available, strong=True),
            Line(Words("留在账户", "Stays in the account"), kept),
        ),
        tables=(_relations_table(context, values),),
        notes=()
        if found.available
        else (Note(Words("不能用", "Nothing may be drawn"), found.why),),
        curve=Curve(
            title=Words("余额不同能用多少", "By the grantor's balance"),
            x_label=Words("授权人余额", "Grantor's balance"),
            y_label=Words("最多可用", "At most"),
            x_unit="fen",
            y_unit="fen",
            series=(Series(Words("最多可用", "At most"), points, "fund"),),
            breaks=breaks(points, "可用的", "one may draw"),
            marked=balance,
        ),
        good=found.available > 0,
    )


def aid_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of family mutual aid."""
    return Calculator(
        "aid",
        Words("家庭共济", "Family mutual aid"),
        Words(
            "亲属能不能用我的个人账户，今天最多用多少。",
            "Whether a relative may draw on a personal account, and how much today.",
        ),
        (
            area_field(packs, label=Words("账户主人的参保地", "Grantor insured in")),
            Field(
                "relation",
                Words("用的人是账户主人的谁", "The relative is the grantor's"),
                "choice",
                "parent",
                True,
                choices=choices(RELATIONS, words.RELATION),
            ),
            amount_field("grantor_balance", "账户主人的余额", "Grantor's balance", required=True),
            amount_field(
                "limit",
                "授权的单次额度",
                "Limit of one payment",
                hint=Words("没有设就不填。", "Leave empty without a limit."),
            ),
            amount_field(
                "own_balance", "用的人自己的账户余额", "Relative's own balance", extra=True
            ),
            replace(
                STATUS,
                name="grantor_status",
                label=Words("账户主人", "Grantor"),
                when=(),
                extra=True,
            ),
            Field(
                "grantee_scheme",
                Words("用的人参加", "Relative's scheme"),
                "choice",
                "resident",
                True,
                choices=choices(("resident", "employee"), words.CONTRIBUTOR),
                extra=True,
            ),
            replace(
                STATUS,
                name="grantee_status",
                label=Words("用的人", "Relative"),
                when=(("grantee_scheme", ("employee",)),),
                extra=True,
            ),
            replace(
                area_field(packs, "grantee_area", Words("用的人的参保地", "Relative insured in")),
                default="",
                required=False,
                hint=Words("相同就不选。", "Leave empty if the same."),
                extra=True,
            ),
            Field("from", Words("授权首日", "Grant from"), "day", extra=True),
            Field("to", Words("授权末日", "Grant to"), "day", extra=True),
            Field("on", Words("哪一天用", "On"), "day", "today", True),
        ),
        _answer_aid,
        {"relation": "parent", "grantor_balance": "3500", "limit": "1000"},
        ("mutual_aid",),
    )
