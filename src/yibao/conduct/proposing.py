"""What inspectors propose: within the law's range, and in time."""

from __future__ import annotations

import datetime

import msgspec

from yibao.access.operations import Answer, Key
from yibao.access.permissions import Actor
from yibao.conduct.acts import act_of, limits
from yibao.conduct.cases import ConductState
from yibao.conduct.effects import ConductMove
from yibao.conduct.forms import ConductProposal
from yibao.conduct.sheets import ConductSheet, store_sheet
from yibao.conduct.sums import sanction_of
from yibao.conduct.writes import write_case
from yibao.database.instants import civil_day, now
from yibao.database.unit import Database, Unit
from yibao.errors import InputError, RefusedError
from yibao.messages import message
from yibao.office.locks import case_row

_LONGEST = 4_000


def propose(
    database: Database,
    key: Key,
    case_id: str,
    proposal: ConductProposal,
    *,
    actor: Actor,
    at: datetime.datetime | None = None,
) -> Answer:
    """Write down what is proposed while the case is investigated: what it comes to in fen."""
    act = act_of(proposal.act)
    sanction = sanction_of(
        act,
        proposal.obtained,
        times=proposal.times,
        fine=proposal.fine,
        months=proposal.months,
        start=proposal.start,
    )
    _check_words(proposal)
    instant = at or now()

    def work(unit: Unit, sheet: ConductSheet) -> Answer:
        if act.who is not sheet.subject_kind:
            raise InputError(message("这种行为不是这一类当事人的"), place="act")
        if proposal.act_ended_on < act.since:
            raise InputError(
                message("{law}从 {day} 起施行", law=act.law, day=act.since), place="act_ended_on"
            )
        _require_in_time(proposal, civil_day(case_row(unit, case_id).opened_at))
        least_department = act.department_months
        wanted = proposal.department_months
        if wanted and (
            least_department is None or not least_department[0] <= wanted <= least_department[1]
        ):
            raise InputError(message("暂停科室不在法规的范围内"), place="department_months")
        if bool(wanted) != bool(proposal.department.strip()):
            raise InputError(message("暂停科室要写明哪个科室、几个月"), place="department")
        document = msgspec.structs.replace(sheet.document, proposal=proposal)
        store_sheet(unit, case_id, document=document)
        return {"returned": sanction.returned, "fine": sanction.fine, "total": sanction.total}

    return write_case(
        database,
        key,
        case_id,
        "propose_sanction",
        msgspec.to_builtins(proposal),
        work,
        actor=actor,
        at=instant,
        duty_of=ConductMove.INSPECT,
        states=(ConductState.OPENED,),
    )


def _check_words(proposal: ConductProposal) -> None:
    if not proposal.facts.strip() or len(proposal.facts) > _LONGEST:
        raise InputError(message("请写查明的事实和证据"), place="facts")
    if (proposal.times or proposal.fine) and not proposal.factors.strip():
        raise InputError(message("请写为什么在范围里取这么多"), place="factors")


def _require_in_time(proposal: ConductProposal, found_on: datetime.date) -> None:
    """Two years after an act, five of a grave one, nobody is punished any more."""
    years = limits().limitation_years_grave if proposal.grave else limits().limitation_years
    ended = proposal.act_ended_on
    try:
        last = ended.replace(year=ended.year + years)
    except ValueError:  # the 29th of February
        last = ended.replace(year=ended.year + years, day=28)
    if found_on > last:
        raise RefusedError(
            message(
                "行为终了 {ended}，{years} 年内没有被发现，不再给予处罚（行政处罚法第三十六条）",
                ended=ended,
                years=str(years),
            )
        )
