"""The letter in which a claim is decided: what is paid and why not more, and the remedies."""

from __future__ import annotations

from yibao.claims.cases import ClaimState
from yibao.claims.forms import LineDecision, ManualClaim
from yibao.claims.sheets import ClaimSheet
from yibao.inquiry.claiming import LINE_WORDS
from yibao.messages import Fen, Text, Yuan, message
from yibao.office.flows import CaseState
from yibao.office.reading import CasePage
from yibao.papers import Paper, Row, Section

_REMEDIES = message(
    "不服本决定的，可以自收到之日起 60 日内向本级人民政府或上一级医疗保障行政部门申请行政复议，"
    "也可以自收到之日起 6 个月内向人民法院提起行政诉讼。"
)


def has_letter(page: CasePage) -> bool:
    """Whether a claim is decided, so that there is a letter of it."""
    decided = {ClaimState.SETTLED, CaseState.REFUSED, CaseState.NOT_ACCEPTED}
    return any(step.after in decided for step in page.history)


def letter_of(page: CasePage, sheet: ClaimSheet, name: str, issuer: Text, language: str) -> Paper:
    """The letter of a decided claim."""
    claim: ManualClaim = page.data
    is_paid = sheet.visit_id is not None
    refusal = next((step.reason for step in reversed(page.history) if step.reason), "")
    fund = sheet.quote.get("fund", 0)
    headline: Text = (
        message("同意支付 {amount}", amount=Fen(fund)) if is_paid else message("不予支付")
    )
    facts: list[tuple[Text, Text]] = [
        (message("姓名"), name),
        (message("受理号"), page.listed.number),
        (message("机构"), claim.place.name),
        (message("日期"), message("{start} 至 {end}", start=claim.start, end=claim.end)),
        (message("票据合计"), Fen(claim.total)),
        (message("到哪一步"), page.listed.state_label),
    ]
    sections = [Section("", facts=facts)]
    if is_paid:
        rows = [
            (message("统筹基金"), sheet.quote["pooled"]),
            (message("大病保险和补充"), sheet.quote["upper"]),
            (message("医疗救助"), sheet.quote["assistance"]),
            (message("其他基金"), sheet.quote["other_fund"]),
            (message("个人负担"), sheet.quote["own"]),
        ]
        sections.append(
            Section(
                message("算出的数"),
                columns=(message("名目"), message("元")),
                figures=(1,),
                rows=[Row((label, Yuan(amount))) for label, amount in rows if amount],
            )
        )
    else:
        sections.append(Section(message("依据和理由"), text=refusal))
    cut = [line for line in sheet.lines if line.reason]
    if cut:
        sections.append(
            Section(
                message("没有全认的项目"),
                columns=(message("项目"), message("元"), message("认多少"), message("理由")),
                figures=(1, 2),
                rows=[
                    Row(
                        (
                            line.name,
                            Yuan(line.amount),
                            Yuan(line.accepted)
                            if line.decision is LineDecision.CUT
                            else LINE_WORDS[line.decision],
                            line.reason,
                        )
                    )
                    for line in cut
                ],
            )
        )
    return Paper(
        title=message("手工报销决定书"),
        issuer=issuer or message("医疗保障经办机构"),
        number=page.listed.number,
        headline=headline,
        sections=sections,
        notes=(_REMEDIES, message("咨询 12393。")),
        language=language,
    )
