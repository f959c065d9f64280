"""What the rules say beside what is asked, by kind of case, and what a decision changes in yuan.

The figures come from the same functions that settle and draw: nothing is worked out here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from yibao import library
from yibao.access.operations import Key
from yibao.access.permissions import may
from yibao.aid.applications import GRANT_REVIEW, GrantApplication
from yibao.api.counter.errand import ErrandCall, Standing, case_outlook, cover_texts
from yibao.api.counter.wording import due_text
from yibao.benefit.answers import explanation_of
from yibao.benefit.facts import Grant
from yibao.benefit.settling import Settled
from yibao.claims.allowances import MATERNITY_ALLOWANCE
from yibao.claims.forms import MANUAL_CLAIM, LineDecision, ManualClaim
from yibao.claims.sheets import sheet_of
from yibao.claims.subsidies import PREMIUM_SUBSIDY
from yibao.conduct.forms import CONDUCT_CASE
from yibao.errors import RefusedError, YibaoError
from yibao.inquiry.words import CONTRIBUTOR, RELATION, SEX
from yibao.insured.applications import (
    DETAIL_CORRECTION,
    ENROLMENT_SWITCH,
    GROUP_MEMBERSHIP,
    NEWBORN,
    RELATION_END,
    RELATION_RECORD,
    RETIREMENT,
)
from yibao.insured.signing_up.forms import SIGN_UP
from yibao.messages import Fen, Statements, Text, message, message_in
from yibao.office.reading import CasePage
from yibao.policy.kinds import RelationKind
from yibao.policy.pack_names import pack_name
from yibao.portal.desk import allowances, subsidies
from yibao.portal.desk.asked import AskedFor, Beside, DecisionOutcome, Describe
from yibao.portal.desk.claims import facts_of_claim, quoted
from yibao.portal.desk.conduct import facts_of_conduct
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.moving import DESCRIBED as OF_MOVING
from yibao.portal.desk.reading import read_of
from yibao.portal.desk.signing_up import facts_of_sign_up
from yibao.portal.own.words import days
from yibao.record import account, insurance, used


def asked_of(call: DeskCall, page: CasePage) -> AskedFor:
    """What a case asks for; a kind of which this module knows nothing tells its summary."""
    describe = _DESCRIBED.get(page.listed.kind.name)
    if describe is None:
        return AskedFor([(message("申请"), page.listed.summary)])
    return describe(call, page)


def _grant(call: DeskCall, page: CasePage) -> AskedFor:
    application: GrantApplication = page.data
    grantor = page.listed.person_id
    assert grantor is not None
    secrets = call.database.secrets
    names = call.database.read(
        lambda unit: insurance.names_of(unit, secrets, [grantor, application.grantee])
    )
    limit = application.limit_fen
    facts: list[tuple[Text, Text]] = [
        (message("账户主人"), names[grantor]),
        (message("用的人"), names[application.grantee]),
        (message("关系"), RELATION.get(application.relation, application.relation)),
        (message_in("desk", "起止"), days(application.start, application.end)),
        (message("单次最多"), message("不限") if limit is None else Fen(limit)),
    ]
    if not all(may(call.actor, wanted, grantor) for wanted in ("read_account", "read_person")):
        return AskedFor(facts)
    owner, _ = read_of(call, "read_person", grantor, lambda unit: used.held_state(unit, grantor))
    balance = read_of(call, "read_account", grantor, lambda unit: account.balance(unit, grantor))
    user, _ = call.database.read(lambda unit: used.held_state(unit, application.grantee))
    own = call.database.read(lambda unit: account.balance(unit, application.grantee))
    wanted = Grant(
        grantor,
        application.grantee,
        RelationKind(application.relation),
        application.start,
        application.end,
        limit,
    )
    day = max(call.today, application.start)
    facts.append((message("账户余额"), Fen(balance or 0)))
    what = message("批准以后，{name}一次最多能用", name=names[application.grantee])
    try:
        today = library.aid(
            call.counter.packs,
            owner,
            user,
            wanted,
            day,
            grantor_balance=balance or 0,
            own_balance=own or 0,
        )
    except RefusedError as error:
        return AskedFor(facts, Beside(what, None, error.said, page.listed.area))
    outcomes = (
        DecisionOutcome(message("批准"), today.available, message("按这些条件"), chosen=True),
        DecisionOutcome(message("不予批准"), 0, message("一分也不能用")),
    )
    beside = Beside(
        what,
        today.available,
        today.why,
        page.listed.area,
        tuple(today.explanation.shown),
        outcomes,
    )
    return AskedFor(facts, beside)


_ASKED: dict[str, Callable[[DeskCall, Any], list[tuple[Text, Text]]]] = {
    RELATION_RECORD: lambda call, data: [
        (message("亲属"), _name(call, data.relative)),
        (message("那个人是这个人的谁"), RELATION.get(data.relation, data.relation)),
        (message("从哪天起"), data.start.isoformat()),
    ],
    RELATION_END: lambda call, data: [
        (message("亲属"), _name(call, data.relative)),
        (message("到哪天为止"), data.last_day.isoformat()),
    ],
    GROUP_MEMBERSHIP: lambda call, data: [
        (message("哪一类人群"), pack_name("group", data.group, data.title)),
        (message_in("desk", "起止"), days(data.start, data.end)),
    ],
    RETIREMENT: lambda call, data: [
        (message("从哪天起按退休"), data.on.isoformat()),
        (message("系统以外的实际缴费月数"), str(data.earlier_months)),
        (message("视同缴费月数"), str(data.deemed_months)),
    ],
    ENROLMENT_SWITCH: lambda call, data: [
        (message("参加什么"), CONTRIBUTOR[data.scheme]),
        (message("在哪里参保"), call.say(call.counter.packs.place_name(data.area))),
        (message("从哪天起参保"), data.start.isoformat()),
    ],
    DETAIL_CORRECTION: lambda call, data: [
        (message("性别"), SEX[data.sex]),
        (message("出生日期"), data.birth.isoformat()),
        (message("证件号码"), message("也更正") if data.right else message("不变")),
    ],
    NEWBORN: lambda call, data: [
        (message("孩子的姓名"), data.name),
        (message("出生日期"), data.birth.isoformat()),
        (message("出生医学证明编号"), data.number),
    ],
}


def _name(call: DeskCall, person_id: str) -> str:
    sealed = call.database.secrets
    return call.database.read(lambda unit: insurance.names_of(unit, sealed, [person_id]))[person_id]


def _of_a_person(call: DeskCall, page: CasePage) -> AskedFor:
    """What somebody's record becomes: cover, and the next payment with and without it."""
    person_id = page.listed.person_id
    assert person_id is not None
    kind = page.listed.kind.name
    facts = _ASKED[kind](call, page.data)
    if not page.listed.is_open or not may(call.actor, "read_person", person_id):
        return AskedFor(facts)
    what = message("批准以后，下一期要缴")
    asked = ErrandCall(
        call.database,
        call.counter.packs,
        call.actor,
        Key(call.actor.id, "beside", ""),
        person_id,
        {},
        call.counter.now(),
    )
    try:
        seen = case_outlook(asked, kind, page.listed.area, page.data)
    except YibaoError as error:
        return AskedFor(facts, Beside(what, None, error.said, page.listed.area))
    say = Statements([*cover_texts(seen.after.cover), due_text(seen.after.due)])
    after, before = _payable(seen.after), None if seen.before is None else _payable(seen.before)
    outcomes = []
    if after is not None and before is not None:
        outcomes = [
            DecisionOutcome(message("批准"), after, due_text(seen.after.due), chosen=True),
            DecisionOutcome(
                message("不予批准"), before, due_text(seen.before.due if seen.before else None)
            ),
        ]
    due = seen.after.due
    steps = () if due is None or due.bill is None else tuple(due.bill.explanation.shown)
    return AskedFor(facts, Beside(what, after, say, page.listed.area, steps, outcomes))


def _payable(standing: Standing) -> int | None:
    due = standing.due
    return None if due is None or due.bill is None else due.bill.due


def _claim(call: DeskCall, page: CasePage) -> AskedFor:
    claim: ManualClaim = page.data
    facts = facts_of_claim(claim)
    sheet = call.database.read(lambda unit: sheet_of(unit, page.listed.case_id))
    what = message("按规定，基金应付")
    if not sheet.lines or not may(call.actor, "quote", page.listed.person_id):
        return AskedFor(facts)
    today = quoted(call, page, sheet.lines)
    if not isinstance(today, Settled):
        return AskedFor(facts, Beside(what, None, today, page.listed.area))
    whole = tuple(
        msgspec.structs.replace(line, decision=LineDecision.ACCEPTED) for line in sheet.lines
    )
    all_accepted = quoted(call, page, whole)
    now = today.adjudication.settlement.fund
    outcomes = [DecisionOutcome(message("按现在的决定"), now, chosen=True)]
    if isinstance(all_accepted, Settled):
        most = all_accepted.adjudication.settlement.fund
        outcomes.append(DecisionOutcome(message("每一行都认"), most))
    outcomes.append(DecisionOutcome(message("不予支付"), 0))
    explained = explanation_of(today)
    say = message("票据合计 {total}", total=Fen(claim.total))
    steps = tuple(explained.shown)
    return AskedFor(facts, Beside(what, now, say, page.listed.area, steps, tuple(outcomes)))


_DESCRIBED: dict[str, Describe] = {
    GRANT_REVIEW: _grant,
    MANUAL_CLAIM: _claim,
    SIGN_UP: lambda call, page: AskedFor(facts_of_sign_up(call, page)),
    MATERNITY_ALLOWANCE: allowances.describe,
    PREMIUM_SUBSIDY: subsidies.describe,
    CONDUCT_CASE: lambda call, page: AskedFor(facts_of_conduct(call, page)),
    **dict.fromkeys(_ASKED, _of_a_person),
    **OF_MOVING,
}
