"""我要查: insurance, contributions, account, visits, what was used, who looked."""

from __future__ import annotations

from starlette.responses import Response

from yibao.access.trail import latest_events, read_record, utc
from yibao.benefit.facts import Person
from yibao.crossing.operations import filings_as_rows
from yibao.inquiry.words import FILING, RELATION, SCHEME, SEX, STATUS
from yibao.insured.cover import REASONS, CoverInterval, cover_intervals
from yibao.insured.finding import full_numbers
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import WHOSE, OwnCall
from yibao.portal.own.reading import CHINA, HOME, asked_page, next_page, read_own, whose, yuan
from yibao.portal.own.visits import VISIT_COLUMNS, visit_row
from yibao.portal.own.words import (
    NO_ROWS,
    OPERATIONS,
    ORDER_STATUS,
    day_of,
    days,
    disease_names,
    period_text,
)
from yibao.record import account as accounts
from yibao.record import care, insurance, used
from yibao.record.paging import Asked

SHOWN_SECONDS = "30"
_MOST_EVENTS = 50


def overview(call: OwnCall) -> Response:
    """我的医保: cover today, the account, the latest visits."""
    secrets = call.database.secrets
    registration = read_own(
        call,
        "read_person",
        lambda unit: insurance.insurance(unit, secrets, call.whose, call.today),
    )
    balance = read_own(call, "read_account", lambda unit: accounts.balance(unit, call.whose))
    visits = read_own(
        call, "read_settlement", lambda unit: care.settlements(unit, call.whose, Asked(None, 5))
    )
    facts, _ = read_own(call, "read_person", lambda unit: used.held_state(unit, call.whose))
    cover = _cover_on(call, facts)
    entitled = cover is not None and cover.entitled is True
    blocks = [
        Block(
            Words("现在", "Now"),
            facts=[
                (Words("姓名", "Name"), insurance.masked_name(registration.name) or call.whose),
                (
                    Words("险种", "Scheme"),
                    SCHEME.get(cover.scheme, "") if cover else call.say(Words("没有", "None")),
                ),
                (Words("个人账户", "Account"), yuan(balance)),
            ],
        ),
        Block(
            Words("最近就医", "Latest visits"),
            columns=VISIT_COLUMNS,
            rows=[visit_row(call, settlement) for settlement in visits.rows],
            empty=NO_ROWS,
            links=[
                Link(Words("全部就医记录", "All visits"), call.address("/own/visits")),
            ],
        ),
    ]
    say = Words("今天可以享受医保待遇", "You are covered today")
    if not entitled:
        say = Words("今天还不能享受医保待遇", "You are not covered today")
    return call.page(
        "own/overview.html",
        Words("我的医保", "My insurance"),
        {
            "sheet": Sheet(
                Words("我的医保", "My insurance"),
                call.say(say),
                REASONS.get(cover.reason, "") if cover else "",
                blocks,
                good=entitled,
                whose=whose(call, "/own"),
            ),
            "shown": ("/own", "/own/do"),
        },
    )


def to_do(call: OwnCall) -> Response:
    """我要办: what can be done, each with what it is for."""
    title = Words("我要办", "Do")
    return call.page(
        "own/overview.html", title, {"sheet": Sheet(title, back=HOME), "shown": ("/own/do",)}
    )


def _cover_on(call: OwnCall, facts: Person) -> CoverInterval | None:
    """Today's cover as the record gives it now."""
    intervals = cover_intervals(call.counter.packs, facts)
    return next((interval for interval in intervals if interval.holds_on(call.today)), None)


def insured(call: OwnCall) -> Response:
    """参保信息."""
    secrets = call.database.secrets
    registration = read_own(
        call,
        "read_person",
        lambda unit: insurance.insurance(unit, secrets, call.whose, call.today),
    )
    facts, _ = read_own(call, "read_person", lambda unit: used.held_state(unit, call.whose))
    cover = cover_intervals(call.counter.packs, facts)
    shown = call.request.method == "POST"
    numbers = [
        (certificate.certificate, certificate.number) for certificate in registration.certificates
    ]
    name = insurance.masked_name(registration.name)
    if shown:
        numbers = read_own(
            call, "read_person", lambda unit: full_numbers(unit, secrets, call.whose)
        )
        name = registration.name
    reveal = Link(
        Words("显示完整姓名和号码（30 秒）", "Show in full for 30 seconds"),
        "/own/insurance",
        post=True,
        fields=[(WHOSE, call.whose)],
    )
    blocks = [
        Block(
            Words("登记", "Registration"),
            facts=[
                (Words("姓名", "Name"), name),
                *((Words("证件号码", "Certificate"), number) for _, number in numbers),
                (Words("性别", "Sex"), SEX.get(registration.sex, registration.sex)),
                (Words("出生日期", "Birth"), registration.birth.isoformat()),
                (Words("参保地", "Insured in"), _place(call, registration.area)),
            ],
            links=[] if shown else [reveal],
        ),
        Block(
            Words("参保", "Enrolments"),
            columns=[
                Words("险种", "Scheme"),
                Words("身份", "Status"),
                Words("参保地", "Area"),
                Words("起止", "Days"),
            ],
            rows=[
                [
                    plain(SCHEME.get(enrolment.scheme, enrolment.scheme)),
                    plain(STATUS.get(enrolment.status or "", "—")),
                    plain(_place(call, enrolment.area)),
                    plain(days(enrolment.start, enrolment.end)),
                ]
                for enrolment in registration.enrolments
            ],
            empty=Words("还没有参保", "Not enrolled"),
            links=[Link(Words("参保登记", "Enrol"), call.address("/own/enrol"))],
        ),
        Block(
            Words("待遇", "Cover"),
            columns=[Words("起止", "Days"), Words("待遇", "Cover"), Words("原因", "Why")],
            rows=[
                [
                    plain(days(interval.start, interval.end)),
                    plain({True: "享受", False: "不享受", None: "没有来源"}[interval.entitled]),
                    plain(REASONS.get(interval.reason, "")),
                ]
                for interval in reversed(cover[-12:])
            ],
            empty=NO_ROWS,
        ),
        Block(
            Words("亲属关系", "Relatives"),
            columns=[Words("亲属", "Relative"), Words("关系", "Relation"), Words("起止", "Days")],
            rows=[
                [
                    plain(relative.name or relative.person),
                    plain(RELATION.get(relative.relation, relative.relation)),
                    plain(days(relative.start, relative.end)),
                ]
                for relative in registration.relatives
            ],
            empty=Words("没有登记亲属关系；带证明到经办窗口登记", "None on record"),
        ),
    ]
    sheet = Sheet(
        Words("参保信息", "Insurance"),
        blocks=blocks,
        back=HOME,
        whose=whose(call, "/own/insurance"),
    )
    response = call.show(sheet)
    if shown:
        response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={call.address('/own/insurance')}"
    return response


def _place(call: OwnCall, area: str) -> str:
    covering = call.counter.packs.covering(area)
    return call.say(covering.name) if covering is not None else area


def contributions(call: OwnCall) -> Response:
    """缴费记录 and orders."""
    listing = "contributions"
    page = read_own(
        call,
        "read_contributions",
        lambda unit: insurance.contributions(unit, call.whose, asked_page(call, listing)),
    )
    orders = read_own(
        call,
        "read_contributions",
        lambda unit: insurance.orders(unit, call.whose, Asked()),
    )
    rows = [
        [
            plain(period_text(contribution.scheme, contribution.period)),
            plain(SCHEME.get(contribution.scheme, contribution.scheme)),
            figure(yuan(contribution.amount)),
            plain(day_of(contribution.paid_on)),
            leading(
                call.say(Words("收据", "Receipt")),
                call.address(f"/own/receipts/{contribution.order}.pdf"),
            )
            if contribution.receipt and contribution.order
            else plain("—"),
        ]
        for contribution in page.rows
    ]
    blocks = [
        Block(
            Words("缴费记录", "Contributions"),
            columns=[
                Words("所属期", "Period"),
                Words("险种", "Scheme"),
                Words("金额", "Amount"),
                Words("缴费日", "Paid on"),
                Words("收据", "Receipt"),
            ],
            rows=rows,
            empty=Words("没有缴费记录", "Nothing paid"),
            next_page=next_page(call, listing, "/own/contributions", page),
            links=[Link(Words("去缴费", "Pay"), call.address("/own/pay"), second=False)],
        ),
        Block(
            Words("缴费订单", "Orders"),
            columns=[
                Words("订单", "Order"),
                Words("金额", "Amount"),
                Words("状态", "Status"),
            ],
            rows=[
                [
                    leading(
                        order.created_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
                        call.address(f"/own/orders/{order.order}"),
                    ),
                    figure(yuan(order.amount)),
                    plain(call.say(ORDER_STATUS.get(order.status, Words(order.status)))),
                ]
                for order in orders.rows
            ],
            empty=Words("没有订单", "No orders"),
        ),
    ]
    title = Words("缴费记录", "Contributions")
    return call.show(
        Sheet(title, blocks=blocks, back=HOME, whose=whose(call, "/own/contributions"))
    )


def filings(call: OwnCall) -> Response:
    """备案: away from home, and listed diseases."""
    rows = read_own(call, "read_person", lambda unit: filings_as_rows(unit, call.whose))
    diseases = disease_names(call.counter.packs)
    block = Block(
        Words("备案", "Filings"),
        columns=[
            Words("种类", "Kind"),
            Words("地点或病种", "Place or disease"),
            Words("起止", "Days"),
        ],
        rows=[
            [
                plain(FILING.get(filing.kind, "门诊慢特病")),
                plain(
                    diseases.get(filing.disease, filing.disease)
                    if filing.disease
                    else _place(call, filing.care_area or "")
                ),
                plain(days(filing.start, filing.end)),
            ]
            for filing in rows
        ],
        empty=Words("没有备案", "No filings"),
        links=[
            Link(Words("异地就医备案", "File for care elsewhere"), call.address("/own/filing")),
            Link(Words("慢特病认定", "Listed disease"), call.address("/own/chronic")),
        ],
    )
    return call.show(
        Sheet(block.title, blocks=[block], back=HOME, whose=whose(call, "/own/filings"))
    )


def trail(call: OwnCall) -> Response:
    """Who looked at one's records, and what was changed: the latest events."""
    rows = read_record(
        call.database,
        call.actor,
        "read_trail",
        call.me,
        lambda unit: latest_events(unit, call.me, _MOST_EVENTS),
    )
    block = Block(
        Words("谁看过、改过我的资料", "Who saw or changed my records"),
        lead=Words(
            "最近 50 条，逐条相扣，改不了、删不掉。", "The last 50; a chain that cannot be altered."
        ),
        columns=[Words("时间", "When"), Words("谁", "Who"), Words("做了什么", "What")],
        rows=[
            [
                plain(utc(row.at).astimezone(CHINA).strftime("%Y-%m-%d %H:%M")),
                plain(
                    call.say(Words("本人", "Myself"))
                    if row.actor in (call.me, call.actor.id)
                    else row.actor
                ),
                plain(call.say(OPERATIONS.get(row.operation, Words(row.operation)))),
            ]
            for row in rows
        ],
        empty=NO_ROWS,
    )
    return call.show(Sheet(block.title, blocks=[block], back=HOME))
