"""The queue: what waits for whoever sits at the desk, by deadline."""

from __future__ import annotations

import datetime
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from yibao.messages import Text, message
from yibao.office.calendar import working_days_between
from yibao.office.errors import UnknownYearError
from yibao.office.flows import CaseState
from yibao.office.reading import ListedCase, queue
from yibao.portal.desk.frame import DESK, FIRM, PLACE, DeskCall, is_staff
from yibao.portal.desk.other_work import other_work
from yibao.record.insurance import masked_name, names_of

_PAGE = 50
_COUNTED = 500
_SOON = 2
_SHOWN_DAYS = 10
_WAITING = CaseState.TO_SUPPLEMENT
_WEEKDAYS = (
    message("星期一"),
    message("星期二"),
    message("星期三"),
    message("星期四"),
    message("星期五"),
    message("星期六"),
    message("星期日"),
)


@dataclass(frozen=True, slots=True)
class DueText:
    """When a case has to be decided, as a list says it."""

    text: Text
    look: str
    """``late``, ``soon`` or nothing."""
    left: int | None
    """Working days after today; negative: over; None: no limit runs."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case of the queue."""

    case: ListedCase
    who: str
    due: DueText


@dataclass(frozen=True, slots=True)
class DueBar:
    """One day of the drawing: all that is due, and one's own part of it."""

    label: Text
    every: int
    mine: int
    late: bool
    x: str
    top: str
    height: str
    own_top: str
    own_height: str
    middle: str


def due_of(listed: ListedCase, today: datetime.date) -> DueText:
    """The deadline in words: red once it is today."""
    deadline = listed.deadline
    if deadline.day is None:
        return DueText(deadline.note or message("没有计时"), "", None)
    try:
        if deadline.day < today:
            over = working_days_between(deadline.day, today)
            return DueText(message("超期 {count} 天", count=over), "late", -max(over, 1))
        left = working_days_between(today, deadline.day)
    except UnknownYearError as error:
        return DueText(error.said, "", None)
    if left == 0:
        return DueText(message("今天到期"), "late", 0)
    return DueText(message("还剩 {count} 天", count=left), "soon" if left <= _SOON else "", left)


def show(call: DeskCall) -> Response:
    """My queue, or all of the agency's."""
    if call.actor.employer_id is not None:
        return RedirectResponse(FIRM, 303)
    if call.actor.institution_id is not None:
        return RedirectResponse(PLACE, 303)
    if not is_staff(call.actor) and not call.may("read_cases"):
        landing = f"{DESK}/users" if call.may("manage_actors") else ""
        if landing:
            return RedirectResponse(landing, 303)
        return call.show("nothing.html", message("工作台"), {})
    every = call.sent.get("all") == "1" or not is_staff(call.actor)
    waiting = queue(call.database, call.actor, call.today, most=_COUNTED, every=True)
    mine = (
        queue(call.database, call.actor, call.today, most=_COUNTED) if is_staff(call.actor) else []
    )
    listed = waiting if every else mine
    start = _whole(call.sent.get("from", ""))
    shown = listed[start : start + _PAGE]
    rows = _rows(call, shown)
    own = {case.case_id for case in mine}
    dues = [(case, due_of(case, call.today)) for case in waiting]
    today = [due for case, due in dues if case.case_id in own and _is_today(due)]
    soon = [due for case, due in dues if case.case_id in own and due.look == "soon"]
    more = start + _PAGE < len(listed)
    beside = other_work(call) if is_staff(call.actor) else []
    others = sum(work.count for work in beside)
    here = {"all": "1"} if every else {}
    values = {
        "rows": rows,
        "every": every,
        "mine": len(mine),
        "beside": beside,
        "others": others,
        "waiting": len(waiting),
        "supplements": sum(case.state == _WAITING for case in waiting),
        "today": len(today),
        "soon": len(soon),
        "date": call.today,
        "weekday": _WEEKDAYS[call.today.weekday()],
        "columns": _columns(dues, own),
        "next_page": f"{DESK}?{urlencode({**here, 'from': start + _PAGE})}" if more else "",
    }
    return call.show("queue.html", _title(len(today), len(mine) + others, every), values)


def _title(today: int, mine: int, every: bool) -> Text:
    if every:
        return message("本单位在办的")
    if today:
        return message("今天先办这 {count} 件", count=today)
    if mine:
        return message("等您办的 {count} 件", count=mine)
    return message("没有等您办的")


def _is_today(due: DueText) -> bool:
    return due.left is not None and due.left <= 0


def _whole(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


def _rows(call: DeskCall, cases: Sequence[ListedCase]) -> list[QueueRow]:
    people = [case.person_id for case in cases if case.person_id is not None]
    secrets = call.database.secrets
    names = call.database.read(lambda unit: names_of(unit, secrets, people))
    return [
        QueueRow(case, masked_name(names.get(case.person_id or "", "")), due_of(case, call.today))
        for case in cases
    ]


def _columns(dues: Sequence[tuple[ListedCase, DueText]], own: set[str]) -> list[DueBar]:
    """How many working days are left, today and late ones together first."""
    every: Tally[int] = Tally()
    mine: Tally[int] = Tally()
    for case, due in dues:
        if due.left is None or due.left >= _SHOWN_DAYS:
            continue
        day = max(due.left, 0)
        every[day] += 1
        mine[day] += case.case_id in own
    most = max(every.values(), default=0)
    if not most:
        return []
    columns = []
    base, reach, width, step = 82.0, 68.0, 7.7, 9.6
    for day in range(_SHOWN_DAYS):
        whole, part = (reach * count / most for count in (every[day], mine[day]))
        x = 3.0 + step * day
        columns.append(
            DueBar(
                label=message("今天") if day == 0 else str(day),
                every=every[day],
                mine=mine[day],
                late=day == 0,
                x=f"{x:.1f}%",
                top=f"{base - whole:.1f}%",
                height=f"{whole:.1f}%",
                own_top=f"{base - part:.1f}%",
                own_height=f"{part:.1f}%",
                middle=f"{x + width / 2:.1f}%",
            )
        )
    return columns
