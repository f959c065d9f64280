"""The papers of a case of supervision: what the subject is told before, and the decision."""

from __future__ import annotations

from yibao.conduct.acts import act_of
from yibao.conduct.cases import ConductState
from yibao.conduct.sheets import ConductSheet
from yibao.messages import Fen, Text, message
from yibao.office.reading import CasePage
from yibao.papers import Paper, Section

_REMEDIES = message(
    "不服本决定的，可以自收到之日起 60 日内向本级人民政府或上一级医疗保障行政部门申请行政复议，"
    "也可以自收到之日起 6 个月内向人民法院提起行政诉讼。复议、诉讼期间决定不停止执行。"
)
_PAYING = message(
    "退回的基金缴到医疗保障经办机构指定的基金账户；罚款自收到之日起 15 日内到指定的银行缴入国库。"
    "逾期不缴的，每日按罚款数额的 3% 加处罚款，加处的数额不超过罚款本身。"
)
_SUSPENDED = message(
    "暂停期间就医的费用由本人先全额支付，属于医保支付范围的，以后凭票据申请手工报销。"
)


def has_conduct_letter(page: CasePage) -> bool:
    """Whether the subject was told anything yet."""
    return any(step.after == ConductState.TOLD for step in page.history)


def conduct_letter_of(
    page: CasePage, sheet: ConductSheet, name: str, issuer: Text, language: str
) -> Paper:
    """The notice before a decision, or the decision; the informer is in neither."""
    proposal, sanction = sheet.document.proposal, sheet.sanction
    assert proposal is not None
    act, is_decided = act_of(proposal.act), sheet.document.decided_on is not None
    facts: list[tuple[Text, Text]] = [
        (message("当事人"), name or sheet.subject_id),
        (message("案号"), page.listed.number),
        (message("违法行为"), act.label),
        (message("依据"), act.law),
        (message("退回基金"), Fen(sanction.returned)),
        (message("罚款"), Fen(sanction.fine)),
    ]
    if proposal.months:
        start = sanction.suspended_from
        facts.append(
            (
                message("暂停联网结算"),
                message("送达之日起 {months} 个月", months=proposal.months)
                if start is None or sanction.suspended_to is None
                else message("{start} 至 {end}", start=start, end=sanction.suspended_to),
            )
        )
    if proposal.department_months:
        facts.append(
            (
                message("暂停科室的医保服务"),
                message(
                    "{department} {months} 个月",
                    department=proposal.department,
                    months=proposal.department_months,
                ),
            )
        )
    sections = [Section("", facts=facts), Section(message("查明的事实和证据"), text=proposal.facts)]
    if proposal.factors:
        sections.append(Section(message("裁量的理由"), text=proposal.factors))
    notes: list[Text] = []
    if is_decided:
        notes += [_PAYING, *([_SUSPENDED] if proposal.months else []), _REMEDIES]
    else:
        notes.append(message("您有权陈述、申辩；陈述、申辩不会加重处罚。"))
        if sheet.document.hearing_by is not None:
            by = sheet.document.hearing_by
            notes.append(message("您可以要求听证，最晚在 {day} 提出；听证不收费。", day=by))
    return Paper(
        title=message("处理决定书") if is_decided else message("处理告知书"),
        issuer=issuer or message("医疗保障行政部门"),
        number=page.listed.number,
        headline=message("合计 {amount}", amount=Fen(sanction.total)),
        sections=sections,
        notes=tuple(notes),
        language=language,
    )
