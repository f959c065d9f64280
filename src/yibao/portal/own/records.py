"""我要查: insurance, contributions, account, visits, what was used, who looked."""

from __future__ import annotations

from sqlalchemy import select
from starlette.responses import Response

from yibao.access.tables import event
from yibao.access.trail import read_record, utc
from yibao.benefit.facts import Person
from yibao.crossing.operations import filings_as_rows
from yibao.inquiry.words import FILING, RELATION, SCHEME, SEX, STATUS
from yibao.insured.cover import REASONS, CoverInterval, cover_intervals
from yibao.insured.finding import full_numbers
from yibao.policy.model import Words
from yibao.portal.own.blocks import Block, Link, Told, figure, leading, plain
from yibao.portal.own.frame import WHOSE, Visit
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


def overview(visit: Visit) -> Response:
    """我的医保: cover today, the account, the latest visits."""
    secrets = visit.database.secrets
    known = read_own(
        visit,
        "read_person",
        lambda unit: insurance.insurance(unit, secrets, visit.whose, visit.today),
    )
    balance = read_own(visit, "read_account", lambda unit: accounts.balance(unit, visit.whose))
    visits = read_own(
        visit, "read_settlement", lambda unit: care.settlements(unit, visit.whose, Asked(None, 5))
    )
    facts, _ = read_own(visit, "read_person", lambda unit: used.held_state(unit, visit.whose))
    cover = _cover_on(visit, facts)
    entitled = cover is not None and cover.entitled is True
    blocks = [
        Block(
            Words("现在", "Now"),
            facts=[
                (Words("姓名", "Name"), insurance.masked_name(known.name) or visit.whose),
                (
                    Words("险种", "Scheme"),
                    SCHEME.get(cover.scheme, "") if cover else visit.say(Words("没有", "None")),
                ),
                (Words("个人账户", "Account"), yuan(balance)),
            ],
        ),
        Block(
            Words("最近就医", "Latest visits"),
            columns=VISIT_COLUMNS,
            rows=[visit_row(visit, one) for one in visits.rows],
            empty=NO_ROWS,
            links=[
                Link(Words("全部就医记录", "All visits"), visit.address("/own/visits")),
            ],
        ),
    ]
    say = Words("今天可以享受医保待遇", "You are covered today")
    if not entitled:
        say = Words("今天还不能享受医保待遇", "You are not covered today")
    return visit.page(
        "own/overview.html",
        Words("我的医保", "My insurance"),
        {
            "told": Told(
                Words("我的医保", "My insurance"),
                visit.say(say),
                REASONS.get(cover.reason, "") if cover else "",
                blocks,
                good=entitled,
                whose=whose(visit, "/own"),
            ),
            "shown": ("/own", "/own/do"),
        },
    )


def to_do(visit: Visit) -> Response:
    """我要办: what can be done, each with what it is for."""
    title = Words("我要办", "Do")
    return visit.page(
        "own/overview.html", title, {"told": Told(title, back=HOME), "shown": ("/own/do",)}
    )


def _cover_on(visit: Visit, facts: Person) -> CoverInterval | None:
    """Today's cover as the record gives it now."""
    found = cover_intervals(visit.counter.packs, facts)
    return next((one for one in found if one.holds_on(visit.today)), None)


def insured(visit: Visit) -> Response:
    """参保信息."""
    secrets = visit.database.secrets
    known = read_own(
        visit,
        "read_person",
        lambda unit: insurance.insurance(unit, secrets, visit.whose, visit.today),
    )
    facts, _ = read_own(visit, "read_person", lambda unit: used.held_state(unit, visit.whose))
    cover = cover_intervals(visit.counter.packs, facts)
    shown = visit.request.method == "POST"
    numbers = [(one.certificate, one.number) for one in known.certificates]
    name = insurance.masked_name(known.name)
    if shown:
        numbers = read_own(
            visit, "read_person", lambda unit: full_numbers(unit, secrets, visit.whose)
        )
        name = known.name
    reveal = Link(
        Words("显示完整姓名和号码（30 秒）", "Show in full for 30 seconds"),
        "/own/insurance",
        post=True,
        fields=[(WHOSE, visit.whose)],
    )
    blocks = [
        Block(
            Words("登记", "Registration"),
            facts=[
                (Words("姓名", "Name"), name),
                *((Words("证件号码", "Certificate"), number) for _, number in numbers),
                (Words("性别", "Sex"), SEX.get(known.sex, known.sex)),
                (Words("出生日期", "Birth"), known.birth.isoformat()),
                (Words("参保地", "Insured in"), _place(visit, known.area)),
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
                    plain(SCHEME.get(one.scheme, one.scheme)),
                    plain(STATUS.get(one.status or "", "—")),
                    plain(_place(visit, one.area)),
                    plain(days(one.start, one.end)),
                ]
                for one in known.enrolments
            ],
            empty=Words("还没有参保", "Not enrolled"),
            links=[Link(Words("参保登记", "Enrol"), visit.address("/own/enrol"))],
        ),
        Block(
            Words("待遇", "Cover"),
            columns=[Words("起止", "Days"), Words("待遇", "Cover"), Words("原因", "Why")],
            rows=[
                [
                    plain(days(one.start, one.end)),
                    plain({True: "享受", False: "不享受", None: "没有来源"}[one.entitled]),
                    plain(REASONS.get(one.reason, "")),
                ]
                for one in reversed(cover[-12:])
            ],
            empty=NO_ROWS,
        ),
        Block(
            Words("亲属关系", "Relatives"),
            columns=[Words("亲属", "Relative"), Words("关系", "Relation"), Words("起止", "Days")],
            rows=[
                [
                    plain(one.name or one.person),
                    plain(RELATION.get(one.relation, one.relation)),
                    plain(days(one.start, one.end)),
                ]
                for one in known.relatives
            ],
            empty=Words("没有登记亲属关系；带证明到经办窗口登记", "None on record"),
        ),
    ]
    told = Told(
        Words("参保信息", "Insurance"),
        blocks=blocks,
        back=HOME,
        whose=whose(visit, "/own/insurance"),
    )
    response = visit.show(told)
    if shown:
        response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={visit.address('/own/insurance')}"
    return response


def _place(visit: Visit, area: str) -> str:
    covering = visit.counter.packs.covering(area)
    return visit.say(covering.name) if covering is not None else area


def contributions(visit: Visit) -> Response:
    """缴费记录 and orders."""
    listing = "contributions"
    page = read_own(
        visit,
        "read_contributions",
        lambda unit: insurance.contributions(unit, visit.whose, asked_page(visit, listing)),
    )
    orders = read_own(
        visit,
        "read_contributions",
        lambda unit: insurance.orders(unit, visit.whose, Asked()),
    )
    rows = [
        [
            plain(period_text(one.scheme, one.period)),
            plain(SCHEME.get(one.scheme, one.scheme)),
            figure(yuan(one.amount)),
            plain(day_of(one.paid_on)),
            leading(
                visit.say(Words("收据", "Receipt")),
                visit.address(f"/own/receipts/{one.order}.pdf"),
            )
            if one.receipt and one.order
            else plain("—"),
        ]
        for one in page.rows
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
            next_page=next_page(visit, listing, "/own/contributions", page),
            links=[Link(Words("去缴费", "Pay"), visit.address("/own/pay"), second=False)],
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
                        one.created_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
                        visit.address(f"/own/orders/{one.order}"),
                    ),
                    figure(yuan(one.amount)),
                    plain(visit.say(ORDER_STATUS.get(one.status, Words(one.status)))),
                ]
                for one in orders.rows
            ],
            empty=Words("没有订单", "No orders"),
        ),
    ]
    title = Words("缴费记录", "Contributions")
    return visit.show(
        Told(title, blocks=blocks, back=HOME, whose=whose(visit, "/own/contributions"))
    )


def filings(visit: Visit) -> Response:
    """备案: away from home, and listed diseases."""
    found = read_own(visit, "read_person", lambda unit: filings_as_rows(unit, visit.whose))
    diseases = disease_names(visit.counter.packs)
    block = Block(
        Words("备案", "Filings"),
        columns=[
            Words("种类", "Kind"),
            Words("地点或病种", "Place or disease"),
            Words("起止", "Days"),
        ],
        rows=[
            [
                plain(FILING.get(one.kind, "门诊慢特病")),
                plain(
                    diseases.get(one.disease, one.disease)
                    if one.disease
                    else _place(visit, one.care_area or "")
                ),
                plain(days(one.start, one.end)),
            ]
            for one in found
        ],
        empty=Words("没有备案", "No filings"),
        links=[
            Link(Words("异地就医备案", "File for care elsewhere"), visit.address("/own/filing")),
            Link(Words("慢特病认定", "Listed disease"), visit.address("/own/chronic")),
        ],
    )
    return visit.show(
        Told(block.title, blocks=[block], back=HOME, whose=whose(visit, "/own/filings"))
    )


def trail(visit: Visit) -> Response:
    """Who looked at one's records, and what was changed: the latest events."""
    query = (
        select(event.c.sequence, event.c.at, event.c.actor, event.c.operation)
        .where(event.c.person_id == visit.me)
        .order_by(event.c.sequence.desc())
        .limit(50)
    )
    rows = read_record(
        visit.database, visit.actor, "read_trail", visit.me, lambda unit: unit.run(query).all()
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
                    visit.say(Words("本人", "Myself"))
                    if row.actor in (visit.me, visit.actor.id)
                    else row.actor
                ),
                plain(visit.say(OPERATIONS.get(row.operation, Words(row.operation)))),
            ]
            for row in rows
        ],
        empty=NO_ROWS,
    )
    return visit.show(Told(block.title, blocks=[block], back=HOME))
