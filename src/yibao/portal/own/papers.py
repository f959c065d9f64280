"""Papers of one's own: signed by this service, and checked at an address printed on them.

The signature is Ed25519 over what the paper states; its key follows from the store's own
key, so that every process of a service signs alike and no key lies in the tree.
"""

from __future__ import annotations

import base64
import binascii
import io
from urllib.parse import quote

import segno
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yibao.access.trail import read_record
from yibao.api.observe import routed
from yibao.database.secrets import Secrets
from yibao.database.unit import Unit
from yibao.errors import InputError, NotFoundError
from yibao.inquiry.sentences import BILL_LINES
from yibao.inquiry.words import SCHEME
from yibao.insured.payments.bills import StoredBill, read_bill
from yibao.insured.payments.channels import channel_names
from yibao.insured.payments.orders import Order, read_order
from yibao.insured.payments.receipts import verify_receipt
from yibao.messages import Listed, Text, Wording, message, message_in
from yibao.money.text import format_yuan
from yibao.papers import Paper, Row, Section, render
from yibao.portal.calls import Counter, SignedInCall
from yibao.portal.own.blocks import Card, Sheet
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.words import period_text
from yibao.portal.security import fields_of
from yibao.record import insurance

RECEIPT, STATEMENT, COVER, TRANSFER = "R", "S", "C", "T"


def issuer(call: OwnCall) -> Text:
    """Who issues a paper; a sandbox says that it is one."""
    name = message("yibao 医保明白账")
    return message("{issuer}（沙箱）", issuer=name) if call.database.is_sandbox() else name


def notes(call: OwnCall) -> tuple[Text, ...]:
    """What stands below a paper."""
    if call.database.is_sandbox():
        return (message("沙箱出具，仅供参考，以当地医保部门为准；咨询 12393。"),)
    return (message("以当地医保部门为准；咨询 12393。"),)


def _amount(fen: int) -> Text:
    return message("{amount} 元", amount=format_yuan(fen))


def signed(secrets: Secrets, content: str) -> str:
    """The signature of a paper's content, as it stands in its address."""
    signature = _key(secrets).sign(content.encode())
    return base64.urlsafe_b64encode(signature).decode().rstrip("=")


def is_genuine(secrets: Secrets, content: str, signature: str) -> bool:
    """Whether this service signed that content."""
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        _key(secrets).public_key().verify(raw, content.encode())
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _key(secrets: Secrets) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secrets.lasting_hash("papers")))


def content_of(kind: str, number: str, day: str, first: int, second: int) -> str:
    """What is signed: kind, number, day and the two amounts that matter, in fen."""
    return f"{kind}|{number}|{day}|{first}|{second}"


def proof_of(
    call: SignedInCall, kind: str, number: str, day: str, *amounts: int
) -> tuple[str, Text]:
    """The QR code (SVG) of the address where a paper is checked, and that address in words."""
    first, second = amounts
    signature = signed(call.database.secrets, content_of(kind, number, day, first, second))
    site = call.counter.address
    address = f"{site}/verify/{kind}/{quote(number)}?d={day}&a={first}&b={second}&s={signature}"
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=2, border=1)
    text = message(
        "扫码或打开核验真伪：{address}（编号 {number}）", address=f"{site}/verify", number=number
    )
    return out.getvalue().decode(), text


def pdf(content: bytes, name: str) -> Response:
    """A paper to look at or to keep; no cache keeps it."""
    headers = {
        "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type="application/pdf", headers=headers)


def receipt(call: OwnCall) -> Response:
    """The receipt of a paid order as PDF."""
    order_id = call.parameters["order"]
    secrets = call.database.secrets

    def fetch(unit: Unit) -> tuple[Order, str, StoredBill, insurance.Insurance]:
        order = read_order(unit, call.whose, order_id)
        if order.receipt_no is None:
            raise NotFoundError(message("这笔订单还没有收据，缴清以后才有"))
        bill = read_bill(unit, call.whose, order.bill_id)
        registration = insurance.insurance(unit, secrets, call.whose, call.today)
        return order, order.receipt_no, bill, registration

    order, receipt_no, bill, registration = read_record(
        call.database, call.actor, "read_receipt", call.whose, fetch
    )
    stated = verify_receipt(call.database, receipt_no)
    periods = Listed(period_text(bill.wanted.scheme, period) for period in bill.wanted.periods)
    code, text = proof_of(call, RECEIPT, receipt_no, stated["issued_on"], order.total, 0)
    number = registration.certificates[0].number if registration.certificates else "—"
    document = Paper(
        title=message("基本医疗保险缴费收据"),
        issuer=issuer(call),
        number=receipt_no,
        headline=message("已缴 {amount}", amount=_amount(order.total)),
        sections=(
            Section(
                message_in("paper", "缴费"),
                facts=(
                    (message("姓名"), registration.name or "—"),
                    (message("证件号码"), number),
                    (message("险种"), SCHEME[bill.wanted.scheme]),
                    (message("所属期"), periods),
                    (message("缴费日"), stated["issued_on"]),
                    (message("渠道"), _channel(call, order)),
                ),
            ),
            Section(
                message("明细"),
                columns=(message("项目"), message("金额（元）")),
                figures=(1,),
                rows=(
                    *(
                        Row((BILL_LINES[line.name], format_yuan(line.amount)), 1)
                        for line in bill.lines
                    ),
                    Row((message("合计"), format_yuan(order.total)), strong=True),
                ),
            ),
        ),
        notes=notes(call),
        code_svg=code,
        code_text=text,
        language=call.language,
    )
    return pdf(render(document), call.say(message("缴费收据-{number}.pdf", number=receipt_no)))


def _channel(call: OwnCall, order: Order) -> Text:
    if order.taken:
        return message("个人账户")
    name = channel_names()[order.channel]
    return message("{channel}（沙箱）", channel=name) if call.database.is_sandbox() else name


def slip(call: OwnCall) -> Response:
    """A slip to pay at the counter, for an order that waits."""
    order_id = call.parameters["order"]
    order = read_record(
        call.database,
        call.actor,
        "read_contributions",
        call.whose,
        lambda unit: read_order(unit, call.whose, order_id),
    )
    document = Paper(
        title=message("柜台缴款单"),
        issuer=issuer(call),
        number=order.order_id,
        headline=message("应缴 {amount}", amount=_amount(order.amount)),
        sections=(
            Section(
                message("怎样缴"),
                text=message(
                    "带身份证和这张单子到银行或办税服务厅柜台，报订单号缴款；"
                    "缴清后在“缴费记录”看收据。"
                ),
                facts=(
                    (message("订单号"), order.order_id),
                    (message("应缴"), _amount(order.amount)),
                ),
            ),
        ),
        notes=notes(call),
        language=call.language,
    )
    return pdf(render(document), call.say(message("缴款单-{number}.pdf", number=order.order_id)))


class Verifying:
    """The public page that says whether a paper is genuine; it shows no name."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    def routes(self) -> list[Route]:
        """Where it is."""
        return [
            Route("/verify", routed("/verify", self.ask)),
            Route("/verify/{kind}/{number}", routed("/verify/{kind}/{number}", self.check)),
        ]

    async def ask(self, request: Request) -> Response:
        """A receipt by its number, typed off the paper."""
        number = fields_of(request.url.query).get("number", "")
        sheet = None
        if number:
            sheet = await run_in_threadpool(self._typed, number)
        values = {"sheet": sheet, "number": number}
        title = message("核验票据")
        return self._counter.pages.page(request, "own/verify.html", title, values)

    def _typed(self, number: str) -> Sheet:
        title = message("核验票据")
        try:
            receipt_facts = verify_receipt(self._counter.database, number)
        except (InputError, NotFoundError) as error:
            return Sheet(title, error.said, good=False)
        return Sheet(title, _receipt_says(receipt_facts), blocks=[_receipt_block(receipt_facts)])

    async def check(self, request: Request) -> Response:
        """A paper by the address in its code."""
        query = fields_of(request.url.query)
        kind, number = request.path_params["kind"], request.path_params["number"]
        amounts = [int(query[name]) if _whole(query.get(name, "")) else 0 for name in "ab"]
        content = content_of(kind, number, query.get("d", ""), amounts[0], amounts[1])
        genuine = await run_in_threadpool(
            is_genuine, self._counter.database.secrets, content, query.get("s", "")
        )
        title = message("核验票据")
        if not genuine or kind not in (RECEIPT, *_SAYS):
            sheet = Sheet(title, message("不是本服务出具的，或者内容被改动过"), good=False)
        elif kind == RECEIPT:
            sheet = await run_in_threadpool(self._typed, number)
        else:
            facts: list[tuple[Wording, Text]] = [
                (message("编号"), number),
                (message_in("papers", "日期"), query["d"]),
                *_stated(kind, *amounts),
            ]
            sheet = Sheet(title, _SAYS[kind], blocks=[Card(title, facts=facts)])
        values = {"sheet": sheet, "number": number}
        status = 200 if sheet.good else 404
        return self._counter.pages.page(request, "own/verify.html", title, values, status)


_SAYS = {
    STATEMENT: message("是本服务出具的结算单"),
    COVER: message("是本服务出具的参保凭证"),
    TRANSFER: message("是本服务出具的转移信息表"),
}


def _stated(kind: str, first: int, second: int) -> list[tuple[Wording, Text]]:
    """The two figures that a paper's code holds."""
    if kind == COVER:
        return [
            (message("职工医保缴费月数"), str(first)),
            (message("居民医保缴费年数"), str(second)),
        ]
    if kind == TRANSFER:
        return [
            (message("职工医保缴费月数"), str(first)),
            (message("个人账户余额"), _amount(second)),
        ]
    return [
        (message_in("papers", "基金支付"), _amount(first)),
        (message_in("papers", "个人负担"), _amount(second)),
    ]


def _whole(text: str) -> bool:
    return text.isascii() and text.removeprefix("-").isdecimal() and len(text) < 16


def _receipt_says(receipt_facts: dict[str, object]) -> Text:
    if receipt_facts["valid"]:
        return message("是本服务开出的收据")
    return message("收据开出过，但这笔缴费后来退了")


def _receipt_block(receipt_facts: dict[str, object]) -> Card:
    scheme = str(receipt_facts["scheme"])
    periods = receipt_facts["periods"]
    assert isinstance(periods, list)
    return Card(
        message("收据上应当写的"),
        facts=[
            (message("编号"), str(receipt_facts["receipt"])),
            (message("险种"), SCHEME.get(scheme, scheme)),
            (message("所属期"), Listed(period_text(scheme, int(period)) for period in periods)),
            (message("金额"), _amount(int(str(receipt_facts["amount"])))),
            (message("开具日"), str(receipt_facts["issued_on"])),
        ],
    )
