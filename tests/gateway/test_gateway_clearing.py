"""A month is cleared: applied for by message, reviewed by distinct posts, paid by the bank."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from yibao.access.errors import DeniedError
from yibao.access.operations import Key
from yibao.access.permissions import Actor, Role, institution_actor
from yibao.access.ties import tie_faults
from yibao.access.trail import all_chains, verify_people
from yibao.clearing import operations as clearing
from yibao.clearing import reading
from yibao.clearing.checks import clearing_faults
from yibao.clearing.comparisons import compared_month, own_comparisons
from yibao.clearing.states import ClearingMove, ClearingState, DoubtState
from yibao.clearing.sums import ReturnRule
from yibao.database.unit import open_database
from yibao.disbursement import operations as payments
from yibao.disbursement.checks import payment_faults
from yibao.disbursement.files import BankAnswer
from yibao.disbursement.payees import payee_of
from yibao.disbursement.states import Outcome
from yibao.errors import ConflictError, InputError, RefusedError, YibaoError
from yibao.gateway.identifiers import to_wire
from yibao.ledger.checks import ledger_faults
from yibao.ledger.fragments import totals

from . import flows
from .conftest import HOSPITAL, SECOND

CHINA = datetime.timezone(datetime.timedelta(hours=8))
IN_MARCH = datetime.datetime(2025, 3, 10, 10, tzinfo=CHINA)
IN_APRIL = datetime.datetime(2025, 4, 3, 10, tzinfo=CHINA)
LATER = datetime.datetime(2025, 4, 24, 10, tzinfo=CHINA)
OWN = institution_actor(HOSPITAL)


class Office:
    """Distinct people of one agency, and the month of one hospital."""

    def __init__(self, client: Any, area: str) -> None:
        self.client, self.database, self.area = client, client.platform.database, area
        self.number = 0

    def of(self, role: Role, name: str = "") -> Actor:
        return Actor(name or role.value, role, agency_id="agency", area=self.area)

    def key(self, actor: Actor) -> Key:
        self.number += 1
        return Key(actor.id, "clearing", f"c{self.number}")

    def agree(self, *, advance: int | None = 8000, actor: Actor | None = None) -> Any:
        who = actor or self.of(Role.HEAD)
        agreement = clearing.Agreement(
            start=datetime.date(2025, 1, 1),
            retained_share=500,
            advance_share=advance,
            apply_by_day=10,
            pay_days=20,
            appeal_days=5,
            return_rule=ReturnRule.PER_POINT,
            payee=payee_of("测试医院", "工商银行", "6217000012345678"),
        )
        return clearing.agree(self.database, self.key(who), HOSPITAL, agreement, actor=who)

    def months(self) -> dict[str, Any]:
        """What the institution states for March: the sum of what it was answered."""
        groups = reading.months_to_apply(self.database, OWN, HOSPITAL, 202503)
        yuan = {
            "medfee_sumamt": sum(group.total for group in groups),
            "fund_appy_sum": sum(group.fund for group in groups),
            "acct_pay": sum(group.account for group in groups),
            "cash_payamt": sum(group.cash for group in groups),
        }
        return {
            "clr_type": "11",
            "clr_way": "1",
            "setlym": "202503",
            "psntime": str(sum(group.count for group in groups)),
            **{name: f"{fen // 100}.{fen % 100:02d}" for name, fen in yuan.items()},
            "med_sumfee": f"{yuan['fund_appy_sum'] // 100}.00",
            "begndate": "2025-03-01",
            "enddate": "2025-03-31",
        }

    def apply(self) -> str:
        answer = self.client.ok("3203", {"data": self.months()})
        assert answer["result"]["clr_appy_evt_id"]
        (listed, *_) = self.list()
        return str(listed.application_id)

    def list(self) -> Any:
        return reading.list_applications(self.database, OWN, today=IN_APRIL.date())

    def read(self, application: str) -> Any:
        return reading.read_application(self.database, OWN, application, today=IN_APRIL.date())

    def move(
        self, application: str, move: ClearingMove, role: Role, name: str = "", **more: Any
    ) -> Any:
        who = self.of(role, name)
        at = more.pop("at", LATER)
        return clearing.move_application(
            self.database, self.key(who), application, move, actor=who, at=at, **more
        )

    def pay(self, outcome: Outcome = Outcome.PAID) -> None:
        """All that waits, signed by another, sent and answered."""
        cashier, head = self.of(Role.CASHIER, "payer"), self.of(Role.HEAD, "signer")
        batch = payments.draft_batch(self.database, self.key(cashier), self.area, actor=cashier)
        number = batch["batch"]
        payments.sign_batch(self.database, self.key(head), number, actor=head)
        payments.send_batch(self.database, self.key(cashier), number, actor=cashier)
        content = payments.file_of_batch(self.database, number, actor=cashier).decode("utf-8-sig")
        for line in content.splitlines()[1:]:
            cells = line.split(",")
            said = BankAnswer(
                number, cells[1], batch["total"], outcome, "B1", datetime.date(2025, 4, 25)
            )
            payments.book_answer(self.database, said, actor=cashier)

    def sums(self) -> dict[str, int]:
        names = ("payable", "retained", "advance", "bank")
        sums: dict[str, int] = {}
        for name in names:
            every = self.database.read(lambda unit, name=name: totals(unit, prefix=f"{name}:"))
            sums[name] = sum(every.values())
        return sums

    def check(self) -> None:
        for faults in (ledger_faults, payment_faults, clearing_faults):
            assert self.database.read(lambda unit, faults=faults: list(faults(unit))) == []
        chains = all_chains(self.database)
        assert list(verify_people(self.database, chains)) == []
        assert list(tie_faults(self.database, chains)) == []


@pytest.fixture
def office(client: Any, area: str) -> Office:
    client.platform.clock.set(IN_MARCH)
    flows.settle(client, "li", "4000.00")
    flows.settle(client, "wang", "1000.00")
    taken_back = flows.settle(client, "li", "50.00")
    client.ok("2208", flows.undo(taken_back))
    client.platform.clock.set(IN_APRIL)
    return Office(client, area)


def test_a_month_from_the_message_to_the_bank(office: Office) -> None:
    assert "还没有登记清算协议" in office.client.refused("3203", {"data": office.months()})
    office.agree()
    stated = office.months()
    wrong = {**stated, "medfee_sumamt": "4999.00", "psntime": "3"}
    said = office.client.refused("3203", {"data": wrong})
    assert "医疗费总额 机构 4,999.00 元、平台 5,000.00 元" in said
    assert "清算人次 机构 3、平台 2" in said
    office.client.platform.clock.set(IN_MARCH)
    assert "还没有过完" in office.client.refused("3203", {"data": stated})
    office.client.platform.clock.set(IN_APRIL)
    application = office.apply()
    assert "已经申报过" in office.client.refused("3203", {"data": stated})
    number = office.read(application).listed
    assert number.state is ClearingState.APPLIED
    assert number.due_on == datetime.date(2025, 5, 12)
    fund, account = number.fund, number.account
    assert fund > 0
    before = office.sums()
    assert before["payable"] == -(fund + account)

    office.move(application, ClearingMove.ACCEPT, Role.CLERK, at=IN_APRIL)
    cashier = office.of(Role.CASHIER)
    advanced = clearing.order_advance(
        office.database, office.key(cashier), application, actor=cashier, at=IN_APRIL
    )["amount"]
    office.pay()
    assert office.sums()["advance"] == advanced == (fund * 8 + 5) // 10
    office.move(application, ClearingMove.BEGIN_REVIEW, Role.REVIEWER, at=IN_APRIL)
    reviewer, second = office.of(Role.REVIEWER), office.of(Role.SECOND)
    doubts = [
        clearing.tell_doubt(
            office.database,
            office.key(reviewer),
            application,
            amount,
            reason,
            actor=reviewer,
            at=IN_APRIL,
        )["doubt"]
        for amount, reason in ((1_000, "重复收费"), (500, "超量"))
    ]
    with pytest.raises(RefusedError, match="疑点没有办完"):
        office.move(application, ClearingMove.FINISH_REVIEW, Role.SECOND, at=IN_APRIL)
    clearing.appeal_doubt(
        office.database, office.key(OWN), doubts[0], "是两次不同的检查", actor=OWN, at=IN_APRIL
    )
    clearing.decide_doubt(
        office.database, office.key(second), doubts[0], 300, "部分成立", actor=second, at=IN_APRIL
    )
    with pytest.raises(RefusedError, match="申诉期限"):
        clearing.appeal_doubt(
            office.database, office.key(OWN), doubts[1], "晚了", actor=OWN, at=LATER
        )
    office.move(application, ClearingMove.FINISH_REVIEW, Role.SECOND)
    office.move(application, ClearingMove.SUM_UP, Role.SECOND)
    summed = office.read(application).listed
    retained = ((fund - 800) * 500 + 5_000) // 10_000
    assert (summed.deducted, summed.retained, summed.advanced) == (800, retained, advanced)
    paid = fund - 800 - retained - advanced + account
    assert (summed.paid, summed.carried) == (paid, 0)
    office.move(application, ClearingMove.SIGN, Role.HEAD)
    office.pay()
    assert office.read(application).listed.state is ClearingState.PAID_OUT
    office.move(application, ClearingMove.CLOSE, Role.CASHIER)
    cleared = office.read(application)
    assert cleared.listed.state is ClearingState.CLEARED
    assert [step.state for step in cleared.history][-4:] == [101, 120, 60, 50]
    after = office.sums()
    assert after["payable"] == 0
    assert after["retained"] == -retained
    assert after["advance"] == 0
    assert after["bank"] == -(paid + advanced)
    with pytest.raises(InputError):
        clearing.give_back(
            office.database, office.key(second), doubts[1], 501, "多了", actor=second, at=LATER
        )
    clearing.give_back(
        office.database, office.key(second), doubts[1], 500, "核对后不成立", actor=second, at=LATER
    )
    office.check()


def test_taken_back_and_applied_for_again(office: Office) -> None:
    office.agree()
    office.apply()
    (listed,) = office.list()
    event = {"data": {"clr_appy_evt_id": listed.application_id}}
    office.client.ok("3204", event)
    assert "没有做任何改动" in office.client.refused("3204", event)
    again = office.apply()
    assert again != listed.application_id
    office.move(again, ClearingMove.ACCEPT, Role.CLERK)
    office.move(again, ClearingMove.BEGIN_REVIEW, Role.REVIEWER)
    assert "正在审核" in office.client.refused("3204", {"data": {"clr_appy_evt_id": again}})
    office.check()


def test_what_was_paid_in_advance_is_not_taken_back_with_the_application(office: Office) -> None:
    office.agree()
    cashier = office.of(Role.CASHIER)

    def accepted_with_advance() -> str:
        application = office.apply()
        office.move(application, ClearingMove.ACCEPT, Role.CLERK)
        clearing.order_advance(
            office.database, office.key(cashier), application, actor=cashier, at=LATER
        )
        return application

    first = accepted_with_advance()
    office.client.ok("3204", {"data": {"clr_appy_evt_id": first}})
    with pytest.raises(ConflictError, match="没有等着"):
        office.pay()  # the order went with the application
    second = accepted_with_advance()
    office.pay()
    said = office.client.refused("3204", {"data": {"clr_appy_evt_id": second}})
    assert "先付的钱已经付给机构" in said
    assert office.read(second).listed.state is ClearingState.ACCEPTED
    office.check()


# --- appeals by message ---------------------------------------------------------------------------


def _appeal(application: str, *doubts: str, **more: Any) -> dict[str, Any]:
    """The input of 3702 and 3703."""
    rows = [
        {"docSusptId": to_wire(doubt), "applyFlag": "1", "auditOpinion": "两次检查", **more}
        for doubt in doubts
    ]
    documents = [{"docId": to_wire(application), "docSusptDTOS": rows}]
    return {"input": {"medinsName": "测试", "medinsCodg": HOSPITAL, "docs": documents}}


def _in_review(office: Office, *amounts: int) -> tuple[str, list[str]]:
    """An application under review, and its doubts."""
    office.agree(advance=None)
    application = office.apply()
    office.move(application, ClearingMove.ACCEPT, Role.CLERK, at=IN_APRIL)
    office.move(application, ClearingMove.BEGIN_REVIEW, Role.REVIEWER, at=IN_APRIL)
    reviewer = office.of(Role.REVIEWER)
    doubts = [
        clearing.tell_doubt(
            office.database,
            office.key(reviewer),
            application,
            amount,
            "重复收费",
            actor=reviewer,
            at=IN_APRIL,
        )["doubt"]
        for amount in amounts
    ]
    return application, doubts


def _states(office: Office, application: str) -> list[str]:
    return [doubt.state.value for doubt in office.read(application).doubts]


def test_doubts_are_appealed_by_message(office: Office) -> None:
    """As the page does it: all or none, once, in time, and by the institution alone."""
    application, (first, second) = _in_review(office, 1_000, 500)
    client = office.client
    days = {"startTime": "2025-04-01", "endTime": "2025-04-30", "stage": "1"}
    asked = {"input": {**days, "medinsCodg": HOSPITAL, "currentPage": "1", "pageSize": "5"}}
    (document,) = client.ok("3701", asked)["pageResult"]["data"]
    assert document["docId"] == to_wire(application)
    assert document["applDdln"] == "2025-04-11"
    shown = document["docSusptDTOS"]
    assert [row["docSusptId"] for row in shown] == [to_wire(first), to_wire(second)]
    assert (shown[0]["checkoutSusptAmt"], shown[0]["volaCont"]) == (10.00, "重复收费")
    assert shown[0]["susptStasName"] == "等机构申诉"
    before = office.read(application)
    message = _appeal(application, first, second, susptAmt="7.00")
    for content, why in (
        (_appeal(application, first, "nothing"), "没有疑点 nothing"),
        (_appeal("elsewhere", first), "不在单据 elsewhere 里"),
        (_appeal(application, first, auditOpinion=""), "auditOpinion（申诉原因）"),
        (_appeal(application, first, applyFlag="9"), "9 不认识，申诉写 1"),
        (_appeal(application, first, applyFlag="0"), "没有写要申诉的疑点"),
        (_appeal(application, first, attUploadId="A1"), "平台不收附件"),
        (_appeal(application, first, first), "每个一次"),
        ({"input": {**message["input"], "medinsCodg": SECOND}}, "写的是 H14010500002"),
        ({"input": {}}, "docs（单据集合）"),
    ):
        assert why in client.refused("3702", content)
    client.institution = SECOND
    message["input"]["medinsCodg"] = SECOND
    assert "只限本机构的业务" in client.refused("3702", message)
    assert client.ok("3701", {"input": days})["pageResult"]["data"] == []
    client.institution = message["input"]["medinsCodg"] = HOSPITAL
    assert office.read(application) == before, "nothing of it had an effect"
    (answered,) = client.ok("3702", message, msgid="A-1")
    assert answered["docId"] == to_wire(application)
    assert [row["susptId"] for row in answered["docsuspt"]] == [to_wire(first), to_wire(second)]
    assert client.ok("3702", message, msgid="A-1") == [answered]
    again = client.refused("3702", message)
    assert f"疑点 {to_wire(first)}：这个疑点现在是“已申诉，等复审”" in again
    read = office.read(application)
    assert [doubt.appeal for doubt in read.doubts] == ["两次检查（申诉金额 7.00 元）"] * 2
    assert [step.move for step in read.history][-2:] == ["appeal_doubt"] * 2
    office.check()


def test_an_appeal_after_the_last_day_is_refused(office: Office) -> None:
    application, (doubt,) = _in_review(office, 1_000)
    office.client.platform.clock.set(LATER)
    assert "申诉期限 2025-04-11 已过" in office.client.refused("3702", _appeal(application, doubt))
    assert _states(office, application) == [DoubtState.TOLD]
    office.check()


def test_two_appeals_at_once_are_one(office: Office, together: Callable[..., list[Any]]) -> None:
    application, (doubt,) = _in_review(office, 1_000)
    message = _appeal(application, doubt)
    answers = together([lambda: office.client.send("3702", message) for _ in range(2)])
    assert sorted(answer["infcode"] for answer in answers) == [-1, 0]
    assert len([step for step in office.read(application).history if "appeal" in step.move]) == 1
    office.check()


def test_a_panel_is_asked_for_by_message_and_decides(office: Office) -> None:
    """What the second review deducts goes before a panel, which another post writes down."""
    application, (doubt,) = _in_review(office, 1_000)
    client, second, head = office.client, office.of(Role.SECOND), office.of(Role.HEAD)
    client.ok("3702", _appeal(application, doubt))
    message = _appeal(application, doubt)
    assert "现在是“已申诉，等复审”" in client.refused("3703", message)
    clearing.decide_doubt(
        office.database, office.key(second), doubt, 600, "部分成立", actor=second, at=IN_APRIL
    )

    def decide(who: Actor, confirmed: int = 200) -> None:
        clearing.decide_panel(
            office.database, office.key(who), doubt, confirmed, "合议", actor=who, at=IN_APRIL
        )

    with pytest.raises(ConflictError):
        decide(head)
    client.ok("3703", message)
    assert _states(office, application) == [DoubtState.BEFORE_PANEL]
    assert "现在是“已申请合议，等合议”" in client.refused("3703", message)
    with pytest.raises(RefusedError, match="疑点没有办完"):
        office.move(application, ClearingMove.FINISH_REVIEW, Role.SECOND)
    for role in (Role.CLERK, Role.REVIEWER, Role.SECOND, Role.CASHIER, Role.LEGAL):
        with pytest.raises(DeniedError):
            decide(office.of(role))
    with pytest.raises(InputError):
        decide(head, 1_001)
    assert _states(office, application) == [DoubtState.BEFORE_PANEL]
    decide(head)
    assert "现在是“合议已定”" in client.refused("3703", message)
    office.move(application, ClearingMove.FINISH_REVIEW, Role.SECOND)
    office.move(application, ClearingMove.SUM_UP, Role.SECOND)
    assert office.read(application).listed.deducted == 200
    office.move(application, ClearingMove.SIGN, Role.HEAD)
    clearing.give_back(
        office.database, office.key(second), doubt, 200, "核对后不成立", actor=second, at=LATER
    )
    office.check()


def test_a_panel_is_too_late_after_the_review(office: Office) -> None:
    application, (doubt, nothing) = _in_review(office, 1_000, 500)
    second = office.of(Role.SECOND)
    office.client.ok("3702", _appeal(application, doubt, nothing))
    for number, confirmed in ((doubt, 600), (nothing, 0)):
        clearing.decide_doubt(
            office.database,
            office.key(second),
            number,
            confirmed,
            "定",
            actor=second,
            at=IN_APRIL,
        )
    refused = office.client.refused("3703", _appeal(application, doubt, nothing))
    assert "没有扣减，不用合议" in refused
    office.move(application, ClearingMove.FINISH_REVIEW, Role.SECOND)
    assert "审核完成" in office.client.refused("3703", _appeal(application, doubt))
    assert _states(office, application) == [DoubtState.DECIDED] * 2
    office.check()


def test_wrong_posts_and_two_posts_are_denied(office: Office) -> None:
    office.agree(advance=None)
    with pytest.raises(DeniedError):
        office.agree(actor=office.of(Role.REVIEWER))
    application = office.apply()
    allowed = {
        ClearingMove.ACCEPT: Role.CLERK,
        ClearingMove.BEGIN_REVIEW: Role.REVIEWER,
        ClearingMove.FINISH_REVIEW: Role.SECOND,
        ClearingMove.SUM_UP: Role.SECOND,
        ClearingMove.SIGN: Role.HEAD,
    }
    posts = (Role.CLERK, Role.REVIEWER, Role.SECOND, Role.CASHIER, Role.HEAD, Role.LEGAL)
    for move, right in allowed.items():
        before = office.read(application)
        for role in posts:
            if role is not right:
                with pytest.raises(DeniedError):
                    office.move(application, move, role)
        elsewhere = Actor("far", right, agency_id="other", area="990000")
        with pytest.raises(DeniedError):
            clearing.move_application(
                office.database, office.key(elsewhere), application, move, actor=elsewhere
            )
        assert office.read(application).history == before.history
        office.move(application, move, right, "zhang" if right is Role.CLERK else "")
        with pytest.raises(ConflictError):
            office.move(application, move, right, "another")
        if move is ClearingMove.ACCEPT:
            with pytest.raises(DeniedError, match="别的岗"):
                office.move(application, ClearingMove.BEGIN_REVIEW, Role.REVIEWER, "zhang")
    office.check()


def test_two_at_once_sign_once(office: Office, together: Callable[..., list[Any]]) -> None:
    office.agree(advance=None)
    application = office.apply()
    office.move(application, ClearingMove.ACCEPT, Role.CLERK)
    office.move(application, ClearingMove.BEGIN_REVIEW, Role.REVIEWER)
    office.move(application, ClearingMove.FINISH_REVIEW, Role.SECOND)
    office.move(application, ClearingMove.SUM_UP, Role.SECOND)

    def sign(name: str) -> Any:
        try:
            return office.move(application, ClearingMove.SIGN, Role.HEAD, name)
        except YibaoError as error:
            return error

    signed = together([lambda: sign("one"), lambda: sign("two")])
    assert sum(isinstance(answer, dict) for answer in signed) == 1
    listed = office.read(application).listed
    assert office.sums()["retained"] == -listed.retained
    office.check()


def test_a_vendor_applies_on_a_new_sandbox(start: Callable[..., Any], sandbox_url: str) -> None:
    """Nothing is set up by hand: a visit of the month before, then 3203 and 3204."""
    client = start(database=open_database(sandbox_url))
    client.platform.clock.set(IN_MARCH)
    flows.settle(client, "T0001", "4000.00")
    client.platform.clock.set(IN_APRIL)
    office = Office(client, "")
    event = office.apply()
    client.ok("3204", {"data": {"clr_appy_evt_id": event}})
    assert "没有做任何改动" in client.refused("3204", {"data": {"clr_appy_evt_id": event}})


def test_what_comparisons_came_to_is_kept_and_seen_by_the_agency(office: Office) -> None:
    officer, today = office.of(Role.REVIEWER), IN_APRIL.date()

    def seen() -> Any:
        return compared_month(office.database, officer, 202503, today=today)

    assert list(seen().missing) == [HOSPITAL]
    groups = [
        group
        for group in reading.months_to_apply(office.database, OWN, HOSPITAL, 202503)
        if group.scheme == "employee"
    ]
    days = {"stmt_begndate": "2025-03-01", "stmt_enddate": "2025-03-31"}
    booked = sum(group.total for group in groups)
    fen = {
        "medfee_sumamt": booked,
        "fund_pay_sumamt": sum(group.fund for group in groups),
        "acct_pay": sum(group.account for group in groups),
    }
    stated = {
        **{name: f"{amount // 100}.{amount % 100:02d}" for name, amount in fen.items()},
        "fixmedins_setl_cnt": str(sum(group.count for group in groups)),
    }
    asked = {"insutype": "310", "clr_type": "11", "setl_optins": "140100", **days, **stated}
    wrong = office.client.ok("3201", {"data": {**asked, "medfee_sumamt": "1.00"}})["stmtinfo"]
    assert wrong["stmt_rslt"] == "1"
    month = seen()
    (differing,) = month.differing
    assert (differing.institution_id, list(differing.wrong)) == (HOSPITAL, ["total"])
    (total,) = (figure for figure in differing.figures if figure.name == "total")
    assert (total.stated, total.booked) == (100, booked)
    assert differing.operator
    assert (dict(month.missing), list(month.agreeing)) == ({}, [])
    assert office.client.ok("3201", {"data": asked})["stmtinfo"]["stmt_rslt"] == "0"
    month = seen()
    assert (list(month.differing), len(month.agreeing)) == ([], 1)
    own = own_comparisons(office.database, OWN, HOSPITAL, 202503, today=today)
    assert list(own) == list(month.agreeing)
    with pytest.raises(DeniedError):
        own_comparisons(office.database, institution_actor(SECOND), HOSPITAL, 202503, today=today)
    with pytest.raises(DeniedError):
        compared_month(office.database, OWN, 202503, today=today)
    office.check()
