"""What a story tells in one sentence: an event, the answer to a question, a span of days."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from yibao.benefit.period_answers import CeilingAnswer, ContributionAnswer, WaitingAnswer
from yibao.inquiry.sentences import ceiling_text, lapse_text
from yibao.messages import Fen, Message, Months, Phrases, message
from yibao.scenario.answers import (
    BalanceAnswer,
    EntitlementAnswer,
    ReversalAnswer,
    RevokeAnswer,
    TransferAnswer,
)
from yibao.written import UNSET

Asked = WaitingAnswer | CeilingAnswer | ContributionAnswer | EntitlementAnswer | BalanceAnswer
"""Questions that are answered in a sentence."""


def span(start: datetime.date, end: datetime.date | None) -> Message:
    """From a day on, or to another."""
    if end is None:
        return message("{day} 起", day=start)
    return message("{start} 至 {end}", start=start, end=end)


def event(answer: ReversalAnswer | RevokeAnswer | TransferAnswer) -> Message:
    """A reversal, a revocation or a transfer in one sentence."""
    if isinstance(answer, ReversalAnswer):
        return message(
            "撤销 {visit}：基金 {fund}，个人负担 {own}",
            visit=answer.reverse,
            fund=Fen(answer.fund),
            own=Fen(answer.own),
        )
    if isinstance(answer, RevokeAnswer):
        return message(
            "{day}　{grantor} 解除给 {grantee} 的授权",
            day=answer.on,
            grantor=answer.revoke,
            grantee=answer.grantee,
        )
    return message(
        "{day}　{person} 转给 {relative} {amount}，余额 {balance}",
        day=answer.on,
        person=answer.transfer,
        relative=answer.to,
        amount=Fen(answer.amount),
        balance=Fen(answer.balance),
    )


def reply(answer: Asked) -> Message:
    """A question that changes nothing, answered in one sentence."""
    about = {"person": answer.person, "day": answer.on}
    if isinstance(answer, WaitingAnswer):
        said = message("{person} {day} 的待遇：{why}", why=answer.why, **about)
        facts = Phrases(filter(None, _waiting(answer)))
        return message("{said}（{facts}）", said=said, facts=facts) if facts else said
    if isinstance(answer, EntitlementAnswer):
        if answer.entitled:
            return message("{person} {day} 有待遇：{why}", why=answer.why, **about)
        return message("{person} {day} 没有待遇：{why}", why=answer.why, **about)
    if isinstance(answer, BalanceAnswer):
        return message("{person} {day} 个人账户余额 {amount}", amount=Fen(answer.balance), **about)
    if isinstance(answer, CeilingAnswer):
        return message("{person} {day} {ceiling}", ceiling=ceiling_text(answer), **about)
    due = Fen(answer.due)
    if answer.year is UNSET:
        said = message(
            "{person} {month} 如果 {day} 缴费：{due}", month=answer.month, due=due, **about
        )
    else:
        said = message(
            "{person} {year} 年度如果 {day} 缴费：{due}", year=answer.year, due=due, **about
        )
    return message("{said}（逾期）", said=said) if answer.late else said


def _waiting(answer: WaitingAnswer) -> Iterator[Message]:
    """How long somebody waits, since when there are benefits, what may still be paid."""
    if answer.months:
        yield message("等待 {months}", months=Months(answer.months))
    if answer.since:
        yield message("首日 {day}", day=answer.since)
    yield lapse_text(answer)
