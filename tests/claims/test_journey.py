"""A manual claim from the paper to the bank, by distinct people, to the fen."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import select

from yibao.access.errors import DeniedError
from yibao.access.permissions import POSTS, Actor, Role
from yibao.care.past import PastVisit, write_past_visits
from yibao.care.tables import settlement
from yibao.claims import operations as claims
from yibao.claims.bills import read_file, read_lines
from yibao.claims.doubts import last_doubts
from yibao.claims.forms import CarePlace, ClaimLine, LineDecision, ThirdParty, Voucher
from yibao.claims.sheets import DecidedLine
from yibao.claims.tables import claim_recovery
from yibao.database.unit import Database
from yibao.disbursement.payees import payee_of
from yibao.disbursement.states import Outcome
from yibao.errors import ConflictError, InputError, RefusedError
from yibao.inquiry.claiming import claim_fields, claim_of
from yibao.insured.locks import lock_person, store_person
from yibao.ledger.operations import bank, claim, fund, payable
from yibao.office import reading
from yibao.office.errors import MovedOnError
from yibao.policy.compile import PolicyLibrary
from yibao.policy.kinds import HospitalGrade, ItemClass

from ..support.actors import AUDITOR, CLERK, oneself
from .conftest import AT, DAY, Build, Office, office_of, overlaid

Together = Callable[..., list[Any]]
LISTED = ClaimLine(name="住院费", amount=3_000_000, item_class=ItemClass.A)
OF15 = """
  resident.inpatient.deductible: {keys: [price_class], values: {2025-01-01: {value: {"2": 500}}}}
  resident.inpatient.ratio: {keys: [price_class], values: {2025-01-01: {value: {"2": 75}}}}
"""


def test_from_the_paper_to_the_bank_by_six_people(desk: Office) -> None:
    case = desk.file(desk.claim())
    clerk, reviewer, second = (desk.of(r) for r in (Role.CLERK, Role.REVIEWER, Role.SECOND))
    with pytest.raises(ConflictError, match="材料不齐，还缺：收费票据、费用清单、诊断证明"):
        desk.move(case, "accept", clerk)
    desk.hand_in(case)
    accepted = desk.move(case, "accept", clerk)
    # Thirty working days from the 25th of September, over 国庆 and the Saturday made up for.
    assert (accepted["state"], accepted["due_on"]) == ("accepted", "2026-11-12")
    (row,) = reading.queue(desk.database, clerk, DAY)
    assert row.deadline.day == datetime.date(2026, 11, 12)
    with pytest.raises(ConflictError, match="要相等才能录完"):
        desk.move(case, "enter", clerk)
    told = desk.lines(
        case,
        ClaimLine(name="床位费", amount=1_800_000, item_class=ItemClass.A),
        ClaimLine(name="某药片", amount=1_000_000, item_class=ItemClass.B, upfront=1_000),
        ClaimLine(name="营养品", amount=200_000),
    )
    assert told["missing"] == 0
    entered = desk.move(case, "enter", clerk)
    assert entered["state"] == "quoted", "the kernel quotes at once"
    whole = desk.sheet(case).quote
    assert whole["total"] == 3_000_000 == whole["fund"] + whole["own"]
    with pytest.raises(ConflictError, match="还有 3 行没有决定"):
        desk.move(case, "review", reviewer)
    with pytest.raises(InputError, match="要写理由"):
        desk.decide(case, DecidedLine(0, LineDecision.CUT, 800_000))
    desk.decide(
        case,
        DecidedLine(0, LineDecision.CUT, 800_000, "床位超标准"),
        DecidedLine(1, LineDecision.ACCEPTED),
        DecidedLine(2, LineDecision.REJECTED, reason="目录外"),
    )
    desk.move(case, "review", reviewer)
    cut = desk.sheet(case).quote
    assert cut["total"] == 3_000_000
    assert cut["fund"] < whole["fund"]
    before = len(desk.page(case).history)
    answer = desk.move(case, "approve", second)
    assert answer["state"] == "settled"
    assert [str(step.label) for step in desk.page(case).history[before:]] == ["同意支付", "结算"]
    assert desk.store.entries(claim("worker")) == -cut["fund"]
    assert desk.store.entries(payable("h1")) == 0, "the hospital was paid by the person"
    desk.check()
    desk.pay(case)
    assert desk.state(case) == "paid"
    assert desk.store.entries(claim("worker")) == 0
    assert desk.store.entries(bank(desk.area)) == -cut["fund"]
    assert not desk.page(case).listed.is_open
    desk.check()


def test_whoever_may_not_changes_nothing(desk: Office) -> None:
    case = desk.file(desk.claim())
    desk.hand_in(case)
    with pytest.raises(DeniedError):
        desk.file(desk.claim(), actor=oneself("wife"))
    desk.move(case, "accept", desk.of(Role.CLERK, "li"))
    before = len(desk.page(case).history)
    for role in (Role.REVIEWER, Role.SECOND, Role.CASHIER, Role.HEAD, Role.INSPECTOR):
        with pytest.raises(DeniedError, match="没有做任何改动"):
            desk.lines(case, LISTED, actor=desk.of(role))
    for actor in (oneself("worker"), oneself("wife"), AUDITOR):
        with pytest.raises(DeniedError):
            desk.lines(case, LISTED, actor=actor)
    with pytest.raises(DeniedError):
        desk.lines(case, LISTED, actor=Actor("far", Role.CLERK, area="999900"))
    for move in ("quote", "settle", "pay"):
        with pytest.raises(DeniedError):
            desk.move(case, move, desk.of(Role.SECOND))
    assert len(desk.page(case).history) == before
    desk.lines(case, LISTED, actor=desk.of(Role.CLERK, "li"))
    desk.move(case, "enter", desk.of(Role.CLERK, "li"))
    with pytest.raises(MovedOnError, match="明细不能改"):
        desk.lines(case, LISTED, actor=desk.of(Role.CLERK, "li"))
    with pytest.raises(DeniedError, match="您在这件事里已经是受理岗"):
        desk.decide(case, DecidedLine(0, LineDecision.ACCEPTED), actor=desk.of(Role.REVIEWER, "li"))
    desk.decide(case, DecidedLine(0, LineDecision.ACCEPTED), actor=desk.of(Role.REVIEWER, "qian"))
    desk.move(case, "review", desk.of(Role.REVIEWER, "qian"))
    for name in ("li", "qian"):
        with pytest.raises(DeniedError, match="您在这件事里已经是"):
            desk.move(case, "approve", desk.of(Role.SECOND, name))
    desk.check()


def test_a_receipt_is_claimed_once_unless_it_was_refused(desk: Office) -> None:
    case = desk.file(desk.claim())
    for person in ("worker", "wife"):
        with pytest.raises(ConflictError, match="已经报销过，或正在报销"):
            desk.file(desk.claim(), person)
    desk.move(case, "not_accept", desk.of(Role.CLERK), basis="work_injury", reason="有认定书")
    (last,) = [step for step in desk.page(case).history if step.reason]
    assert last.reason == "应由工伤保险支付（社会保险法第三十条第一项）有认定书"
    again = desk.file(desk.claim(), "wife")
    with pytest.raises(InputError, match="请选一个依据"):
        desk.move(again, "not_accept", desk.of(Role.CLERK), reason="不行")
    desk.move(again, "withdraw", oneself("wife"))
    desk.file(desk.claim())
    desk.check()


def test_of_two_at_once_one_wins(desk: Office, together: Together) -> None:
    filed = together([lambda who=who: desk.file(desk.claim(), who) for who in ("worker", "wife")])
    assert sum(isinstance(answer, ConflictError) for answer in filed) == 1
    case = desk.reviewed(
        desk.claim(vouchers=(Voucher(number="777777", total=3_000_000, day=DAY),)), LISTED
    )
    seconds = [desk.of(Role.SECOND, name) for name in ("sun", "zhou")]
    answers = together([lambda who=who: desk.move(case, "approve", who) for who in seconds])
    assert sum(isinstance(answer, MovedOnError) for answer in answers) == 1
    assert desk.state(case) == "settled"
    desk.check()


def test_the_same_care_is_a_doubt_for_the_reviewer(desk: Office, make_visit: Build) -> None:
    visit = make_visit(
        "v1", "worker", "h1", 3_000_000, start="2026-09-01", end="2026-09-10", kind="inpatient"
    )
    desk.store.settle(visit)
    first = desk.file(desk.claim())
    second = desk.file(
        desk.claim(vouchers=(Voucher(number="999999", total=5_000, day=DAY),)), "worker"
    )
    desk.hand_in(second)
    desk.move(second, "accept", desk.of(Role.CLERK))
    hits = desk.database.read(lambda unit: last_doubts(unit, second))
    assert hits == [
        {"kind": "overlap_same", "other": "v1"},
        {"kind": "open_claim", "other": first},
    ]
    assert desk.database.read(lambda unit: last_doubts(unit, first)) is None
    desk.check()


def test_care_that_another_system_settled_is_a_doubt_too(desk: Office) -> None:
    """The same number, the same day and sum, an overlapping stay; another year is none."""

    def past(
        visit_id: str, start: str, end: str, total: int, name: str = "", kind: str = "inpatient"
    ) -> PastVisit:
        return PastVisit(
            person_id="worker",
            visit_id=visit_id,
            institution_id=None,
            institution_name=name,
            kind=kind,
            start=datetime.date.fromisoformat(start),
            end=datetime.date.fromisoformat(end),
            total=total,
            fund=0,
            account=0,
            cash=total,
            diagnosis="",
        )

    claim = desk.claim()
    name, total = claim.place.name.strip(), claim.total
    first, last = claim.start.isoformat(), claim.end.isoformat()
    visits = [
        past(claim.vouchers[0].number, "2020-01-01", "2020-01-02", 100),
        past("b-same-sum", first, last, total, name),
        past("c-overlap", first, last, total + 1, name),
        past("d-elsewhere", first, last, total, "别的医院"),
        past("e-earlier", "2025-01-01", "2025-01-05", total, name),
        past("f-clinic", first, first, 500, "别的诊所", "outpatient"),
    ]

    def keep(unit: Any) -> None:
        person = lock_person(unit, "worker")
        write_past_visits(unit, visits)
        store_person(unit, person, CLERK, "import_visits", {"visits": len(visits)})

    desk.database.write(keep, people=["worker"])
    case = desk.file(claim)
    desk.hand_in(case)
    desk.move(case, "accept", desk.of(Role.CLERK))
    hits = desk.database.read(lambda unit: last_doubts(unit, case)) or []
    assert {hit["other"]: hit["kind"] for hit in hits} == {
        claim.vouchers[0].number: "same_number",
        "b-same-sum": "same_sum",
        "c-overlap": "overlap_same",
        "d-elsewhere": "overlap_elsewhere",
    }
    desk.check()


def test_a_returned_payment_goes_to_another_account_and_a_reversal_takes_it_back(
    desk: Office,
) -> None:
    case = desk.reviewed(desk.claim(), LISTED)
    desk.move(case, "approve", desk.of(Role.SECOND))
    fund = desk.sheet(case).quote["fund"]
    desk.pay(case, Outcome.RETURNED)
    page = desk.page(case)
    assert (page.listed.state, page.history[-1].reason) == ("returned", "账号户名不符")
    who = oneself("worker")
    for payee, error in ((desk.claim().payee, ConflictError), (None, None)):
        new = payee or payee_of("王秀兰", "建设银行", "6227000012345678")
        if error is not None:
            with pytest.raises(error, match="还是退回的那个账户"):
                claims.resend_payment(
                    desk.database, desk.packs, desk.key(who), case, new, actor=who, at=AT
                )
            continue
        claims.resend_payment(desk.database, desk.packs, desk.key(who), case, new, actor=who, at=AT)
    assert desk.state(case) == "settled"
    desk.pay(case)
    assert desk.state(case) == "paid"
    answer = desk.move(case, "reverse", desk.of(Role.SECOND), reason="算错")
    assert answer["effect"] == {"fund": -fund, "to_recover": fund}
    assert desk.store.entries(claim("worker")) == fund, "the person owes it back"
    desk.file(desk.claim())  # the receipt may be claimed anew
    desk.check()


def test_what_was_not_paid_yet_is_not_paid_after_a_reversal(desk: Office) -> None:
    case = desk.reviewed(desk.claim(), LISTED)
    desk.move(case, "approve", desk.of(Role.SECOND))
    desk.move(case, "reverse", desk.of(Role.SECOND), reason="重复")
    assert desk.store.entries(claim("worker")) == 0
    with pytest.raises(ConflictError, match="没有等着"):
        desk.pay(case)
    assert desk.state(case) == "reversed"
    desk.check()


def test_of15_the_fund_pays_first_and_recovers_the_liable_share(
    database: Database, make_person: Build, make_institution: Build, tmp_path: Path
) -> None:
    with overlaid(tmp_path, OF15) as packs:
        desk = office_of(database, packs, make_person, make_institution)
        told = desk.claim(third_party=ThirdParty.UNKNOWN, liable=7_000)
        case = desk.reviewed(told, LISTED)
        desk.move(case, "approve", desk.of(Role.SECOND))
        assert desk.sheet(case).quote["fund"] == 2_212_500
        (memo,) = database.read(lambda unit: unit.run(select(claim_recovery)).all())
        assert (memo.paid, memo.liable, memo.amount, memo.is_open) == (
            2_212_500,
            7_000,
            1_548_750,
            True,
        )
        with pytest.raises(InputError, match="责任比例"):
            desk.file(desk.claim(third_party=ThirdParty.UNKNOWN))
        _collected(desk, case)
        desk.check()


def _collected(desk: Office, case: str) -> None:
    """The third party pays in two parts: the fund gets every fen of its share, and no more."""
    cashier = desk.of(Role.CASHIER)
    key = desk.key(cashier)

    def collect(amount: int, actor: Actor = cashier, **more: Any) -> Any:
        more = {"key": desk.key(actor), "day": DAY, **more}
        return claims.collect_recovery(
            desk.database, more["key"], case, amount, more["day"], actor=actor, at=AT
        )

    account = fund(desk.area, "resident", "pooled")
    before = desk.store.entries(account)
    for actor in (desk.of(Role.CLERK), desk.of(Role.SECOND), AUDITOR, oneself("worker")):
        with pytest.raises(DeniedError):
            collect(1, actor)
    with pytest.raises(ConflictError, match=r"还要追回的只有 15,487\.50 元"):
        collect(1_548_751)
    with pytest.raises(InputError, match="还没有到"):
        collect(1, day=DAY + datetime.timedelta(days=1))
    assert collect(548_750, key=key)["left"] == 1_000_000
    assert collect(548_750, key=key)["left"] == 1_000_000, "sent twice, it came once"
    with pytest.raises(ConflictError, match="不能冲正"):
        desk.move(case, "reverse", desk.of(Role.SECOND), reason="x")
    assert collect(1_000_000)["left"] == 0
    with pytest.raises(ConflictError, match=r"只有 0\.00 元"):
        collect(1)
    assert desk.store.entries(account) - before == -1_548_750
    assert desk.store.entries(bank(desk.area)) == 1_548_750


def test_a_split_sheet_leaves_the_fund_no_more_than_the_rest(desk: Office) -> None:
    with pytest.raises(InputError, match="小于票据金额"):
        desk.file(desk.claim(other_paid=3_000_000))
    case = desk.file(desk.claim(other_paid=2_900_000))
    desk.hand_in(case)
    desk.move(case, "accept", desk.of(Role.CLERK))
    desk.lines(case, LISTED)
    desk.move(case, "enter", desk.of(Role.CLERK))
    desk.accept_all(case)
    with pytest.raises(ConflictError, match=r"只剩 1,000\.00 元，基金不能付"):
        desk.move(case, "review", desk.of(Role.REVIEWER))
    desk.decide(case, DecidedLine(0, LineDecision.CUT, 100_000, "商保已付"))
    desk.move(case, "review", desk.of(Role.REVIEWER))
    assert desk.sheet(case).quote["fund"] <= 100_000
    desk.check()


def test_a_workbook_of_items_is_read_like_keyed_lines() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["市二院费用清单"],
        ["名称", "金额", "类别", "先自付", "编码", "限制"],
        ["床位费", 180, "甲"],
        ["某药片", 320.5, "乙", 10, "XJ01", "限"],
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    keyed = "床位费,180.00,甲\n某药片,320.50,乙,10,XJ01,限\n"
    assert read_lines(read_file(out.getvalue())) == read_lines(keyed)
    sheet["B3"] = "很多"
    out = io.BytesIO()
    book.save(out)
    with pytest.raises(InputError, match="第 3 行"):
        read_lines(read_file(out.getvalue()))


def test_several_receipts_come_in_one_form(packs: PolicyLibrary) -> None:
    values: dict[str, Any] = dict.fromkeys(field.name for field in claim_fields(packs))
    values |= {
        "care": "inpatient", "reason": "fault_of_system", "institution": "h1",
        "institution_name": "市二院", "start": DAY, "end": DAY, "number": "00012345",
        "issued": DAY, "total": 100, "third_party": "none", "holder": "王秀兰",
        "bank": "工商银行", "account": "6217000012345678",
        "more_receipts": "14060226,00012346,2026-09-10,20.50\n\n,00012347,2026-09-10,1",
    }  # fmt: skip
    assert [voucher.total for voucher in claim_of(values, packs).vouchers] == [100, 2_050, 100]
    with pytest.raises(InputError, match="第 1 张"):
        claim_of({**values, "more_receipts": "14060226,00012346,20.50"}, packs)


def test_limits_and_signatures_come_from_the_pack(
    database: Database, make_person: Build, make_institution: Build, tmp_path: Path
) -> None:
    text = """
  manual_claim.filing_last_day: {values: {2020-01-01: {value: 331}}}
  manual_claim.promised_days: {values: {2020-01-01: {value: 20}}}
  manual_claim.signed_above: {values: {2020-01-01: {value: 5000}}}
"""
    with overlaid(tmp_path, text) as packs:
        desk = office_of(database, packs, make_person, make_institution)
        old = desk.file(
            desk.claim(
                start=datetime.date(2025, 3, 1),
                end=datetime.date(2025, 3, 9),
                vouchers=(Voucher(number="11111", total=5_000, day=DAY),),
            )
        )
        desk.hand_in(old)
        with pytest.raises(RefusedError, match="申请期限到 2026-03-31 为止"):
            desk.move(old, "accept", desk.of(Role.CLERK))
        desk.move(old, "not_accept", desk.of(Role.CLERK), basis="past_limit", reason="过期")
        case = desk.reviewed(desk.claim(), LISTED)
        assert desk.move(case, "approve", desk.of(Role.SECOND))["state"] == "signing"
        assert desk.page(case).listed.deadline.day == datetime.date(2026, 10, 29)
        desk.move(case, "not_sign", desk.of(Role.HEAD), reason="再看看")
        desk.move(case, "approve", desk.of(Role.SECOND))
        assert desk.move(case, "sign", desk.of(Role.HEAD))["state"] == "settled"
        desk.check()


def test_an_unknown_hospital_a_pick_that_is_remembered_and_nothing_to_pay(
    desk: Office,
) -> None:
    far = CarePlace(name="外地人民医院", area="110000", grade=HospitalGrade("3A"))
    line = ClaimLine(name="阿莫西林胶囊", amount=3_000_000, item_class=ItemClass.A)
    case = desk.reviewed(desk.claim(place=far, reason="sudden_illness_away"), line)
    assert desk.sheet(case).quote["fund"] > 0
    other = desk.claim(
        place=far,
        start=datetime.date(2026, 8, 1),
        end=datetime.date(2026, 8, 2),
        vouchers=(Voucher(number="22222", total=1_000, day=DAY),),
    )
    second = desk.file(other)
    desk.hand_in(second)
    desk.move(second, "accept", desk.of(Role.CLERK))
    desk.lines(second, ClaimLine(name=" 阿莫西林胶囊 ", amount=1_000))
    assert desk.sheet(second).lines[0].item_class is ItemClass.A
    desk.move(second, "enter", desk.of(Role.CLERK))
    desk.accept_all(second)
    desk.move(second, "review", desk.of(Role.REVIEWER))
    assert desk.move(second, "approve", desk.of(Role.SECOND))["state"] == "closed"
    rows = desk.database.read(lambda unit: unit.run(select(settlement.c.fund)).all())
    assert [row.fund for row in rows] == [0]
    desk.check()


def test_the_clock_stops_while_papers_are_missing(desk: Office) -> None:
    case = desk.file(desk.claim())
    desk.hand_in(case)
    desk.move(case, "accept", desk.of(Role.CLERK))
    later = AT + datetime.timedelta(days=4)  # the 29th: two working days are used
    desk.move(case, "ask", desk.of(Role.REVIEWER), reason="补病历", at=later)
    assert desk.page(case).listed.deadline.day is None
    back = AT + datetime.timedelta(days=20)
    desk.move(case, "supplement", oneself("worker"), at=back)
    accepted = desk.move(case, "accept", desk.of(Role.CLERK), at=back)
    assert accepted["due_on"] == "2026-11-25"
    amended = desk.claim(total=10_000)
    with pytest.raises(ConflictError):
        claims.amend_claim(
            desk.database, desk.key(oneself("worker")), case, amended,
            actor=oneself("worker"), at=back,
        )  # fmt: skip
    clerk = desk.of(Role.CLERK)
    claims.amend_claim(desk.database, desk.key(clerk), case, amended, actor=clerk, at=back)
    assert desk.page(case).data.total == 10_000
    desk.check()


def test_only_whoever_takes_in_files_a_claim(desk: Office) -> None:
    """The person and the clerk may; no other post, no employer, no clerk of elsewhere."""
    others = [desk.of(role) for role in POSTS if role is not Role.CLERK]
    others += [
        Actor("away", Role.CLERK, agency_id="other", area="110000"),
        Actor("hr", Role.EMPLOYER, employer_id="91140100MA0K1YX082"),
        Actor("h1", Role.INSTITUTION, institution_id="h1"),
        AUDITOR,
        oneself("wife"),
    ]
    for actor in others:
        with pytest.raises(DeniedError):
            desk.file(desk.claim(), actor=actor)
    day = datetime.date(2026, 9, 25)
    assert reading.cases_of(desk.database, CLERK, "worker", day) == []
    assert desk.file(desk.claim(), actor=desk.of(Role.CLERK))
    desk.check()
