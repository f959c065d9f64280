"""A case of supervision: its states, and who takes which step."""

from __future__ import annotations

import datetime

from yibao.access.permissions import Role
from yibao.conduct import effects
from yibao.conduct.acts import SUBJECT_WORDS, SubjectKind, limits, no_penalty_grounds
from yibao.conduct.forms import CONDUCT_CASE, SOURCE_WORDS, ConductLead, LeadSource
from yibao.messages import Text, message, message_in
from yibao.office.calendar import working_days_between
from yibao.office.errors import UnknownYearError
from yibao.office.kinds import CaseKind, Move, NeededPaper, State, register_kind
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import TextEnum


class ConductState(TextEnum):
    """Where a case stands."""

    LEAD = "lead"
    CHECKED = "checked"
    OPENED = "opened"
    INSPECTED = "inspected"
    INVESTIGATED = "investigated"
    REVIEWED_LEGAL = "reviewed_legal"
    TOLD = "told"
    HEARING = "hearing"
    HEARD = "heard"
    DECIDED = "decided"
    EXECUTING = "executing"
    CLOSED = "closed"
    NOT_OPENED = "not_opened"
    NO_PENALTY = "no_penalty"
    NO_VIOLATION = "no_violation"
    SENT_TO_POLICE = "sent_to_police"


_S = ConductState

STATES = (
    State(_S.LEAD, message_in("conduct", "线索，待核查")),
    State(_S.CHECKED, message_in("conduct", "核查过，待立案")),
    State(_S.OPENED, message_in("conduct", "已立案，调查中"), runs=True),
    State(_S.INSPECTED, message_in("conduct", "待另一位执法人员签"), runs=True),
    State(_S.INVESTIGATED, message_in("conduct", "调查终结，待法制审核"), runs=True),
    State(_S.REVIEWED_LEGAL, message_in("conduct", "审核过，待告知"), runs=True),
    State(_S.TOLD, message_in("conduct", "已告知"), runs=True),
    State(_S.HEARING, message_in("conduct", "待听证"), runs=True),
    State(_S.HEARD, message_in("conduct", "听证过，待决定"), runs=True),
    State(_S.DECIDED, message_in("conduct", "已决定，待送达")),
    State(_S.EXECUTING, message_in("conduct", "已送达，执行中")),
    State(_S.CLOSED, message_in("conduct", "已结案"), is_final=True),
    State(_S.NOT_OPENED, message_in("conduct", "不予立案"), is_final=True),
    State(_S.NO_PENALTY, message_in("conduct", "不予处罚"), is_final=True),
    State(_S.NO_VIOLATION, message_in("conduct", "违法事实不成立"), is_final=True),
    State(_S.SENT_TO_POLICE, message_in("conduct", "移送公安"), is_final=True),
)
_BEFORE_DECISION = (_S.REVIEWED_LEGAL, _S.TOLD, _S.HEARD)

MOVES = (
    Move("check", message("核查过，值得立案"), (_S.LEAD,), _S.CHECKED, (Role.INSPECTOR,)),
    Move(
        "not_open",
        message_in("conduct", "不予立案"),
        (_S.LEAD, _S.CHECKED),
        _S.NOT_OPENED,
        (Role.INSPECTOR, Role.HEAD),
        needs_reason=True,
    ),
    Move(
        "open_inquiry",
        message("立案"),
        (_S.CHECKED,),
        _S.OPENED,
        (Role.HEAD,),
        effect=effects.opened,
    ),
    Move(
        effects.ConductMove.INSPECT,
        message("调查完，交另一位签"),
        (_S.OPENED,),
        _S.INSPECTED,
        (Role.INSPECTOR,),
        effect=effects.inspected,
    ),
    Move(
        effects.ConductMove.COUNTERSIGN,
        message("共同签，调查终结"),
        (_S.INSPECTED,),
        _S.INVESTIGATED,
        (Role.INSPECTOR,),
        effect=effects.countersigned,
    ),
    Move(
        "not_countersign",
        message("不签，再调查"),
        (_S.INSPECTED,),
        _S.OPENED,
        (Role.INSPECTOR,),
        needs_reason=True,
    ),
    Move(
        "review_legal",
        message("法制审核通过"),
        (_S.INVESTIGATED,),
        _S.REVIEWED_LEGAL,
        (Role.LEGAL,),
    ),
    Move(
        "send_back",
        message("退回调查"),
        (_S.INVESTIGATED,),
        _S.OPENED,
        (Role.LEGAL,),
        needs_reason=True,
    ),
    Move(
        "tell",
        message("告知当事人"),
        (_S.REVIEWED_LEGAL,),
        _S.TOLD,
        (Role.HEAD,),
        effect=effects.told,
    ),
    Move(
        "ask_hearing",
        message("登记听证申请"),
        (_S.TOLD,),
        _S.HEARING,
        (Role.CLERK,),
        needs_reason=True,
        effect=effects.hearing_asked,
    ),
    Move(
        "hold_hearing",
        message("听证完"),
        (_S.HEARING,),
        _S.HEARD,
        (effects.CHAIR,),
        effect=effects.heard,
    ),
    Move(
        "back_to_inspection",
        message("退回调查"),
        (_S.TOLD, _S.HEARD),
        _S.OPENED,
        (Role.HEAD,),
        needs_reason=True,
    ),
    Move(
        "penalise",
        message("决定处理"),
        (_S.TOLD, _S.HEARD),
        _S.DECIDED,
        (Role.HEAD,),
        effect=effects.penalised,
    ),
    Move(
        "spare",
        message_in("conduct", "不予处罚"),
        _BEFORE_DECISION,
        _S.NO_PENALTY,
        (Role.HEAD,),
        needs_reason=True,
        needs_basis=True,
    ),
    Move(
        "clear",
        message_in("conduct", "违法事实不成立"),
        _BEFORE_DECISION,
        _S.NO_VIOLATION,
        (Role.HEAD,),
        needs_reason=True,
    ),
    Move(
        "send_to_police",
        message_in("conduct", "移送公安"),
        _BEFORE_DECISION,
        _S.SENT_TO_POLICE,
        (Role.HEAD,),
        needs_reason=True,
    ),
    Move(
        "serve",
        message("登记送达"),
        (_S.DECIDED,),
        _S.EXECUTING,
        (Role.CLERK,),
        effect=effects.served,
    ),
    Move(
        "close_inquiry",
        message_in("conduct", "执行完，结案"),
        (_S.EXECUTING,),
        _S.CLOSED,
        (Role.CASHIER,),
        effect=effects.executed,
    ),
)


def _working_days(library: PolicyLibrary, area: str, day: datetime.date) -> int | None:
    """Ninety days as the law counts them, in the working days that lie in them."""
    try:
        return working_days_between(day, day + datetime.timedelta(days=limits().decide_days))
    except UnknownYearError:
        return None


def _people(lead: ConductLead, person_id: str | None) -> set[str]:
    is_person = lead.subject_kind == SubjectKind.PERSON and lead.subject_id
    return {lead.subject_id} if is_person else set()


def _summary(lead: ConductLead) -> Text:
    return message(
        "{source}：{kind} {name}，{text}",
        source=SOURCE_WORDS[LeadSource(lead.source)],
        kind=SUBJECT_WORDS[SubjectKind(lead.subject_kind)],
        name=lead.subject_name or lead.subject_id[-6:],
        text=lead.text[:60],
    )


register_kind(
    CaseKind(
        name=CONDUCT_CASE,
        label=message("基金监管"),
        forms={1: ConductLead},
        states=STATES,
        moves=MOVES,
        bases=no_penalty_grounds(),
        papers=(
            NeededPaper("evidence", message("证据"), required=False),
            NeededPaper("inspection_record", message("检查、询问笔录"), required=False),
            NeededPaper("hearing_record", message("听证笔录"), required=False),
            NeededPaper("service_receipt", message("送达回证"), required=False),
        ),
        working_days=_working_days,
        people=_people,
        is_own_work=True,
        summary=_summary,
    )
)
