"""结算明细 of one visit: its items, every amount down to its source, and the paper."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from yibao.access.trail import read_record
from yibao.benefit.answers import VisitAnswer
from yibao.inquiry.answer import Part
from yibao.inquiry.citations import behind_step
from yibao.inquiry.sentences import ALWAYS, AMOUNTS
from yibao.inquiry.words import KIND, SCHEME
from yibao.messages import Message, Text, Wording, message, message_in, text_of
from yibao.money.text import format_yuan
from yibao.papers import Paper, Row, Section, render
from yibao.policy.kinds import ItemClass
from yibao.policy.titles import source_titles
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.papers import STATEMENT, issuer, notes, pdf, proof_of
from yibao.portal.own.reading import yuan
from yibao.record import care, insurance
from yibao.record.paging import Asked

_ITEM_CLASS: dict[str, Message] = {
    ItemClass.A: message("甲类"),
    ItemClass.B: message("乙类"),
    ItemClass.C: message("丙类"),
}
_MOST_ITEMS = 100


def _amounts(answer: VisitAnswer) -> list[tuple[Wording, int, int]]:
    """(label, fen, depth); zeros left out but for the three that everybody looks for."""
    amounts = answer.amounts()
    return [
        (label, amounts[name], depth)
        for label, name, depth in AMOUNTS
        if amounts[name] or name in ALWAYS
    ]


def _read(call: OwnCall) -> tuple[care.SettlementStatement, list[list[Text]]]:
    settlement = call.parameters["settlement"]

    def fetch(unit: Any) -> tuple[care.SettlementStatement, list[list[Text]]]:
        statement = care.statement(unit, call.whose, settlement)
        page = care.items(unit, call.whose, statement.settled.visit, Asked(None, _MOST_ITEMS))
        lines: list[list[Text]] = [
            [item.name or item.code, _ITEM_CLASS[item.item_class], item.quantity, yuan(item.amount)]
            for item in reversed(page.rows)
        ]
        if not lines:
            lines = [
                [
                    message("合并的费用"),
                    _ITEM_CLASS[
                        str(charge["class"] if "class" in charge else charge["item_class"])
                    ],
                    "1",
                    yuan(int(charge["amount"])),
                ]
                for charge in statement.charged
            ]
        return statement, lines

    return read_record(call.database, call.actor, "read_settlement", call.whose, fetch)


def show(call: OwnCall) -> Response:
    """费用清单 and 结算明细."""
    statement, items = _read(call)
    settled, answer = statement.settled, statement.answer
    packs = call.counter.packs
    steps = answer.steps
    title = message("结算明细")
    values = {
        "settled": settled,
        "kind": KIND.get(settled.kind, settled.kind),
        "scheme": SCHEME.get(statement.scheme, statement.scheme),
        "items": items,
        "amounts": _amounts(answer),
        "parts": [
            (
                Part(message("怎样算出来的"), statement.area, steps),
                [(step, behind_step(packs, step)) for step in steps],
            )
        ],
        "assumptions": answer.assumptions,
        "disputes": answer.disputes,
        "address": call.address,
    }
    return call.page("own/settlement.html", title, values)


def paper(call: OwnCall) -> Response:
    """The settlement statement as PDF."""
    statement, items = _read(call)
    settled, answer = statement.settled, statement.answer
    secrets = call.database.secrets
    registration = read_record(
        call.database,
        call.actor,
        "read_person",
        call.whose,
        lambda unit: insurance.insurance(unit, secrets, call.whose, call.today),
    )
    number = settled.settlement
    code, text = proof_of(call, STATEMENT, number, settled.end.isoformat(), answer.fund, answer.own)
    document = Paper(
        title=message("基本医疗保险结算单"),
        issuer=issuer(call),
        number=number,
        headline=message(
            "基金支付 {fund}，个人负担 {own}", fund=yuan(answer.fund), own=yuan(answer.own)
        ),
        sections=(
            Section(
                message_in("paper", "就诊"),
                facts=(
                    (message("姓名"), registration.name or "—"),
                    (message("险种"), SCHEME.get(statement.scheme, statement.scheme)),
                    (message("机构"), settled.institution_name),
                    (message("类别"), KIND.get(settled.kind, settled.kind)),
                    (message("入院或就诊"), settled.start.isoformat()),
                    (message("出院或就诊"), settled.end.isoformat()),
                ),
            ),
            Section(
                message("费用清单"),
                columns=(message("项目"), message("类别"), message("数量"), message("金额")),
                figures=(1, 2, 3),
                rows=tuple(Row(tuple(line)) for line in items),
            ),
            Section(
                message_in("paper", "结算"),
                columns=(message("项目"), message("金额（元）")),
                figures=(1,),
                rows=tuple(
                    Row((label, format_yuan(fen)), level, strong=level == 0)
                    for label, fen, level in _amounts(answer)
                ),
            ),
            Section(
                message("怎样算出来的"),
                columns=(message("步骤"), message("数值"), message("来源")),
                figures=(1,),
                rows=tuple(
                    Row(
                        (
                            message("{label}：{why}", label=step.label, why=step.why),
                            text_of(step.quantity),
                            source_titles(call.counter.packs, step.source_names),
                        )
                    )
                    for step in answer.steps
                ),
            ),
        ),
        notes=(
            *notes(call),
            message(
                "规则书 {rulebook}，结算程序 {kernel}",
                rulebook=answer.rulebook[:16],
                kernel=answer.kernel,
            ),
        ),
        code_svg=code,
        code_text=text,
        language=call.language,
    )
    return pdf(render(document), call.say(message("结算单-{number}.pdf", number=number)))
