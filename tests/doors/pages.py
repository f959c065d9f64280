"""Every page and form behind the login by everybody, from the routes of the application."""

from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator, Mapping

import httpx
from starlette.applications import Starlette
from starlette.routing import Route

from yibao.access.permissions import Role, may

from .town import ELSEWHERE_AREA, STRANGER, Knocker, Town
from .walking import OF_A_REFUSAL, Tally, Walk, is_of_the_stranger

_OWN, _DESK = re.compile(r"/own(/|$)"), re.compile(r"/desk(/|$)")
_ASKED_AT_THE_DESK = {
    "/desk/people": "find_person",
    "/desk/people/new": "register",
    "/desk/people/{person}": "read_person",
    "/desk/people/{person}/{errand}": "change_person",
    "/desk/cases/{case}": "read_case",
    "/desk/cases/{case}/move": "move_case",
    "/desk/cases/{case}/note": "note_case",
    "/desk/cases/{case}/code": "give_sign_up_code",
    "/desk/cases/{case}/conduct": "read_conduct",
    "/desk/conduct": "read_conduct",
    "/desk/conduct/leads": "note_lead",
    "/desk/conduct/check": "check_conduct",
    "/desk/conduct/hits": "judge_hit",
    "/desk/cases/{case}/documents": "hand_in",
    "/desk/cases/{case}/documents/{document}": "read_case",
    "/desk/cases/{case}/claim": "move_case",
    "/desk/cases/{case}/letter.pdf": "read_case",
    "/desk/cases/{case}/form": "move_case",
    "/desk/claims": "open_case",
    "/desk/payments": "read_payments",
    "/desk/payments/draft": "draft_payments",
    "/desk/payments/answers": "answer_payments",
    "/desk/payments/{batch}/move": "read_payments",
    "/desk/payments/{batch}/file": "send_payments",
    "/desk/employers": "read_employer",
    "/desk/employers/register": "register_employer",
    "/desk/employers/terms": "set_terms",
    "/desk/employers/assess": "assess",
    "/desk/employers/{employer}": "read_employer",
    "/desk/employers/{employer}/declare": "declare",
    "/desk/employers/{employer}/bill": "declare",
    "/desk/employers/{employer}/bills": "read_employer",
    "/desk/employers/{employer}/book": "book_money",
    "/desk/employers/{employer}/change": "register_employer",
    "/desk/employers/{employer}/end": "register_employer",
    "/desk/institutions": "read_clearing",
    "/desk/institutions/register": "register_institution",
    "/desk/institutions/{institution}": "read_clearing",
    "/desk/institutions/{institution}/apply": "apply_clearing",
    "/desk/institutions/{institution}/change": "register_institution",
    "/desk/institutions/{institution}/end": "register_institution",
    "/desk/institutions/{institution}/agreements": "agree_clearing",
    "/desk/institutions/{institution}/years": "review_clearing",
    "/desk/clearing": "read_clearing",
    "/desk/institutions/{institution}/prices": "read_prices",
    "/desk/institutions/{institution}/prices/hand-in": "list_prices",
    "/desk/catalogue": "read_prices",
    "/desk/catalogue/draw": "change_catalogue",
    "/desk/catalogue/{catalogue_change}": "read_prices",
    "/desk/catalogue/{catalogue_change}/decide": "change_catalogue",
    "/desk/prices": "read_prices",
    "/desk/prices/{price_list}": "read_prices",
    "/desk/prices/{price_list}/decide": "confirm_prices",
    "/desk/points": "read_clearing",
    "/desk/points/draw": "review_clearing",
    "/desk/points/{points_period}": "read_clearing",
    "/desk/points/{points_period}/decide": "review_clearing",
    "/desk/between": "read_clearing",
    "/desk/between/declare": "review_clearing",
    "/desk/between/net": "close_clearing",
    "/desk/goods": "read_clearing",
    "/desk/goods/draft": "take_clearing",
    "/desk/goods/{goods_list}": "read_clearing",
    "/desk/users": "manage_actors",
    "/desk/agencies": "manage_actors",
    "/desk/reconciliation": "read_reconciliation",
    "/desk/reconciliation/import": "reconcile",
    "/desk/reconciliation/resolve": "reconcile",
    "/desk/reconciliation/overpaid": "reconcile",
    "/desk/finance": "read_finance",
    "/desk/finance/month": "read_finance",
    "/desk/finance/statement.csv": "read_finance",
    "/desk/finance/accounts": "read_finance",
    "/desk/finance/books.zip": "read_finance",
    "/desk/finance/money": "read_finance",
    "/desk/finance/money/enter": "enter_fund_money",
    "/desk/finance/money/{voucher}": "sign_fund_money",
    "/desk/finance/budget": "read_finance",
    "/desk/finance/budget.csv": "read_finance",
    "/desk/finance/budget/enter": "enter_budget",
    "/desk/finance/budget/{fund_budget}": "approve_budget",
    "/desk/statistics": "read_statistics",
    "/desk/statistics/table.csv": "read_statistics",
    "/desk/imports": "import_records",
    "/desk/jobs": "read_jobs",
}
"""Pages of the desk by the beginning of their addresses: the operation that they stand for."""
_PARAMETER = re.compile(r"{(\w+)}")
_FIELD = re.compile(
    r"<(input|select|textarea)\b([^>]*)>(.*?)(?=<(?:input|select|textarea|/form)\b)", re.S
)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_OPTION = re.compile(r'<option value="([^"]*)"( selected)?')
_PEOPLE = {"payee", "grantee", "grantor", "to", "relative"}
"""Fields in which somebody is chosen."""


class PagesWalk(Walk):
    """The routes below ``/own`` and ``/desk``: one that is added is walked by itself."""

    def __init__(self, town: Town, address: str, app: Starlette) -> None:
        super().__init__(town, address)
        self.effects: set[str] = set()
        """Forms that did something in one's own name."""
        self._routes = [
            (route.path, method)
            for route in app.routes
            if isinstance(route, Route) and _OWN.match(route.path)
            for method in sorted((route.methods or set()) - {"HEAD"})
        ]
        self._of_the_desk = [
            (route.path, method)
            for route in app.routes
            if isinstance(route, Route) and _DESK.match(route.path) and route.path != "/desk"
            for method in sorted((route.methods or set()) - {"HEAD"})
        ]
        self._marks = {
            thing
            for things in town.objects[STRANGER]
            for name, thing in things.items()
            if name != "place"
        }

    def walk(self) -> Tally:
        """By everybody who may not, and by Wang with the stranger's things."""
        for path, method in self._routes:
            self.tally.operations.add(f"{method} {path}")
            for knocker in self.town.knockers:
                if knocker.reads_only:
                    continue
                if knocker.actor is None:
                    statuses: tuple[int, ...] = (303,)
                elif knocker.actor.role is Role.INSURED:
                    self._as_wang(knocker, path, method)
                    continue
                else:
                    statuses = (403,)
                response = self._send(knocker, path, method, {})
                self.denied(f"{method} {path} by {knocker.name}", response, statuses)
        for path, method in self._of_the_desk:
            self.tally.operations.add(f"{method} {path}")
            for knocker in self.town.knockers:
                if not knocker.reads_only:
                    self._at_the_desk(knocker, path, method)
        for path, method in self._routes:
            self._as_oneself(path, method)
        return self.tally

    def _at_the_desk(self, knocker: Knocker, path: str, method: str) -> None:
        """Whoever the matrix does not let is refused; an empty form of the others does nothing."""
        what = f"{method} {path} by {knocker.name}"
        operation = next(
            operation
            for beginning, operation in reversed(_ASKED_AT_THE_DESK.items())
            if path.startswith(beginning)
        )
        actor = knocker.actor
        if actor is None:
            self.denied(what, self._send(knocker, path, method, {}), (303,))
            return
        person = STRANGER if "{person}" in path else None
        # A list is of the own area; whose the person is decides the rest.
        if not may(actor, operation, person, area=actor.area if person is None else None) or (
            "{case}" in path and actor.area == ELSEWHERE_AREA
        ):
            self.denied(what, self._send(knocker, path, method, {}), (403,))
            return
        response = self._send(knocker, path, method, {})
        changed = {name for name, _ in self.changed()} - OF_A_REFUSAL
        if response.status_code not in (200, 404, 422) or changed:
            self.tally.faults.append(f"{what}: {response.status_code}, changed {changed}")
        else:
            self.tally.granted += 1

    def _as_oneself(self, path: str, method: str) -> None:
        """The same requests in one's own name pass: they are not refused for being nonsense."""
        if _PARAMETER.search(path):
            return
        (wang,) = (knocker for knocker in self.town.knockers if knocker.name == "insured")
        for fields in self._asked(wang, path, method):
            own = {name: value for name, value in fields.items() if STRANGER not in value}
            response = self._send(wang, path, method, own)
            self.granted(f"{method} {path} in one's own name", response)
            if method == "POST" and self.changed():
                self.effects.add(path)

    def _send(
        self, knocker: Knocker, path: str, method: str, fields: Mapping[str, str]
    ) -> httpx.Response:
        things = self.town.objects[STRANGER][0]
        named = {
            **things,
            "person": STRANGER,
            "document": "none",
            "errand": "suspension",
            "employer": "none",
            "step": "none",
        }
        named["what"] = "none"
        named.setdefault("hit", "none")
        address = _PARAMETER.sub(lambda match: named[match[1]], path)
        sent = {"form_token": knocker.form_token, **fields}
        if method == "GET":
            return self.http.get(address, headers=knocker.headers, params=fields)
        return self.http.post(address, headers=knocker.headers, data=sent)

    def _as_wang(self, wang: Knocker, path: str, method: str) -> None:
        """With the stranger asked for: nothing is told of it, and nothing of its changed."""
        for fields in self._asked(wang, path, method):
            response = self._send(wang, path, method, fields)
            told = response.content.decode("utf-8", "replace")
            what = f"{method} {path} by insured for the stranger"
            changed = {name for name, row in self.changed() if is_of_the_stranger(row, self._marks)}
            if _PARAMETER.search(path) and response.status_code not in (403, 404, 409, 422):
                self.tally.faults.append(f"{what}: answered {response.status_code}")
            elif changed:
                self.tally.faults.append(f"{what}: changed the stranger's {changed}")
            elif marks := self.of_the_stranger(told):
                self.tally.faults.append(f"{what}: told {marks}")
            else:
                self.tally.denied += 1

    def _asked(self, wang: Knocker, path: str, method: str) -> Iterator[dict[str, str]]:
        """What is sent: the stranger as the one whose page it is, and as whoever is chosen."""
        if method == "GET":
            yield {"for": STRANGER}
            if _PARAMETER.search(path):
                yield {}
            return
        confirmed = {"step": "confirm", "agree": "1", "once": secrets.token_hex(16)}
        shown = {} if _PARAMETER.search(path) else self._fields(wang, path)
        yield {**shown, **confirmed, "for": STRANGER}
        chosen = {name: STRANGER for name in shown if name in _PEOPLE}
        if chosen:
            yield {**shown, **confirmed, "once": secrets.token_hex(16), **chosen}

    def _fields(self, wang: Knocker, path: str) -> dict[str, str]:
        """The fields of a page's form as it comes, a first choice made in each."""
        page = self.http.get(path, headers=wang.headers).text.partition("<main")[2]
        fields: dict[str, str] = {}
        for kind, attributes, inner in _FIELD.findall(page):
            told = dict(_ATTRIBUTE.findall(attributes))
            name = told.get("name", "")
            if not name:
                continue
            if kind == "select":
                options = _OPTION.findall(inner)
                chosen = [value for value, selected in options if selected]
                fields[name] = (chosen or [value for value, _ in options if value] or [""])[0]
            else:
                fields.setdefault(name, html.unescape(told.get("value", "")))
        return fields


def walk_pages(town: Town, address: str, app: Starlette) -> Tally:
    """The walk of the pages."""
    walk = PagesWalk(town, address, app)
    try:
        tally = walk.walk()
    finally:
        walk.close()
    if len(walk.effects) < 2:
        tally.faults.append(f"of all forms only {walk.effects} do anything in one's own name")
    return tally
