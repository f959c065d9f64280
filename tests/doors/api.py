"""Every signed-in operation of the API by everybody, from its own description over HTTP."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from yibao.access.permissions import MATRIX, Reach, may

from .town import STRANGER, TARGETS, WANG, Knocker, Town
from .walking import OF_A_REFUSAL, Tally, Walk

ROOT = "/api/v1"
_KEYS = itertools.count(1)
_OTHER_PEOPLE = ("grantee", "grantor", "to")
"""Fields of a body in which somebody stands; in ``bill`` and the like a thing stands."""
_PARAMETER = re.compile(r"{(\w+)}")


class ApiWalk(Walk):
    """The operations as the service describes them: one that is added is walked by itself."""

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and description of each that wants somebody signed in."""
        described = self.http.get(f"{ROOT}/openapi.json").json()
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if operation.get("security"):
                    yield method.upper(), path, operation

    def send(
        self,
        knocker: Knocker,
        method: str,
        path: str,
        operation: Mapping[str, Any],
        things: Mapping[str, str],
    ) -> httpx.Response:
        """One call with these things in its address and its body."""
        headers = {**knocker.headers, "Idempotency-Key": f"door-key-{next(_KEYS):08}"}
        query = {
            parameter["name"]: parameter["example"]
            for parameter in operation["parameters"]
            if parameter["in"] == "query" and parameter["required"]
        }
        body = None
        if "requestBody" in operation:
            (media,) = operation["requestBody"]["content"].values()
            body = {name: things.get(name, value) for name, value in media["example"].items()}
        address = ROOT + _PARAMETER.sub(lambda match: things[match[1]], path)
        return self.http.request(method, address, headers=headers, params=query, json=body)

    def walk(self) -> Tally:
        """By everybody, on everybody's things; then with another's things in one's own name."""
        wanted = list(self.operations())
        for method, path, operation in wanted:
            self.tally.operations.add(operation["operationId"])
            for knocker in self.town.knockers:
                self._knock(knocker, method, path, operation)
        for method, path, operation in wanted:
            self._name_anothers(method, path, operation)
        # What is granted comes last: it may change what the others would have met.
        for method, path, operation in wanted:
            self._enter(method, path, operation)
        return self.tally

    def _calls(
        self, knocker: Knocker, method: str, path: str, operation: Mapping[str, Any]
    ) -> Iterator[tuple[str, dict[str, str], bool]]:
        """What is called, with what, and whether the matrix grants it."""
        named = f"{operation['operationId']} by {knocker.name}"
        permission = operation.get("x-permission", "")
        if not permission:
            # Nobody's records: a token of one's own, or who one is.
            is_others = bool(_PARAMETER.search(path))
            things = self.town.objects[STRANGER][0]
            by_session = "session=" in knocker.headers.get("Cookie", "")
            granted = knocker.actor is not None and not is_others
            if method != "GET":
                granted = granted and by_session
            yield named, things, granted
            return
        if "{person}" not in path:
            # What an area has in common: whoever works for it, and on what is there.
            actor = knocker.actor
            # An employer's login reaches its own alone, and there is none behind the example.
            own = None if actor is None or "{employer}" in path else actor.employer_id
            granted = actor is not None and may(actor, permission, area=actor.area, employer_id=own)
            if method != "GET":
                granted &= not (knocker.reads_only or knocker.is_institution)
            yield named, self.town.objects[STRANGER][0], granted
            return
        for target in TARGETS:
            for things in self.town.objects[target]:
                granted = knocker.actor is not None and _grants(
                    permission, knocker, target, _place(path, things)
                )
                if method != "GET":
                    # An institution writes through its own interface.
                    granted &= not (knocker.reads_only or knocker.is_institution)
                yield f"{named} on {target}", {**things, "person": target}, granted

    def _knock(
        self, knocker: Knocker, method: str, path: str, operation: Mapping[str, Any]
    ) -> None:
        statuses = (401,) if knocker.actor is None else (403,)
        if not operation.get("x-permission"):
            statuses = (401,) if knocker.actor is None else (403, 404)
        for what, things, granted in self._calls(knocker, method, path, operation):
            if granted:
                continue
            may_leave = OF_A_REFUSAL if 404 in statuses else frozenset()
            response = self.send(knocker, method, path, operation, things)
            self.denied(what, response, statuses, may_leave=may_leave)

    def _name_anothers(self, method: str, path: str, operation: Mapping[str, Any]) -> None:
        """In one's own name, but with a thing of the stranger's, or the stranger."""
        wang = next(knocker for knocker in self.town.knockers if knocker.name == "insured")
        body: Mapping[str, Any] = {}
        if "requestBody" in operation:
            (media,) = operation["requestBody"]["content"].values()
            body = media["example"]
        in_path = [name for name in _PARAMETER.findall(path) if name != "person"]
        things = {**self.town.objects[STRANGER][0], "person": WANG}
        people = [name for name in _OTHER_PEOPLE if name in body]
        named = [name for name in (*in_path, *body) if name in things and name != "person"]
        if not operation.get("x-permission") or not (named or people):
            return
        if not may(wang.actor, operation["x-permission"], WANG):
            return
        things |= dict.fromkeys(people, STRANGER)
        self.denied(
            f"{operation['operationId']} in one's own name on another's {named + people}",
            self.send(wang, method, path, operation, things),
            (404, 409, 422),
            may_leave=OF_A_REFUSAL,
        )

    def _enter(self, method: str, path: str, operation: Mapping[str, Any]) -> None:
        for knocker in self.town.knockers:
            for what, things, granted in self._calls(knocker, method, path, operation):
                if not granted or (method != "GET" and knocker.name != "insured"):
                    continue
                response = self.send(knocker, method, path, operation, things)
                self.granted(what, response)
                if knocker.is_institution and "person" in things:
                    self._tells_its_own(what, knocker, things["person"], response)

    def _tells_its_own(
        self, what: str, knocker: Knocker, person: str, response: httpx.Response
    ) -> None:
        """An institution hears of nothing that was done at another."""
        assert knocker.actor is not None
        for things in self.town.objects[person]:
            if things["place"] == knocker.actor.institution_id:
                continue
            for name in ("settlement", "visit"):
                if things[name] in response.text:
                    self.tally.faults.append(f"{what}: told another place's {name}")


def _place(path: str, things: Mapping[str, str]) -> str | None:
    """At which institution that was done which a path names; a list is of one's own place."""
    if "{settlement}" in path or "{visit}" in path:
        return things["place"]
    return "own" if path.endswith("/settlements") else None


def _grants(permission: str, knocker: Knocker, target: str, place: str | None) -> bool:
    actor = knocker.actor
    assert actor is not None
    if MATRIX[permission].get(actor.role) is Reach.PLACE and place == "own":
        place = actor.institution_id
    return may(actor, permission, target, place)


def walk_api(town: Town, address: str) -> Tally:
    """The walk of the API."""
    walk = ApiWalk(town, address)
    try:
        return walk.walk()
    finally:
        walk.close()
