"""An employer's month: declared after a preview, by form and file, and billed."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from yibao.access.operations import Answer
from yibao.employers import operations as employers
from yibao.employers.errors import FaultyLinesError, LineFault
from yibao.employers.files import WAGE_DECIMALS, read_table
from yibao.employers.lines import DeclaredLine, line_of, read_rows
from yibao.employers.reading import EmployerPage, employer_page, roster_page
from yibao.employers.states import ChangeKind
from yibao.errors import YibaoError
from yibao.messages import Text, message
from yibao.policy.kinds import Scheme
from yibao.policy.places import full_name_of
from yibao.portal.calls import status_of
from yibao.portal.desk.firm_parts import (
    FirmPlace,
    form_key,
    month_in,
    month_text,
    place_of,
    words,
)
from yibao.portal.desk.firms import shown_employer
from yibao.portal.desk.frame import DeskCall

_COLUMNS = ("number", "name", "change", "base", "reason")
_SCHEMES = {Scheme.EMPLOYEE: message("职工医保"), Scheme.RESIDENT: message("居民医保")}
_CHANGES = {ChangeKind.ADD: "增员", ChangeKind.LEAVE: "减员", ChangeKind.BASE: "不变"}


def declare(call: DeskCall) -> Response:
    """The form; sent: a preview first, then the declaration."""
    where = place_of(call, "declare")
    page = employer_page(call.database, call.counter.packs, call.actor, where.code, call.today)
    if call.request.method == "GET":
        return _form(call, where, page, None, (), 200)
    try:
        lines = _lines(call)
        month = month_in(call)
        if call.sent.get("what") == "bases":
            return _bases(call, where, page, month, lines)
        declared = employers.DeclaredMonth(where.code, month, lines)
        if call.sent.get("do") == "declare":
            employers.declare(
                call.database,
                call.counter.packs,
                form_key(call, "declare"),
                declared,
                actor=call.actor,
                at=call.counter.now(),
            )
            return RedirectResponse(where.base, 303)
        shown = employers.preview(
            call.database, call.counter.packs, declared, actor=call.actor, at=call.counter.now()
        )
    except FaultyLinesError as error:
        return _form(call, where, page, error.said, error.faults, 422)
    except YibaoError as error:
        return _form(call, where, page, error.said, (), status_of(error))
    return _form(call, where, page, None, (), 200, shown=shown, lines=lines)


def _bases(
    call: DeskCall,
    where: FirmPlace,
    page: EmployerPage,
    since: int,
    lines: tuple[DeclaredLine, ...],
) -> Response:
    adjustment = employers.Adjustment(where.code, since, lines)
    if call.sent.get("do") == "declare":
        employers.adjust_bases(
            call.database,
            call.counter.packs,
            form_key(call, "adjust_bases"),
            adjustment,
            actor=call.actor,
            at=call.counter.now(),
        )
        return RedirectResponse(where.base, 303)
    shown = employers.preview_bases(
        call.database, call.counter.packs, adjustment, actor=call.actor, at=call.counter.now()
    )
    return _form(call, where, page, None, (), 200, shown=shown, lines=lines)


def _lines(call: DeskCall) -> tuple[DeclaredLine, ...]:
    """Of a file, else of what was written: a line each, its parts apart by tabs or commas."""
    if call.upload is not None and call.upload.content:
        headings, rows, first_line = read_table(call.upload.content, decimals=WAGE_DECIMALS)
        return read_rows(headings, rows, first_line=first_line).lines
    lines: list[DeclaredLine] = []
    faults: list[LineFault] = []
    for number, text in enumerate(call.sent.get("lines", "").splitlines(), 1):
        parts = [part.strip() for part in text.replace("，", ",").replace(",", "\t").split("\t")]
        if not any(parts):
            continue
        try:
            lines.append(line_of(number, dict(zip(_COLUMNS, parts, strict=False))))
        except YibaoError as error:
            faults.append(LineFault(number, error.said))
    if faults:
        raise FaultyLinesError(faults)
    return tuple(lines)


def _text_of(line: DeclaredLine) -> str:
    base = "" if line.base is None else f"{line.base / 100:.2f}"
    return "\t".join((line.number, line.name, _CHANGES[line.kind], base, line.reason))


def _form(
    call: DeskCall,
    where: FirmPlace,
    page: EmployerPage,
    fault: Text | None,
    faults: tuple[LineFault, ...],
    status: int,
    *,
    shown: Answer | None = None,
    lines: tuple[DeclaredLine, ...] = (),
) -> Response:
    names: dict[str, str] = {}
    for person in (shown or {}).get("bill") or ():
        # Only those of this employer's own roster, as it declares them.
        names[person["person"]] = ""
    names |= (shown or {}).get("names") or {}
    if names:
        month = int((shown or {})["month"])
        names |= {
            member.person_id: member.name
            for member in roster_page(call.database, call.actor, where.code, month)
        }
    moved = (shown or {}).get("moved") or ()
    what = call.sent.get("what", "month")
    values = {
        **words(),
        "page": page,
        "listed": page.listed,
        "base": where.base,
        "what": what,
        "month": call.sent.get("month") or month_text(page.open_month or 0),
        "text": "\n".join(map(_text_of, lines)) if lines else call.sent.get("lines", ""),
        "fault": fault,
        "faults": faults,
        "shown": shown,
        "names": names,
        "place_names": {person["area"]: full_name_of(person["area"]) for person in moved},
        "scheme_words": _SCHEMES,
    }
    title = message("年度基数调整") if what == "bases" else message("月度申报")
    return call.show("employer_declare.html", title, values, status)


def bill_month(call: DeskCall) -> Response:
    """Bill a declared month."""
    where = place_of(call, "declare")
    try:
        answer = employers.bill_month(
            call.database,
            call.counter.packs,
            form_key(call, "bill_month"),
            where.code,
            month_in(call),
            actor=call.actor,
            at=call.counter.now(),
        )
    except YibaoError as error:
        return shown_employer(call, "months", error.said, status_of(error))
    return RedirectResponse(f"{where.base}/bills/{answer['bill']}", 303)
