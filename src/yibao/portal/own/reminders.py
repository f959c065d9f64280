"""What ends soon, or was decided of late: told on the first page before somebody is surprised."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import Any

from starlette.responses import Response

from yibao.aid.operations import grant_rows
from yibao.benefit.facts import Filing
from yibao.crossing.drugs import drug_qualifications
from yibao.crossing.operations import standing_filings
from yibao.database.instants import civil_day
from yibao.inquiry.words import FILING
from yibao.jobs.reminding import own_reminders
from yibao.messages import message
from yibao.office.reading import ListedCase
from yibao.portal.own.blocks import Card, Link, Sheet, ToDo, plain
from yibao.portal.own.frame import OwnCall
from yibao.portal.own.progress import CASES
from yibao.portal.own.reading import HOME, read_own
from yibao.portal.own.words import disease_names
from yibao.record.reminding import away_that_end, diseases_that_end, ends_soon, grants_that_end

_TITLE = message("提醒过的")

_ONE_DAY = datetime.timedelta(days=1)
_OF_LATE = datetime.timedelta(days=14)


def reminders(call: OwnCall, cases: Iterable[ListedCase]) -> Iterable[ToDo]:
    """Filings and grants that end within a month, and what was decided within two weeks."""
    filings = read_own(call, "read_person", lambda unit: standing_filings(unit, call.whose))
    yield from _filings_that_end(call, filings)
    yield from _diseases_that_end(call, filings)
    yield from _drugs_that_end(call)
    if call.whose == call.me:
        grants = read_own(call, "read_grants", lambda unit: grant_rows(unit, call.me, call.today))
        yield from _grants_that_end(call, grants)
    for case in cases:
        if not case.is_open and call.today - civil_day(case.opened_at) <= _OF_LATE:
            yield ToDo(
                case.kind.label,
                message("{state}：{summary}", state=case.state_label, summary=case.summary),
                Link(message("看结果"), call.address(f"{CASES}/{case.case_id}")),
            )


def _filings_that_end(call: OwnCall, filings: Mapping[str, Filing]) -> Iterable[ToDo]:
    for filing_id, filing in away_that_end(filings, call.today).items():
        yield ToDo(
            message("{kind}备案到 {end}", kind=FILING[filing.kind], end=filing.end),
            message("还要在那里看病，请变更或重新备案；过期按没有备案结算。"),
            Link(message("去变更"), call.address(f"/own/filings/{filing_id}")),
        )


def _diseases_that_end(call: OwnCall, filings: Mapping[str, Filing]) -> Iterable[ToDo]:
    """Recognised diseases whose term ends, unless they were renewed."""
    names = disease_names(call.counter.packs)
    for filing in diseases_that_end(filings, call.today).values():
        end = filing.end
        if end is None:
            continue
        yield ToDo(
            message(
                "{disease}的慢特病待遇到 {end}",
                disease=names.get(filing.disease or "", filing.disease or ""),
                end=end,
            ),
            message("还要继续享受，请从 {day} 起续办认定。", day=end + _ONE_DAY),
            Link(message("去续办"), call.address("/own/chronic")),
        )


def _drugs_that_end(call: OwnCall) -> Iterable[ToDo]:
    """Qualifications for drugs whose term ends, unless they were renewed."""
    drugs = read_own(call, "read_person", lambda unit: drug_qualifications(unit, call.whose))
    for drug in drugs:
        end = drug.end
        if end is None or not ends_soon(end, call.today):
            continue
        same = (drug.disease, drug.medicine)
        if any((other.disease, other.medicine) == same and other.start > end for other in drugs):
            continue
        yield ToDo(
            message("{drug}的双通道药品资格到 {end}", drug=drug.medicine, end=end),
            message("还要用这种药，请从 {day} 起续办。", day=end + _ONE_DAY),
            Link(message("去续办"), call.address("/own/drug")),
        )


def _grants_that_end(call: OwnCall, grants: Iterable[dict[str, Any]]) -> Iterable[ToDo]:
    for row in grants_that_end(grants, call.today):
        grantee = str(row["grantee_id"])
        name = call.names([grantee])[grantee]
        yield ToDo(
            message("给{name}的共济授权到 {end}", name=name, end=row["end"]),
            message("到期以后不再从您的账户支付；要延长，请变更止日。"),
            Link(message("去变更"), f"/own/aid/{row['grant_id']}"),
        )


def written(call: OwnCall) -> Response:
    """What somebody was reminded of, the latest first."""
    listed = own_reminders(call.database, call.whose, actor=call.actor)
    card = Card(
        _TITLE,
        lead=message("每件事只提醒一次；首页上的提醒按今天算。"),
        columns=(message("哪天提醒的"), message("什么事"), message("最后一天")),
        rows=[
            (
                plain(each.written_on.isoformat()),
                plain(call.say(each.label)),
                plain("—" if each.day is None else each.day.isoformat()),
            )
            for each in listed
        ],
        empty=message("还没有提醒过"),
        onward=HOME,
    )
    return call.show(Sheet(_TITLE, blocks=[card], back=HOME))
