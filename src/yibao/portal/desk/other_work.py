"""What waits for a post beside its cases: payments to make and sign, files to explain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from yibao.clearing.goods_reading import count_goods_waiting
from yibao.clearing.reading import count_waiting
from yibao.disbursement import reading as payments
from yibao.disbursement.states import BatchState
from yibao.finance.reconciliation import reconciled
from yibao.messages import Text, message
from yibao.portal.desk.catalogue import CATALOGUE_AT
from yibao.portal.desk.frame import DeskCall
from yibao.portal.desk.goods import GOODS_AT
from yibao.portal.desk.payments import PAYMENTS
from yibao.portal.desk.place_parts import CLEARING
from yibao.portal.desk.prices import PRICES
from yibao.portal.desk.reconciling import RECONCILIATION
from yibao.prices import changes
from yibao.prices import reading as prices


@dataclass(frozen=True, slots=True)
class OtherWork:
    """Something to do that is no case: what, how many of it, and where it is done."""

    what: Text
    count: int
    address: str


def other_work(call: DeskCall) -> list[OtherWork]:
    """What the post of whoever sits here does next, of every kind; nothing of other posts'."""
    return [work for kind in _KINDS for work in kind(call) if work.count]


def _payments(call: DeskCall) -> Iterator[OtherWork]:
    drafts, signs, sends = map(call.may, ("draft_payments", "sign_payments", "send_payments"))
    if not (drafts or signs or sends):
        return
    page = payments.payments(call.database, call.actor)

    def batches(state: BatchState) -> int:
        return sum(batch.state == state for batch in page.batches)

    if drafts:
        yield OtherWork(message("付款单等着编批次"), len(page.waiting), PAYMENTS)
    if signs:
        yield OtherWork(message("批次等着签发"), batches(BatchState.DRAFTED), PAYMENTS)
    if sends:
        yield OtherWork(message("批次等着报盘"), batches(BatchState.SIGNED), PAYMENTS)
        answers = sum(batch.state == BatchState.SENT and batch.open > 0 for batch in page.batches)
        yield OtherWork(message("批次等着登记回盘"), answers, PAYMENTS)


def _differences(call: DeskCall) -> Iterator[OtherWork]:
    if call.may("reconcile"):
        waiting = len(reconciled(call.database, actor=call.actor).open)
        yield OtherWork(message("渠道对账的差异等着说明"), waiting, RECONCILIATION)


def _clearing(call: DeskCall) -> Iterator[OtherWork]:
    waiting = count_waiting(call.database, call.actor)
    yield OtherWork(message("机构的清算申请等着办"), waiting, CLEARING)
    goods = count_goods_waiting(call.database, call.actor)
    yield OtherWork(message("直接付给企业的货款等着确认或批准"), goods, GOODS_AT)


def _prices(call: DeskCall) -> Iterator[OtherWork]:
    if call.may("confirm_prices"):
        waiting = prices.count_waiting(call.database, call.actor)
        yield OtherWork(message("高于限价的价目等着审核"), waiting, PRICES)


def _catalogue(call: DeskCall) -> Iterator[OtherWork]:
    if call.may("confirm_catalogue"):
        waiting = changes.count_drawn(call.database, call.actor)
        yield OtherWork(message("目录的变更等着复审"), waiting, CATALOGUE_AT)


_KINDS: tuple[Callable[[DeskCall], Iterator[OtherWork]], ...] = (
    _payments,
    _differences,
    _clearing,
    _prices,
    _catalogue,
)
