"""Supervision over the API: checks of a month, hits, leads, and what is done in a case."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from starlette.requests import Request

from yibao.access.permissions import Actor
from yibao.api.acting import RecordCall, RecordService
from yibao.api.records import path_parameter
from yibao.api.schemas import DAY, FLAG, TEXT, WHOLE, items, named, optional
from yibao.api.serving import Json, Operation
from yibao.api.writes import OfficePart, identifier
from yibao.conduct import operations as conduct
from yibao.conduct.cases import ConductState
from yibao.conduct.forms import CONDUCT_CASE
from yibao.conduct.reading import ListedHit, list_hits, read_conduct_case
from yibao.database.instants import civil_day
from yibao.inquiry import conducting, errands
from yibao.inquiry.claiming import BASIS
from yibao.inquiry.clearing_steps import StepRequest
from yibao.inquiry.conduct_steps import CONDUCT_STEPS
from yibao.inquiry.fact_fields import field_of
from yibao.inquiry.fields import Field
from yibao.messages import message
from yibao.office import operations as office
from yibao.office.numbers import case_named
from yibao.office.reading import queue
from yibao.policy.kinds import Scheme, SourceGrade

_CASE = "0198c1a2b3c400000000000000000f10"
_HIT = "0198c1a2b3c400000000000000000f20"
_CASE_ID = path_parameter("case", "案件的受理号或编号。", _CASE)
_HIT_ID = path_parameter("hit", "规则命中的编号。", _HIT)
_IN_CASE = "/cases/{case}"
_HITS_OF_LEAD = Field("hits", message("命中的编号，几个用逗号隔开"), "prose")
_MOVE: tuple[Field, ...] = (
    identifier("move", message("办哪一步：案件的 moves 之一")),
    field_of(errands.MOVE_REASON, kind="prose"),
    field_of(errands.LAST_SEEN),
    BASIS,
)
_LISTED_HIT = {
    "hit": TEXT,
    "month": WHOLE,
    "rule": TEXT,
    "title": TEXT,
    "severity": WHOLE,
    "grade": TEXT,
    "basis": TEXT,
    "person": optional(TEXT),
    "institution": TEXT,
    "visit": optional(TEXT),
    "amount_fen": WHOLE,
    "reason": TEXT,
}
_LISTED_EXAMPLE: Json = {
    "hit": _HIT,
    "month": 202611,
    "rule": "RC1",
    "title": "分解住院",
    "severity": 2,
    "grade": SourceGrade.B,
    "basis": "医疗保障基金使用监督管理条例第三十八条第一项",
    "person": "0198c1a2b3c4000000000000000000a1",
    "institution": "H14010000001",
    "visit": "v1",
    "amount_fen": 99_000,
    "reason": "2026-11-01 出院后 3 天又住院，规则看 15 天",
}
_CASE_ROW = {
    "case": TEXT,
    "state": TEXT,
    "state_title": TEXT,
    "summary": TEXT,
    "due_on": optional(DAY),
}
_CASE_EXAMPLE: Json = {
    "case": _CASE,
    "state": ConductState.LEAD,
    "state_title": "线索，待核查",
    "summary": "规则检查：定点机构 某医院，分解住院",
    "due_on": None,
}
_SHEET = named(
    **_CASE_ROW,
    number=WHOLE,
    subject_kind=TEXT,
    subject=TEXT,
    text=TEXT,
    hearing_by=optional(DAY),
    decide_by=optional(DAY),
    serve_by=optional(DAY),
    pay_by=optional(DAY),
    returned_fen=WHOLE,
    fine_fen=WHOLE,
    owed_fen=WHOLE,
    surcharge_fen=WHOLE,
    instalments=items(named(day=DAY, amount_fen=WHOLE)),
    overdue_fen=WHOLE,
    proposal=optional({"type": "object"}),
    moves=items(named(move=TEXT, title=TEXT, needs_reason=FLAG)),
)


def conducting_operations(service: RecordService) -> Iterator[Operation]:
    """What inspectors, legal reviewers, heads and cashiers do."""
    part = OfficePart(service, "基金监管", "/office/conduct", "read_conduct")
    yield part.reads(
        "listConduct",
        "",
        "还没有办的规则命中，和本统筹区在办的案件",
        _listed,
        named(hits=items(named(**_LISTED_HIT)), cases=items(named(**_CASE_ROW))),
        {"hits": [_LISTED_EXAMPLE], "cases": [_CASE_EXAMPLE]},
    )
    yield part.reads(
        "readConductCase",
        _IN_CASE,
        "一件监管案件：处理意见、期限、退回和罚款、接下来可以办哪一步",
        _case,
        _SHEET,
        {
            **_CASE_EXAMPLE,
            "number": 1,
            "subject_kind": "institution",
            "subject": "H14010000001",
            "text": "分解住院",
            **dict.fromkeys(("hearing_by", "decide_by", "serve_by", "pay_by", "proposal")),
            **dict.fromkeys(
                ("returned_fen", "fine_fen", "owed_fen", "surcharge_fen", "overdue_fen"), 0
            ),
            "instalments": [],
            "moves": [{"move": "check", "title": "核查过，值得立案", "needs_reason": False}],
        },
        _CASE_ID,
    )
    yield part.writes(
        "checkConductMonth",
        "/checks",
        "按规则检查一个月的结算；再查一次不会多出来",
        "check_conduct",
        conducting.MONTH,
        {"month": "2026-10"},
        lambda call: _check(service, call),
        named(people=WHOLE, new=WHOLE, amount_fen=WHOLE, not_compared=items(TEXT)),
        {"people": 100, "new": 1, "amount_fen": 99_000, "not_compared": []},
    )
    yield part.writes(
        "noteLead",
        "/leads",
        "登记一条线索；不会因此对任何人做什么，当事人看不到",
        "note_lead",
        (*conducting.LEAD, _HITS_OF_LEAD),
        {
            "source": "desk",
            "subject_kind": "institution",
            "subject": "H14010000001",
            "text": "分解住院",
        },
        _note,
        named(case=TEXT, state=TEXT),
        {"case": _CASE, "state": ConductState.LEAD},
    )
    yield part.writes(
        "dropHit",
        "/hits/{hit}/drop",
        "说明一处命中为什么不是违规",
        "judge_hit",
        conducting.DROP,
        {"reason": "按计划化疗"},
        _drop,
        named(hit=TEXT, dropped=FLAG),
        {"hit": _HIT, "dropped": True},
        _HIT_ID,
    )
    yield part.writes(
        "moveConductCase",
        f"{_IN_CASE}/moves",
        "办下一步：核查、立案、调查、共同签、法制审核、告知、听证、决定、送达、结案……",
        # Whoever may not read such a case may move none; whose the step is, its kind says.
        "read_conduct",
        _MOVE,
        {"move": "check"},
        lambda call: _move(service, call),
        named(case=TEXT, state=TEXT, number=WHOLE, due_on=optional(DAY)),
        {"case": _CASE, "state": ConductState.CHECKED, "number": 2, "due_on": None},
        _CASE_ID,
    )
    yield part.writes(
        "nameSubject",
        f"{_IN_CASE}/subject",
        "写明线索是关于谁的：举报里只有名称的，立案以前由执法人员写一次",
        CONDUCT_STEPS["subject"].permission,
        CONDUCT_STEPS["subject"].fields,
        {"subject_kind": "institution", "subject": "H14010000001"},
        _written("subject", "subject"),
        named(case=TEXT, subject=TEXT),
        {"case": _CASE, "subject": "H14010000001"},
        _CASE_ID,
    )
    yield part.writes(
        "proposeSanction",
        f"{_IN_CASE}/proposal",
        "执法人员填处理意见；超出法规范围的不收",
        CONDUCT_STEPS["proposal"].permission,
        CONDUCT_STEPS["proposal"].fields,
        {
            "act": "institution_listed",
            "obtained": "990.00",
            "act_ended_on": "2026-10-31",
            "fine_percent": 100,
            "scheme": Scheme.RESIDENT,
            "facts": "两次住院之间没有出院指征",
            "factors": "初次，主动退回",
        },
        _written("proposal", "returned_fen", "fine_fen"),
        named(case=TEXT, returned_fen=WHOLE, fine_fen=WHOLE),
        {"case": _CASE, "returned_fen": 99_000, "fine_fen": 99_000},
        _CASE_ID,
    )
    yield part.writes(
        "bookConductRecovery",
        f"{_IN_CASE}/recoveries",
        "登记退回的基金、罚款、加处罚款到账",
        CONDUCT_STEPS["recovery"].permission,
        CONDUCT_STEPS["recovery"].fields,
        {"part": "returned", "amount": "990.00", "day": "2026-11-20", "reference": "S1"},
        _written("recovery", "part", "left_fen"),
        named(case=TEXT, part=TEXT, left_fen=WHOLE),
        {"case": _CASE, "part": "returned", "left_fen": 0},
        _CASE_ID,
    )
    yield part.writes(
        "allowInstalments",
        f"{_IN_CASE}/instalments",
        "负责人同意要退回的分几期、按月退",
        CONDUCT_STEPS["parts"].permission,
        CONDUCT_STEPS["parts"].fields,
        {"count": 6, "day": "2026-12-20", "reason": "当事人申请，家庭困难"},
        _written("parts", "count", "each_fen", "last_on"),
        named(case=TEXT, count=WHOLE, each_fen=WHOLE, last_on=DAY),
        {"case": _CASE, "count": 6, "each_fen": 16_500, "last_on": "2027-05-20"},
        _CASE_ID,
    )
    yield part.writes(
        "rewardInformer",
        f"{_IN_CASE}/reward",
        "按查实的金额奖励举报人，等着拨付",
        CONDUCT_STEPS["reward"].permission,
        CONDUCT_STEPS["reward"].fields,
        {"level": 1},
        _written("reward", "reward_fen"),
        named(case=TEXT, reward_fen=WHOLE),
        {"case": _CASE, "reward_fen": 40_000},
        _CASE_ID,
    )
    yield part.writes(
        "givePoints",
        f"{_IN_CASE}/points",
        "给机构的医护人员记支付资格分；0 分是一次修复活动",
        CONDUCT_STEPS["points"].permission,
        CONDUCT_STEPS["points"].fields,
        {"staff": "D140100000001", "points": 3, "day": "2026-11-20", "reason": "参与"},
        _written("points", "staff", "points"),
        named(case=TEXT, staff=TEXT, points=WHOLE),
        {"case": _CASE, "staff": "D140100000001", "points": 3},
        _CASE_ID,
    )
    yield part.writes(
        "suspendPractitioner",
        f"{_IN_CASE}/staff",
        "按一年的记分暂停或终止医护人员的支付资格，从今天或以后的一天起",
        CONDUCT_STEPS["staff"].permission,
        CONDUCT_STEPS["staff"].fields,
        {"staff": "D140100000001", "months": 3, "day": "2026-12-01", "reason": "一年累计 9 分"},
        _written("staff", "staff", "suspended_to"),
        named(case=TEXT, staff=TEXT, suspended_to=DAY),
        {"case": _CASE, "staff": "D140100000001", "suspended_to": "2027-02-28"},
        _CASE_ID,
    )
    yield part.writes(
        "liftSuspension",
        f"{_IN_CASE}/lift",
        "提前解除案件决定的暂停，从今天或以后的一天起",
        CONDUCT_STEPS["lift"].permission,
        CONDUCT_STEPS["lift"].fields,
        {"day": "2026-11-30", "reason": "已经改正"},
        _written("lift", "lifted_on"),
        named(case=TEXT, lifted_on=DAY),
        {"case": _CASE, "lifted_on": "2026-11-30"},
        _CASE_ID,
    )


def _hit(hit: ListedHit) -> Json:
    return {
        "hit": hit.hit_id,
        "month": hit.month,
        "rule": hit.rule.code,
        "title": str(hit.rule.label),
        "severity": hit.rule.severity,
        "grade": hit.rule.grade,
        "basis": hit.rule.basis,
        "person": hit.person_id or None,
        "institution": hit.institution_id,
        "visit": hit.visit_id or None,
        "amount_fen": hit.amount,
        "reason": str(hit.reason),
    }


def _listed(service: RecordService, actor: Actor, request: Request) -> Json:
    day = civil_day(service.clock())
    hits = list_hits(service.database, actor)
    cases = []
    if actor.area is not None:
        cases = queue(service.database, actor, day, kinds=[CONDUCT_CASE], every=True)
    return {
        "hits": [_hit(hit) for hit in hits],
        "cases": [
            {
                "case": row.case_id,
                "state": row.state,
                "state_title": str(row.state_label),
                "summary": str(row.summary),
                "due_on": row.deadline.day,
            }
            for row in cases
        ],
    }


def _case(service: RecordService, actor: Actor, request: Request) -> Json:
    day = civil_day(service.clock())
    told = str(request.path_params["case"])
    case_id = service.database.read(lambda unit: case_named(unit, told))
    page, sheet = read_conduct_case(service.database, actor, case_id, day, purpose="api")
    listed, proposal = page.listed, sheet.document.proposal
    return {
        "case": listed.case_id,
        "state": listed.state,
        "state_title": str(listed.state_label),
        "summary": str(listed.summary),
        "due_on": listed.deadline.day,
        "number": page.number,
        "subject_kind": sheet.subject_kind,
        "subject": sheet.subject_id,
        "text": page.data.text,
        "hearing_by": sheet.document.hearing_by,
        "decide_by": sheet.decide_by,
        "serve_by": sheet.serve_by,
        "pay_by": sheet.pay_by,
        "returned_fen": sheet.returned,
        "fine_fen": sheet.fine,
        "owed_fen": sheet.owed,
        "surcharge_fen": sheet.surcharge_on(day),
        "instalments": [
            {"day": part.day, "amount_fen": part.amount} for part in sheet.document.instalments
        ],
        "overdue_fen": sheet.overdue_on(day),
        "proposal": None
        if proposal is None
        else {name: getattr(proposal, name) for name in proposal.__struct_fields__},
        "moves": [
            {"move": move.name, "title": str(move.label), "needs_reason": move.needs_reason}
            for move in page.moves
        ],
    }


def _check(service: RecordService, call: RecordCall) -> Json:
    result = conduct.check_month(
        call.database,
        call.values["month"],
        actor=call.actor,
        library=service.library,
        at=call.at,
    )
    return {
        "people": result.people,
        "new": result.new,
        "amount_fen": result.amount,
        "not_compared": list(result.off),
    }


def _note(call: RecordCall) -> Json:
    hits = tuple(part.strip() for part in (call.values["hits"] or "").split(",") if part.strip())
    answer = conduct.note_lead(
        call.database,
        call.key,
        conducting.lead_of(call.values, hits),
        actor=call.actor,
        informer=conducting.informer_from(call.values),
        at=call.at,
    )
    return {name: answer[name] for name in ("case", "state")}


def _drop(call: RecordCall) -> Json:
    reason = call.values["reason"]
    return conduct.drop_hit(call.database, call.key, call.path["hit"], reason, actor=call.actor)


def _move(service: RecordService, call: RecordCall) -> Json:
    page, _ = read_conduct_case(
        call.database, call.actor, call.path["case"], call.day, purpose="api"
    )
    values = call.values
    answer = office.move_case(
        call.database,
        service.library,
        call.key,
        page.listed.case_id,
        values["move"],
        actor=call.actor,
        reason=values["reason"] or "",
        basis=values["basis"] or "",
        seen=values["seen"],
        at=call.at,
    )
    return {name: answer[name] for name in ("case", "state", "number", "due_on")}


def _written(what: str, *names: str) -> Callable[[RecordCall], Json]:
    """Write ``what`` in a case; ``names``: of the answer, amounts in fen with their unit."""
    step = CONDUCT_STEPS[what]

    def work(call: RecordCall) -> Json:
        path, library = call.path["case"], call.service.library
        asked = StepRequest(
            call.database, call.key, path, call.values, call.actor, call.at, library
        )
        answer = step.work(asked)
        return {name: answer[name.removesuffix("_fen")] for name in ("case", *names)}

    return work
