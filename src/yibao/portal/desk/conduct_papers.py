"""What a case of supervision is told on paper."""

from __future__ import annotations

from starlette.responses import Response

from yibao.conduct.sheets import sheet_of
from yibao.errors import NotFoundError
from yibao.messages import message
from yibao.office.reading import CasePage
from yibao.papers import render
from yibao.portal.conduct_letter import conduct_letter_of, has_conduct_letter
from yibao.portal.desk.frame import DeskCall
from yibao.portal.own.papers import pdf


def conduct_letter(call: DeskCall, page: CasePage) -> Response:
    """The notice or the decision as PDF; the informer is in neither."""
    if not has_conduct_letter(page):
        raise NotFoundError(message("这件事还没有告知当事人"))
    case_id = page.listed.case_id
    sheet = call.database.read(lambda unit: sheet_of(unit, case_id))
    issuer = call.agency.name if call.agency is not None else ""
    paper = conduct_letter_of(page, sheet, page.data.subject_name, issuer, call.language)
    return pdf(render(paper), f"conduct-{case_id[-6:]}.pdf")
