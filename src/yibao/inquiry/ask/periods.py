"""When cover begins after a lapse, and what years are missing for retirement."""

from __future__ import annotations

from yibao.inquiry.ask.draft import Draft
from yibao.inquiry.ask.reply import FigureSaid
from yibao.inquiry.sentences import months_text
from yibao.messages import Days, Fen, Months, message
from yibao.policy.kinds import ContributionClass, Contributor, Sex

_LONG_AGO = 12
"""Years before which somebody is taken to have been insured."""


def cover_after_lapse(draft: Draft) -> None:
    """How long a resident waits who pays today after some years without."""
    assert draft.rules is not None
    today = draft.context.today
    years = int(draft.facts["lapsed_years"])
    last = today.year - years - 1
    fields = {
        "scheme": Contributor.RESIDENT,
        "enrolled_from": f"{last - _LONG_AGO}-01-01",
        "history": "listed",
        "year-1": last,
        "paid_on-1": f"{last - 1}-12-01",
        "year-2": today.year,
        "paid_on-2": today.isoformat(),
    }
    if draft.facts.get("group") not in (None, "newborn"):
        fields["group"] = draft.facts["group"]
    answer = draft.calculate("cover", fields).answer
    if "scheme" not in draft.read.said:
        draft.facts["scheme"] = Contributor.RESIDENT
        draft.assume(
            "scheme", Contributor.RESIDENT, message("按年断缴，按居民医保算").text(draft.language)
        )
    if answer.entitled or answer.since is None:
        draft.sentence = message("今天缴费就有待遇，不用等。").text(draft.language)
        return
    draft.lead(FigureSaid("months", answer.months, Months(answer.months)))
    draft.sentence = message(
        "今天补上，等 {months}，{since} 起能用；补缴断的年份，每补一年少等一个月。",
        months=Months(answer.months),
        since=answer.since,
    ).text(draft.language)


def employee_lapse(draft: Draft) -> None:
    """Whether months without contributions count as a lapse, and how long one waits then."""
    assert draft.rules is not None
    member = (ContributionClass.FLEXIBLE,)
    months = int(draft.facts["lapsed_months"])
    grace = draft.rules.figure("employee.waiting.grace", member)
    if months <= grace.number:
        draft.lead(grace)
        draft.sentence = message(
            "断缴 {grace}内补缴上，视为连续，没有等待期，期间看病也能报；超过就要等 {after}。",
            grace=grace.words,
            after=draft.rules.figure("employee.waiting.after_lapse", member).words,
        ).text(draft.language)
        return
    after = draft.rules.figure("employee.waiting.after_lapse", member)
    draft.lead(after)
    draft.sentence = message(
        "要等 {after} 才有待遇：断缴超过 {grace} 就不算连续，以前的缴费年限还在。",
        after=after.words,
        grace=grace.words,
    ).text(draft.language)


def allowance_days(draft: Draft) -> None:
    """The days of the maternity allowance, with those for twins."""
    assert draft.rules is not None
    usual = draft.rules.figure("maternity.allowance_days")
    more = draft.rules.figure("maternity.allowance_extra_child_days")
    days = usual.number + more.number * (int(draft.facts["fetuses"]) - 1)
    draft.lead(FigureSaid("days", days, Days(days)))
    draft.sentence = message(
        "生育津贴 {days}：一般 {usual}，多胞胎每多一个加 {more}；单位职工才有。",
        days=Days(days),
        usual=usual.words,
        more=more.words,
    ).text(draft.language)


def retirement_gap(draft: Draft) -> None:
    """What years are missing, and what they would cost at once."""
    facts = draft.facts
    sexes = [facts["sex"]] if facts.get("sex") else [Sex.MALE, Sex.FEMALE]
    for number, sex in enumerate(sexes):
        fields = {"sex": sex, "actual_years": facts["actual_years"]}
        answer = draft.calculate("retire", fields, link=not number).answer
        label = message("男") if sex == Sex.MALE else message("女")
        missing = answer.missing_months
        if not missing:
            said = message("年限已经够了，退休后不用再缴")
        else:
            said = message(
                "还差 {missing}，一次补足约 {cost}",
                missing=months_text(missing),
                cost=Fen(answer.cost),
            )
            draft.lead(FigureSaid("months", missing, Months(missing)))
        text = said.text(draft.language)
        if len(sexes) > 1:
            draft.branch(label.text(draft.language), text, ())
            text = f"{label.text(draft.language)}：{text}"
        draft.sentence = f"{draft.sentence}；{text}" if draft.sentence else text
    draft.sentence += "。"
