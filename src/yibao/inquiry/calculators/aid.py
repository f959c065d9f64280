"""家庭共济: who may draw on whose account, and how much today."""

from __future__ import annotations

from yibao import library
from yibao.benefit.facts import Grant
from yibao.benefit.period_answers import MutualAidAnswer, mutual_aid_answer
from yibao.errors import InputError
from yibao.inquiry import words
from yibao.inquiry.answer import AmountTable, Answer, Bar, Curve, Line, MainFigure, Note, Series
from yibao.inquiry.asked import AID
from yibao.inquiry.calculators.base import (
    Calculator,
    Context,
    area_field,
    part_of,
)
from yibao.inquiry.calculators.visit import amount_words
from yibao.inquiry.curves import breaks, sample, upper_end
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import NO_WORDS, Values
from yibao.inquiry.sentences import aid_headline
from yibao.messages import NOTHING, Fen, Wording, message
from yibao.policy.compile import PolicyLibrary
from yibao.policy.keys import RELATIONS
from yibao.policy.kinds import RelationKind, Scheme, Status


def _aid(context: Context, values: Values, relation: str, balance: int) -> library.AidToday:
    area, on = values["area"], values["on"]
    start = values["from"] or on
    end = values["to"]
    if end is not None and end < start:
        raise InputError(message("末日早于首日 {start}", start=start), place="to")
    scheme = values["grantee_scheme"]
    grantor = library.person(area, Scheme.EMPLOYEE, values["grantor_status"], name="grantor")
    grantee = library.person(
        values["grantee_area"] or area,
        scheme,
        values["grantee_status"] if scheme == Scheme.EMPLOYEE else None,
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


def _relations_table(context: Context, values: Values) -> AmountTable:
    rows = []
    for relation in RELATIONS:
        aid = _aid(context, values, relation, values["grantor_balance"])
        relation_name = words.RELATION[relation]
        reason: Wording = NO_WORDS if aid.available else aid.why
        rows.append((relation_name, amount_words(aid.available), reason))
    columns = [message("用的人"), message("最多可用")]
    if any(reason for _, _, reason in rows):
        columns.append(message("为什么不能"))
    width = len(columns)
    return AmountTable(
        message("换一位亲属（元）"), tuple(columns), tuple(row[:width] for row in rows)
    )


def _curve(context: Context, values: Values) -> Curve:
    """What may be drawn, by the grantor's balance."""
    relation, balance = values["relation"], values["grantor_balance"]

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
    return Curve(
        title=message("余额不同能用多少"),
        x_label=message("授权人余额"),
        y_label=message("最多可用"),
        x_unit="fen",
        y_unit="fen",
        series=(Series(message("最多可用"), points, "fund"),),
        breaks=breaks(points, message("可用的")),
        marked=balance,
    )


def _answer_aid(context: Context, values: Values) -> Answer:
    area, on, relation = values["area"], values["on"], values["relation"]
    balance = values["grantor_balance"]
    aid = _aid(context, values, relation, balance)
    remaining = balance - aid.available
    limit = values["limit"]
    place = context.place(area)
    cap = NOTHING
    if limit is not None:
        cap = message("，单次不超过 {limit}", limit=Fen(limit))
    return Answer(
        headline=aid_headline(relation, on, aid.available, aid.why),
        about=message("{place}职工授权{cap}", place=place, cap=cap),
        figures=mutual_aid_answer(aid, area, relation, on),
        area=area,
        figures_on=on,
        parts=(part_of(area, aid.explanation),),
        assumptions=aid.explanation.assumptions,
        disputes=aid.explanation.disputes,
        bars=(
            Bar(message("授权人余额"), balance, 0, balance, "total"),
            Bar(message("这次最多可用"), aid.available, 0, aid.available, "fund"),
            Bar(message("留在账户"), remaining, aid.available, balance, "own"),
        ),
        lines=(
            Line(message("授权人余额"), balance),
            Line(message("这次最多可用"), aid.available, strong=True),
            Line(message("留在账户"), remaining),
        ),
        tables=(_relations_table(context, values),),
        notes=() if aid.available else (Note(message("不能用"), aid.why),),
        curve=context.drawn(lambda: _curve(context, values)),
        figure=MainFigure(message("这次最多可用"), Fen(aid.available)),
        good=aid.available > 0,
    )


def aid_calculator(packs: PolicyLibrary) -> Calculator:
    """The calculator of family mutual aid."""
    return Calculator(
        "aid",
        message("家庭共济"),
        message("亲属能不能用我的个人账户，今天最多用多少。"),
        (
            area_field(packs, label=message("账户主人的参保地")),
            field_of(AID["relation"], default=RelationKind.PARENT, required=True),
            field_of(AID["grantor_balance"], required=True),
            field_of(AID["limit"]),
            field_of(AID["own_balance"], extra=True),
            field_of(AID["grantor_status"], extra=True),
            field_of(AID["grantee_scheme"], extra=True),
            field_of(AID["grantee_status"], default=Status.WORKING, required=True, extra=True),
            area_field(packs, AID["grantee_area"], default="", required=False, extra=True),
            field_of(AID["from"], extra=True),
            field_of(AID["to"], extra=True),
            field_of(AID["on"]),
        ),
        _answer_aid,
        {"relation": RelationKind.PARENT, "grantor_balance": "3500", "limit": "1000"},
        MutualAidAnswer,
        ("mutual_aid",),
    )
