"""What share of a stay away from home is paid, by how it was filed."""

from __future__ import annotations

from typing import NamedTuple

from yibao.benefit.rules import same_province
from yibao.inquiry import words
from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.facts import ELSEWHERE
from yibao.inquiry.ask.reply import FigureSaid
from yibao.messages import Listed, Message, Ratio, Wording, message
from yibao.policy.kinds import Contributor, FilingKind, Place, Scheme, Status

_TOP_TIER = "1"
_WITHOUT = message("没有备案")


class _Insured(NamedTuple):
    """Whose ratios are looked up."""

    scheme: Scheme
    member: str
    """At work or retired; empty for residents."""
    label: Wording


def _insured(draft: Draft) -> tuple[_Insured, ...]:
    """The kinds of insured people that a question may be about."""
    scheme, status = draft.facts.get("scheme"), draft.facts.get("status")
    own = words.CONTRIBUTOR[Contributor.EMPLOYEE]
    employees = tuple(
        _Insured(
            Scheme.EMPLOYEE,
            member,
            message("{scheme}（{status}）", scheme=own, status=words.STATUS[member]),
        )
        for member in (Status.WORKING, Status.RETIRED)
        if status in (None, member)
    )
    residents = (_Insured(Scheme.RESIDENT, "", words.CONTRIBUTOR[Contributor.RESIDENT]),)
    if scheme is None:
        return (*employees, *residents)
    return residents if scheme == Contributor.RESIDENT else employees


def _ratio(draft: Draft, insured: _Insured, place: str) -> int:
    """The share of a stay at a place, in basis points."""
    assert draft.rules is not None
    rules, scheme = draft.rules, insured.scheme
    member = [insured.member] if insured.member else []
    own = f"{scheme}.inpatient.place_ratio"
    if rules.has(own, [*member, place]):
        return rules.figure(own, [*member, place]).number
    at_home = rules.figure(f"{scheme}.inpatient.ratio", [*member, draft.tier() or _TOP_TIER])
    points = f"{scheme}.inpatient.place_points"
    return at_home.number + rules.figure(points, [*member, place]).number


def _cases(draft: Draft) -> tuple[tuple[str, Wording], ...]:
    """The filings to say the share of, the one that was asked about first."""
    area, filing = draft.facts.get("care_area"), draft.facts.get("filing")
    if area not in (None, ELSEWHERE) and same_province(area, draft.code):
        return ((Place.IN_PROVINCE, message("省内不分备不备案")),)
    sent_on = (Place.REFERRAL, words.FILING[FilingKind.REFERRAL])
    unfiled = (Place.OTHER_TEMPORARY, _WITHOUT)
    if filing in (FilingKind.EMERGENCY, FilingKind.LONG_STAY):
        return ((Place(filing), words.FILING[FilingKind(filing)]),)
    return (unfiled, sent_on) if filing == "none" else (sent_on, unfiled)


def ratio_away(draft: Draft) -> None:
    """The share of a stay in another place, of each kind of insured person that is meant."""
    cases = _cases(draft)
    language = draft.language
    for insured in _insured(draft):
        parts: list[Message] = []
        for place, label in cases:
            ratio = _ratio(draft, insured, place)
            figure = FigureSaid("percent", ratio, Ratio(ratio))
            parts.append(message("{case}报 {ratio}", case=label, ratio=Ratio(ratio)))
            draft.lead(figure)
        said = Listed(parts)
        if draft.sentence:
            draft.branch(insured.label.text(language), said.text(language))
            continue
        draft.sentence = message(
            "{who}在异地三甲等一类医院住院：{parts}。", who=insured.label, parts=said
        ).text(language)
        if draft.tier() not in (None, _TOP_TIER):
            draft.sentence = message(
                "{who}在异地这类医院住院：{parts}。", who=insured.label, parts=said
            ).text(language)
    draft.follow_up("scheme")
    if "scheme" in draft.facts:
        draft.follow_up("filing")
