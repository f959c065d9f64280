"""A subsidy of the flexibly employed beside what the rules say: what was paid, what comes back."""

from __future__ import annotations

from yibao.claims.subsidies import SubsidyApplication, SubsidyState, work_out
from yibao.database.unit import Unit
from yibao.errors import YibaoError
from yibao.messages import Fen, Text, message, message_in
from yibao.office.reading import CasePage
from yibao.portal.desk.asked import AskedFor, Beside
from yibao.portal.desk.frame import DeskCall
from yibao.record.used import held_state


def facts_of_subsidy(data: SubsidyApplication) -> list[tuple[Text, Text]]:
    """What was applied for, in lines."""
    payee = f"{data.payee.name}　{data.payee.bank}　{data.payee.tail}"
    return [
        (message("补哪一年的缴费"), str(data.year)),
        (message_in("desk", "收款账户"), payee),
    ]


def describe(call: DeskCall, page: CasePage) -> AskedFor:
    """The figure of the kernel while it waits; afterwards what was paid stands in the payments."""
    data: SubsidyApplication = page.data
    facts = facts_of_subsidy(data)
    person_id, state = page.listed.person_id, page.listed.state
    if person_id is None or not call.may("read_cases") or state in tuple(SubsidyState):
        return AskedFor(facts)
    what, area = message("灵活就业缴费补贴"), page.listed.area

    def fetch(unit: Unit) -> AskedFor:
        known, _ = held_state(unit, person_id)
        due = work_out(unit, call.counter.packs, known, area, data.year, call.today)
        say = message(
            "{year} 年缴了 {paid}，付给 {payee}",
            year=data.year,
            paid=Fen(due.paid),
            payee=data.payee.name,
        )
        steps = tuple(due.subsidy.explanation.shown)
        return AskedFor(facts, Beside(what, due.subsidy.amount, say, area, steps))

    try:
        return call.database.read(fetch)
    except YibaoError as error:
        return AskedFor(facts, Beside(what, None, error.said, area))
