"""Papers of moving: the form that an area sends, and the certificate of cover."""

from __future__ import annotations

from collections.abc import Sequence

from yibao.inquiry.words import SCHEME, STATUS
from yibao.messages import Fen, Text, message, message_in
from yibao.moving.applications import InformationForm, PaidPeriod, spells_of
from yibao.papers import Paper, Row, Section
from yibao.policy.kinds import Scheme
from yibao.portal.own.words import period_text


def period_rows(paid: Sequence[PaidPeriod]) -> list[tuple[Text, Text, Text, Text]]:
    """Paid periods in lines: scheme, status, from when to when, how many."""
    return [
        (
            SCHEME[Scheme(spell.scheme)],
            STATUS.get(spell.status or "", "—"),
            message(
                "{start} 至 {end}",
                start=period_text(spell.scheme, spell.first),
                end=period_text(spell.scheme, spell.last),
            ),
            message("{years} 年", years=spell.count)
            if spell.scheme == Scheme.RESIDENT
            else message("{months} 个月", months=spell.count),
        )
        for spell in spells_of(paid)
    ]


def periods_section(paid: Sequence[PaidPeriod]) -> Section:
    """What was paid, spell by spell."""
    return Section(
        message("缴费"),
        columns=(
            message("险种"),
            message("身份"),
            message_in("transfer", "起止"),
            message_in("transfer", "多少"),
        ),
        rows=[Row(line) for line in period_rows(paid)],
    )


def form_facts(form: InformationForm) -> list[tuple[Text, Text]]:
    """What a form says beside the periods."""
    last = form.last_paid
    return [
        (message("信息表编号"), form.number),
        (message("转出地"), form.from_area),
        (message("转入地"), form.to_area),
        (message("职工医保缴费月数"), str(len(form.months()))),
        (message("居民医保缴费年数"), str(len(form.years()))),
        (message("最后缴费"), "—" if last is None else period_text(last.scheme, last.period)),
        (
            message("最后的缴费基数"),
            "—" if last is None or last.base is None else Fen(last.base),
        ),
        (message("个人账户余额"), Fen(form.balance)),
    ]


def form_paper(
    form: InformationForm, name: str, issuer: Text, language: str, code_svg: str, code_text: Text
) -> Paper:
    """信息表 with the code under which it is checked."""
    facts: list[tuple[Text, Text]] = [
        (message("姓名"), name),
        (message("证件号码"), form.id_number or "—"),
        (message_in("records", "出生日期"), form.birth.isoformat()),
        *form_facts(form),
    ]
    return Paper(
        title=message("参保人员基本医疗保险信息表"),
        issuer=issuer or message("医疗保障经办机构"),
        number=form.number,
        headline=message("职工医保 {months} 个月", months=len(form.months())),
        sections=[Section("", facts=facts), periods_section(form.paid)],
        notes=(message("电子签章，扫码核验；咨询 12393。"),),
        code_svg=code_svg,
        code_text=code_text,
        language=language,
    )
