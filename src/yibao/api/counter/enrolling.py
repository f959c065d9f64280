"""Errands that a clerk does alone for somebody who is registered."""

from __future__ import annotations

from yibao.access.operations import Answer
from yibao.api.counter.errand import Errand, ErrandCall
from yibao.api.counter.inputs import (
    EXAMPLE_DAY,
    area_field,
    contributor_field,
    day_field,
    group_field,
    papers_of_routes,
    proofs_of_route,
    require_own_area,
    require_shown,
    route_field,
    shown_field,
    titles_of,
)
from yibao.inquiry.fields import Choice, Field
from yibao.insured.enrolment.documents import Proof, catalogue
from yibao.insured.enrolment.enrolments import (
    change_enrolment,
    end_enrolment,
    enrol,
    leave_group,
)
from yibao.insured.enrolment.switching import enrolment_as
from yibao.messages import message, message_in
from yibao.policy.kinds import ClosingReason, ContributionClass, Contributor
from yibao.policy.model import Words

_REASONS = {
    "left": message("离开单位或不再参保"),
    ClosingReason.DEATH: message("死亡"),
    "moved": message("转到外地"),
    ClosingReason.ABROAD: message("出境定居"),
}
_PROOF_OF = {
    ClosingReason.DEATH: ClosingReason.DEATH,
    ClosingReason.ABROAD: ClosingReason.ABROAD,
    "moved": ClosingReason.ENDED,
}
"""The documents of an ending, as those of closing an account are named."""
SUSPENDED = "suspended"


def _enrol(call: ErrandCall) -> Answer:
    values = call.values
    require_shown(call)
    require_own_area(call, values["area"])
    new = enrolment_as(values["scheme"], values["area"], values["start"])
    return enrol(
        call.database,
        call.library,
        call.key,
        call.person_id,
        new,
        actor=call.actor,
        proofs=proofs_of_route(values["route"]),
        at=call.at,
    )


def _change_payer(call: ErrandCall) -> Answer:
    return change_enrolment(
        call.database,
        call.library,
        call.key,
        call.person_id,
        call.values["on"],
        actor=call.actor,
        contribution_class=call.values["paid_by"],
        at=call.at,
    )


def _suspend(call: ErrandCall) -> Answer:
    return _ended(call, SUSPENDED, ())


def _end(call: ErrandCall) -> Answer:
    reason = str(call.values["reason"])
    closing = _PROOF_OF.get(reason)
    if closing is None:
        return _ended(call, reason, ())
    require_shown(call)
    return _ended(call, reason, (Proof(catalogue()["closings"][closing][0]),))


def _ended(call: ErrandCall, reason: str, proofs: tuple[Proof, ...]) -> Answer:
    return end_enrolment(
        call.database,
        call.library,
        call.key,
        call.person_id,
        call.values["last_day"],
        reason,
        actor=call.actor,
        proofs=proofs,
        at=call.at,
    )


def _ending_papers() -> str:
    closings = catalogue()["closings"]
    return "；".join(
        f"{_REASONS[reason].text()}：{titles_of(*closings[closing])}"
        for reason, closing in _PROOF_OF.items()
    )


ENROLLING: tuple[Errand, ...] = (
    Errand(
        "enrolment",
        "enrolPerson",
        message_in("errand", "参保"),
        "enrol",
        lambda asked: (
            contributor_field(Contributor.RESIDENT, Contributor.FLEXIBLE, Contributor.EMPLOYEE),
            area_field(asked.library),
            route_field("hukou", "workplace", "birth"),
            day_field("start", message("从哪天起参保")),
            shown_field(papers_of_routes("hukou", "workplace", "birth")),
        ),
        {
            "scheme": Contributor.RESIDENT,
            "area": "",
            "start": EXAMPLE_DAY,
            "shown": True,
        },
        _enrol,
    ),
    Errand(
        "payer",
        "changePayer",
        message("改由谁缴费"),
        "enrol",
        lambda asked: (
            day_field("on", message("从哪天起")),
            Field(
                "paid_by",
                message("谁缴费"),
                "choice",
                required=True,
                choices=(
                    Choice(ContributionClass.EMPLOYER, message("单位")),
                    Choice(ContributionClass.FLEXIBLE, message("本人（灵活就业）")),
                ),
            ),
        ),
        {"on": EXAMPLE_DAY, "paid_by": ContributionClass.FLEXIBLE},
        _change_payer,
    ),
    Errand(
        "suspension",
        "suspendEnrolment",
        message("停保"),
        "enrol",
        lambda asked: (day_field("last_day", message("参保到哪天为止")),),
        {"last_day": EXAMPLE_DAY},
        _suspend,
        lead=message("停保以后没有待遇；再参保时按中断缴费的规定接上。"),
    ),
    Errand(
        "ending",
        "endEnrolment",
        message("终止参保"),
        "enrol",
        lambda asked: (
            Field(
                "reason",
                message("为什么终止"),
                "choice",
                required=True,
                choices=tuple(Choice(code, said) for code, said in _REASONS.items()),
            ),
            day_field("last_day", message("参保到哪天为止"), hint=message("死亡的写死亡那天。")),
            Field("shown", message("原件已经核对"), "flag", hint=Words(_ending_papers())),
        ),
        {"reason": ClosingReason.DEATH, "last_day": EXAMPLE_DAY, "shown": True},
        _end,
    ),
    Errand(
        "leaving-group",
        "leaveGroup",
        message("不再属于某类人群"),
        "change_person",
        lambda asked: (group_field(asked), day_field("last_day", message("到哪天为止"))),
        {"group": "low_income", "last_day": EXAMPLE_DAY},
        lambda call: leave_group(
            call.database,
            call.library,
            call.key,
            call.person_id,
            call.values["group"],
            call.values["last_day"],
            actor=call.actor,
            at=call.at,
        ),
    ),
)
