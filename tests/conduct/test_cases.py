"""From a lead to a decision that is carried out: nobody alone, nothing by itself, to the fen."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.permissions import Actor, Role
from yibao.conduct import operations as conduct
from yibao.conduct.forms import Informer
from yibao.conduct.tables import conduct_informer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.reading import order_state
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.ledger.operations import bank, fund, recovery, reward, rewarded
from yibao.office import reading
from yibao.office.errors import MovedOnError
from yibao.policy.kinds import Channel
from yibao.sanctions.states import SuspendedError

from ..support.actors import AUDITOR, WARD, oneself
from .conftest import AT, Bureau

Build = Callable[..., Any]
LATER = AT + datetime.timedelta(days=6)


def test_a_card_that_was_lent_costs_what_the_law_says(bureau: Bureau, make_visit: Build) -> None:
    case = bureau.note()
    before = bureau.store.fingerprint()
    bureau.until_told(case)
    assert bureau.store.entries(recovery("worker")) == 0, "nothing is owed before it is decided"
    with pytest.raises(ConflictError, match="还在申请听证的期限内，到 2026-06-06"):
        bureau.move(case, "penalise", Role.HEAD)
    decided = bureau.move(case, "penalise", Role.HEAD, at=LATER)
    assert decided["effect"] == {"returned": 426_035, "fine": 852_070}
    assert bureau.sheet(case).sanction.total == 1_278_105
    assert bureau.store.entries(recovery("worker")) == 426_035
    assert bureau.store.entries(fund(bureau.area, "resident", "pooled")) == -426_035
    served = bureau.move(case, "serve", Role.CLERK, at=LATER)
    assert served["effect"] == {"suspended_to": "2026-12-09"}

    bureau.store.settlements.today = lambda: datetime.date(2027, 1, 1)
    visit = make_visit("v1", "worker", "h1", 120_000, start="2026-09-01")
    for attempt in (bureau.store.settle, lambda v: bureau.store.settlements.quote(v, actor=WARD)):
        with pytest.raises(
            SuspendedError, match=r"到 2026-12-09 为止暂停联网结算.*1,200\.00.*手工报销"
        ):
            attempt(visit)
    by_hand = make_visit("v1", "worker", "h1", 120_000, start="2026-09-01", channel=Channel.MANUAL)
    assert bureau.store.settle(by_hand)["fund"] >= 0, "what is payable may be claimed by hand"
    for day in ("2026-06-09", "2026-12-10"):
        bureau.store.settle(make_visit(f"on{day}", "worker", "h1", 120_000, start=day))
    bureau.store.settle(make_visit("w1", "wife", "h1", 120_000, start="2026-09-01"))

    with pytest.raises(ConflictError, match="还欠"):
        bureau.move(case, "close_inquiry", Role.CASHIER, at=LATER)
    assert bureau.book(case, "returned", 26_035, "2026-06-10", "S1")["left"] == 400_000
    with pytest.raises(ConflictError, match="单号 S1 已经记过账"):
        bureau.book(case, "returned", 100, "2026-06-10", "S1")
    with pytest.raises(ConflictError, match=r"只欠 4,000\.00"):
        bureau.book(case, "returned", 400_001, "2026-06-10", "S2")
    bureau.book(case, "returned", 400_000, "2026-06-11", "S3")
    assert bureau.store.entries(recovery("worker")) == 0
    assert bureau.store.entries(bank(bureau.area)) == 426_035
    # Fifteen days after the 7th of June; two days late are six percent.
    assert bureau.sheet(case).surcharge_on(datetime.date(2026, 6, 22)) == 0
    assert bureau.sheet(case).surcharge_on(datetime.date(2026, 6, 24)) == 51_124
    assert bureau.sheet(case).surcharge_on(datetime.date(2027, 6, 24)) == 852_070
    bureau.book(case, "fine", 852_070, "2026-06-22", "T1")
    bureau.move(case, "close_inquiry", Role.CASHIER, at=LATER)
    assert bureau.state(case) == "closed"
    assert bureau.store.fingerprint() != before
    bureau.check()


def test_two_inspectors_and_nobody_in_two_posts(bureau: Bureau) -> None:
    case = bureau.note(role=Role.INSPECTOR)
    bureau.move(case, "check", Role.INSPECTOR)  # who noted it may go on with it
    bureau.move(case, "open_inquiry", Role.HEAD)
    with pytest.raises(ConflictError, match="还没有处理意见"):
        bureau.move(case, "inspect", Role.INSPECTOR)
    bureau.propose(case, bureau.of(Role.INSPECTOR))
    bureau.move(case, "inspect", Role.INSPECTOR)
    with pytest.raises(DeniedError, match="不得少于两人"):
        bureau.move(case, "countersign", Role.INSPECTOR)
    for role in (Role.CLERK, Role.REVIEWER, Role.SECOND, Role.CASHIER, Role.LEGAL, Role.HEAD):
        with pytest.raises(DeniedError):
            bureau.move(case, "countersign", role, "another")
    for actor in (oneself("worker"), WARD, AUDITOR, Actor("far", Role.INSPECTOR, area="999900")):
        with pytest.raises(DeniedError):
            conduct.propose(
                bureau.database, bureau.key(actor), case, bureau.proposal(), actor=actor, at=AT
            )
        with pytest.raises(DeniedError):
            conduct.note_lead(
                bureau.database, bureau.key(actor), bureau.lead(), actor=actor, at=AT
            ) if actor.id != "far" else bureau.move(case, "countersign", Role.CLERK, "far")
    bureau.move(case, "countersign", Role.INSPECTOR, "qian")
    with pytest.raises(DeniedError, match="您在这件事里已经是执法人员"):
        bureau.move(case, "review_legal", Role.LEGAL, "qian")
    with pytest.raises(DeniedError, match="您在这件事里已经是负责人"):
        bureau.move(case, "review_legal", Role.LEGAL, Role.HEAD.value)
    bureau.move(case, "send_back", Role.LEGAL, reason="没有询问笔录")
    assert bureau.state(case) == "opened"
    bureau.check()


def test_a_hearing_is_asked_for_in_time_and_chaired_by_another(bureau: Bureau) -> None:
    case = bureau.note()
    bureau.until_told(case)
    with pytest.raises(ConflictError, match="申请听证的期限 2026-06-06 已过"):
        bureau.move(case, "ask_hearing", Role.CLERK, "sun", reason="不服", at=LATER)
    bureau.move(case, "ask_hearing", Role.CLERK, "sun", reason="不服")
    with pytest.raises(DeniedError):
        bureau.move(case, "hold_hearing", Role.INSPECTOR, "qian", reason="听取了申辩")
    with pytest.raises(InputError, match="请写听证记录的要点"):
        bureau.move(case, "hold_hearing", Role.SECOND)
    bureau.move(case, "hold_hearing", Role.SECOND, reason="听取了申辩")
    with pytest.raises(InputError, match="请选一个依据"):
        bureau.move(case, "spare", Role.HEAD, reason="初犯")
    bureau.move(case, "spare", Role.HEAD, reason="初犯", basis="first")
    page = bureau.page(case)
    assert page.listed.state == "no_penalty"
    assert "行政处罚法第三十三条第一款" in page.history[-1].reason
    assert bureau.store.entries(recovery("worker")) == 0
    bureau.check()


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"times": 10_000}, "罚款是 2 倍到 5 倍"),
        ({"times": None}, "罚款是 2 倍到 5 倍"),
        ({"months": 13}, "暂停联网结算是 3 到 12 个月"),
        ({"act": "lent"}, "不按倍数罚款"),
        ({"act": "institution_fraud", "months": None}, "不是这一类当事人"),
        ({"act": "others_papers", "act_ended_on": datetime.date(2026, 3, 1)}, "2026-04-01 起施行"),
        ({"factors": ""}, "为什么在范围里取这么多"),
    ],
)
def test_nothing_is_proposed_beyond_the_law(
    bureau: Bureau, facts: dict[str, Any], says: str
) -> None:
    case = bureau.note()
    bureau.move(case, "check", Role.INSPECTOR, "zhao")
    bureau.move(case, "open_inquiry", Role.HEAD)
    before = bureau.store.fingerprint()
    with pytest.raises(InputError, match=says):
        bureau.propose(case, **facts)
    with pytest.raises(RefusedError, match="2 年内没有被发现"):
        bureau.propose(case, act_ended_on=datetime.date(2024, 5, 31))
    assert bureau.store.fingerprint() == before
    bureau.propose(case, act_ended_on=datetime.date(2024, 5, 31), grave=True)


def test_of_two_at_once_one_wins(bureau: Bureau, together: Callable[..., list[Any]]) -> None:
    case = bureau.note()

    def check(name: str) -> Any:
        try:
            return bureau.move(case, "check", Role.INSPECTOR, name)
        except MovedOnError as error:
            return error

    answers = together([lambda: check("zhao"), lambda: check("qian")])
    assert sorted(isinstance(answer, MovedOnError) for answer in answers) == [False, True]


def test_an_informer_is_paid_and_never_shown(bureau: Bureau) -> None:
    informer = Informer(
        name="周某", contact="13900000000", insider=True,
        payee=payee_of("周某", "工商银行", "6217000012345678"),
    )  # fmt: skip
    case = bureau.note(informer=informer)
    bureau.until_told(case, obtained=32_000_000)
    head = bureau.of(Role.HEAD)
    give = lambda: conduct.reward_informer(  # noqa: E731
        bureau.database, bureau.key(head), case, 1, actor=head, at=LATER
    )
    with pytest.raises(ConflictError, match="没有做任何改动"):
        give()
    bureau.move(case, "penalise", Role.HEAD, at=LATER)
    assert give()["reward"] == 1_152_000
    with pytest.raises(ConflictError, match="已经奖励过"):
        give()
    assert bureau.store.entries(reward(bureau.area)) == 1_152_000
    assert bureau.store.entries(rewarded(case)) == -1_152_000
    order = bureau.database.read(lambda unit: order_state(unit, "informer_reward", case))
    assert order is not None
    assert order.amount == 1_152_000
    page = bureau.page(case)
    assert "周某" not in f"{page.written}{page.history}{page.listed.summary}"
    # The subject, and whoever reads the subject's record, sees nothing of the case.
    cases = reading.cases_of(bureau.database, oneself("worker"), "worker", AT.date())
    assert cases == []
    with pytest.raises(DeniedError):
        reading.read_case(bureau.database, oneself("worker"), case, AT.date())
    with pytest.raises(DeniedError):
        reading.read_case(bureau.database, WARD, case, AT.date())
    stored = bureau.database.read(lambda unit: unit.run(conduct_informer.select()).one())
    assert stored.level == 1
    bureau.check()
