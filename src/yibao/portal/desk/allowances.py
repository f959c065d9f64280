"""A maternity allowance beside what the rules say of it: days, average, amount, and to whom."""

from __future__ import annotations

from yibao.claims.allowances import AllowanceState, MaternityAllowance, work_out
from yibao.database.unit import Unit
from yibao.errors import YibaoError
from yibao.inquiry.words import DELIVERY
from yibao.messages import Fen, Text, message, message_in
from yibao.office.reading import CasePage
from yibao.portal.desk.asked import AskedFor, Beside
from yibao.portal.desk.frame import DeskCall
from yibao.record.used import held_state


def facts_of_allowance(data: MaternityAllowance) -> list[tuple[Text, Text]]:
    """What was applied for, in lines."""
    facts: list[tuple[Text, Text]] = [
        (message("分娩或流产的日期"), data.on.isoformat()),
        (message("生育方式"), DELIVERY[data.delivery]),
        (message("难产"), message("是") if data.difficult else message("否")),
        (message("胎数"), str(data.fetuses)),
    ]
    if data.gestation_months is not None:
        facts.append((message("孕月"), str(data.gestation_months)))
    if data.average is not None:
        facts.append((message("凭证明写的上年月平均缴费工资"), Fen(data.average)))
    if data.payee is not None:
        payee = f"{data.payee.name}　{data.payee.bank}　{data.payee.tail}"
        facts.append((message_in("desk", "收款账户"), payee))
    return facts


def describe(call: DeskCall, page: CasePage) -> AskedFor:
    """The figure of the kernel while it waits; afterwards what was paid stands in the payments."""
    data: MaternityAllowance = page.data
    facts = facts_of_allowance(data)
    person_id, state = page.listed.person_id, page.listed.state
    if person_id is None or not call.may("read_cases") or state in tuple(AllowanceState):
        return AskedFor(facts)
    what = message("生育津贴")

    def fetch(unit: Unit) -> AskedFor:
        known, _ = held_state(unit, person_id)
        due = work_out(unit, call.counter.packs, known, data)
        say = message(
            "{days} 天，单位上年月平均 {average}（{source}），付给 {payee}",
            days=due.allowance.days,
            average=Fen(due.average),
            source=message("按本系统的账单") if due.is_billed else message("凭单位的证明"),
            payee=due.payee.name,
        )
        steps = tuple(due.allowance.explanation.shown)
        beside = Beside(what, due.allowance.amount, say, page.listed.area, steps)
        return AskedFor(facts, beside)

    try:
        return call.database.read(fetch)
    except YibaoError as error:
        return AskedFor(facts, Beside(what, None, error.said, page.listed.area))
