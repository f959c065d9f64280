"""我要查: insurance, contributions, account, visits, what was used, who looked."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from yibao.access.permissions import Role
from yibao.access.trail import read_record
from yibao.benefit.billing import bill_for_period
from yibao.benefit.facts import Person
from yibao.benefit.people import month_end
from yibao.crossing.drugs import drug_qualifications
from yibao.crossing.operations import OUT_OF_AREA, standing_filings
from yibao.errors import YibaoError
from yibao.inquiry.words import FILING, KIND, RELATION, SCHEME, SEX, STATUS
from yibao.insured.enrolment.cover import REASONS, cover_intervals
from yibao.insured.payments.channels import channel_names
from yibao.insured.people.finding import full_numbers
from yibao.messages import Text, message, message_in
from yibao.policy.kinds import Scheme, VisitKind
from yibao.portal.own.blocks import Card, Link, Sheet, figure, leading, plain
from yibao.portal.own.frame import WHOSE, OwnCall
from yibao.portal.own.reading import CHINA, HOME, asked_page, next_page, read_own, whose, yuan
from yibao.portal.own.words import (
    NO_ROWS,
    OPERATIONS,
    ORDER_STATUS,
    day_of,
    days,
    disease_names,
    period_text,
)
from yibao.record import insurance, used
from yibao.record.paging import Asked
from yibao.record.trail import TrailRow, trail_rows

SHOWN_SECONDS = "30"
_MOST_EVENTS = 50


_ENTITLED = {True: message("享受"), False: message("不享受"), None: message("没有来源")}


def to_do(call: OwnCall) -> Response:
    """我要办: what can be done, each with what it is for."""
    title = message("我要办")
    return call.page(
        "own/overview.html", title, {"sheet": Sheet(title, back=HOME), "shown": ("/own/do",)}
    )


def insured(call: OwnCall) -> Response:
    """参保信息."""
    secrets = call.database.secrets
    registration = read_own(
        call, "read_person", lambda unit: insurance.insurance(unit, secrets, call.whose, call.today)
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
        message("显示完整姓名和号码（30 秒）"),
        "/own/insurance",
        post=True,
        fields=[(WHOSE, call.whose)],
    )
    blocks = [
        Card(
            message("登记"),
            facts=[
                (message("姓名"), name),
                *((message("证件号码"), number) for _, number in numbers),
                (message("性别"), SEX.get(registration.sex, registration.sex)),
                (message_in("records", "出生日期"), registration.birth.isoformat()),
                (message("参保地"), _place(call, registration.area)),
            ],
            links=[] if shown else [reveal],
        ),
        Card(
            message_in("records", "参保"),
            columns=[
                message("险种"),
                message("身份"),
                message_in("records", "参保地"),
                message("起止"),
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
            empty=message("还没有参保"),
            links=[
                Link(message("参保登记"), call.address("/own/enrol")),
                Link(message("参保凭证（PDF）"), call.address("/own/cover.pdf")),
            ],
        ),
        Card(
            message("待遇"),
            columns=[message("起止"), message("待遇"), message("原因")],
            rows=[
                [
                    plain(days(interval.start, interval.end)),
                    plain(_ENTITLED[interval.entitled]),
                    plain(REASONS.get(interval.reason, "")),
                ]
                for interval in reversed(cover[-12:])
            ],
            empty=NO_ROWS,
            onward=Link(message("参保登记"), call.address("/own/enrol")),
        ),
        Card(
            message("亲属关系"),
            columns=[message("亲属"), message("关系"), message("起止")],
            rows=[
                [
                    plain(relative.name or message("亲属")),
                    plain(RELATION.get(relative.relation, relative.relation)),
                    plain(days(relative.start, relative.end)),
                ]
                for relative in registration.relatives
            ],
            empty=message("没有登记亲属关系；带证明到经办窗口登记"),
            onward=Link(message("办事指南"), "/guides"),
        ),
    ]
    sheet = Sheet(
        message("参保信息"), blocks=blocks, back=HOME, whose=whose(call, "/own/insurance")
    )
    response = call.show(sheet)
    if shown:
        response.headers["Refresh"] = f"{SHOWN_SECONDS}; url={call.address('/own/insurance')}"
    return response


def _place(call: OwnCall, area: str) -> str:
    covering = call.counter.packs.covering(area)
    return call.say(covering.name) if covering is not None else area


@dataclass(frozen=True, slots=True)
class _MonthParts:
    """What a month cost whom by the rules of that month, in fen; None: not known."""

    base: int | None = None
    individual: int | None = None
    employer: int | None = None


def _parts_of(call: OwnCall, facts: Person, contribution: insurance.Contribution) -> _MonthParts:
    """Base and parts of a paid month; a year of residents has neither."""
    paid = _MonthParts(contribution.base, contribution.amount)
    if contribution.scheme != Scheme.EMPLOYEE or contribution.base is None:
        return paid
    day = contribution.paid_on or month_end(contribution.period)
    try:
        bill = bill_for_period(
            call.counter.packs, facts, day, month=contribution.period, base=contribution.base
        )
    except YibaoError:  # the rules of that month lack a figure
        return paid
    individual = bill.due if contribution.amount is None else contribution.amount
    return _MonthParts(contribution.base, individual, bill.employer or None)


def contributions(call: OwnCall) -> Response:
    """缴费记录 and orders."""
    listing = "contributions"
    page = read_own(
        call,
        "read_contributions",
        lambda unit: insurance.contributions(unit, call.whose, asked_page(call, listing)),
    )
    facts, _ = read_own(call, "read_contributions", lambda unit: used.held_state(unit, call.whose))
    parts = [_parts_of(call, facts, contribution) for contribution in page.rows]
    channels = channel_names()
    orders = read_own(
        call, "read_contributions", lambda unit: insurance.orders(unit, call.whose, Asked())
    )
    rows = [
        [
            plain(period_text(contribution.scheme, contribution.period)),
            plain(SCHEME.get(contribution.scheme, contribution.scheme)),
            figure(yuan(part.base)),
            figure(yuan(part.individual)),
            figure(yuan(part.employer)),
            plain(day_of(contribution.paid_on)),
            plain(
                message("个人账户")
                if contribution.from_account
                else channels.get(contribution.channel or "", "—")
            ),
            leading(message("收据"), call.address(f"/own/receipts/{contribution.order}.pdf"))
            if contribution.receipt and contribution.order
            else plain("—"),
        ]
        for contribution, part in zip(page.rows, parts, strict=True)
    ]
    blocks = [
        Card(
            message("缴费记录"),
            lead=message("职工的个人、单位部分按那个月的规定和基数算；横线是这里没有记下。"),
            columns=[
                message("所属期"),
                message("险种"),
                message("缴费基数"),
                message("个人缴"),
                message("单位缴"),
                message_in("records", "缴费日"),
                message("渠道"),
                message("收据"),
            ],
            rows=rows,
            empty=message("没有缴费记录"),
            next_page=next_page(call, listing, "/own/contributions", page),
            links=[Link(message("去缴费"), call.address("/own/pay"), second=False)],
        ),
        Card(
            message("缴费订单"),
            columns=[message("订单"), message("金额"), message("状态")],
            rows=[
                [
                    leading(
                        order.created_at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M"),
                        call.address(f"/own/orders/{order.order}"),
                    ),
                    figure(yuan(order.amount)),
                    plain(ORDER_STATUS[order.status]),
                ]
                for order in orders.rows
            ],
            empty=message("没有订单"),
            onward=Link(message("去缴费"), call.address("/own/pay")),
        ),
    ]
    title = message("缴费记录")
    return call.show(
        Sheet(title, blocks=blocks, back=HOME, whose=whose(call, "/own/contributions"))
    )


def filings(call: OwnCall) -> Response:
    """备案: away from home, and listed diseases."""
    rows = read_own(call, "read_person", lambda unit: standing_filings(unit, call.whose))
    drugs = read_own(call, "read_person", lambda unit: drug_qualifications(unit, call.whose))
    diseases = disease_names(call.counter.packs)
    block = Card(
        message_in("records", "备案"),
        columns=[message("种类"), message("地点或病种"), message("起止"), message("办理")],
        rows=[
            [
                plain(FILING.get(filing.kind, KIND[VisitKind.CHRONIC])),
                plain(
                    diseases.get(filing.disease, filing.disease)
                    if filing.disease
                    else _place(call, filing.care_area or "")
                ),
                plain(days(filing.start, filing.end)),
                leading(message("变更、取消"), call.address(f"/own/filings/{filing_id}"))
                if filing.kind in OUT_OF_AREA and (filing.end is None or filing.end >= call.today)
                else plain("—"),
            ]
            for filing_id, filing in rows.items()
        ]
        + [
            [
                plain(message("双通道药品资格")),
                plain(message("{drug}（{disease}）", drug=row.medicine, disease=row.disease)),
                plain(days(row.start, row.end)),
                leading(message("续办"), call.address("/own/drug")) if row.end else plain("—"),
            ]
            for row in drugs
        ],
        empty=message("没有备案"),
        links=[
            Link(message("异地就医备案"), call.address("/own/filing")),
            Link(message("慢特病认定"), call.address("/own/chronic")),
            Link(message("申请双通道药品资格"), call.address("/own/drug")),
        ],
    )
    return call.show(
        Sheet(block.title, blocks=[block], back=HOME, whose=whose(call, "/own/filings"))
    )


def _who(row: TrailRow) -> Text:
    """Who did it, by what people know: a name, or the post."""
    if row.is_self:
        return message("本人")
    if row.role is None:
        return message("系统")
    if not row.name:
        return row.role.wording
    if row.role is Role.INSURED:
        return message("亲属 {name}", name=row.name)
    return row.name


def trail(call: OwnCall) -> Response:
    """Who looked at one's records, and what was changed: the latest events."""
    secrets = call.database.secrets
    rows = read_record(
        call.database,
        call.actor,
        "read_trail",
        call.me,
        lambda unit: trail_rows(unit, secrets, call.me, _MOST_EVENTS),
    )
    block = Card(
        message("谁看过、改过我的资料"),
        lead=message("最近 50 条，逐条相扣，改不了、删不掉。"),
        columns=[message("时间"), message("谁"), message("做了什么")],
        rows=[
            [
                plain(row.at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")),
                plain(_who(row)),
                plain(OPERATIONS.get(row.operation, message("办理业务"))),
            ]
            for row in rows
        ],
        empty=NO_ROWS,
        onward=HOME,
    )
    return call.show(Sheet(block.title, blocks=[block], back=HOME))
