"""A journey through the pages of the demo in a real browser, by people of several posts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from tests.portal.browsing import findings, keep_picture, open_page, overflow, serving
from tests.portal.browsing import wait_for_text as wait_for_words
from tests.portal.own.conftest import Caller, Clock, copied, hidden, house_of

from yibao.database.unit import Database
from yibao.policy.compile import PolicyLibrary
from yibao.portal.security import SESSION_COOKIE
from yibao.scenario.demo import code_of, logins


@dataclass
class Journey:
    """A page in a browser, and whoever signs in on it."""

    name: str
    width: str
    look: str
    place: str
    page: Any
    store: Database
    clock: Clock
    house: Starlette
    passwords: dict[str, str]
    cookies: dict[str, str] = field(default_factory=dict)
    pictures: int = 0

    def sign_in(self, *names: str) -> None:
        """Sign people in, each with the code of a telephone where the post wants one."""
        for name in names:
            caller = Caller(self.house, follow_redirects=False)
            sent = {"login": name, "password": self.passwords[name]}
            answer = caller.post("/sign-in", data=sent)
            if answer.headers["location"].startswith("/sign-in/code"):
                self.clock.forward(seconds=30)  # a code is taken once
                code = code_of(self.store, name, self.clock.at)
                form = hidden(caller.get("/sign-in/code").text) | {"code": code}
                caller.post("/sign-in/code", data=form)
            self.cookies[name] = caller.cookies[SESSION_COOKIE]

    def enter(self, name: str, address: str) -> None:
        """Somebody opens a page, which fits into the window."""
        if name not in self.cookies:
            self.sign_in(name)
        cookie = {"name": SESSION_COOKIE, "value": self.cookies[name], "url": self.place}
        self.page.context.clear_cookies(name=SESSION_COOKIE)
        self.page.context.add_cookies([cookie])
        self.page.goto(self.place + address)
        assert overflow(self.page) <= 0, (name, address)
        self.pictures += 1
        keep_picture(self.page, f"{self.name}-{self.width}-{self.look}-{self.pictures}-{name}")

    def press(self, name: str, said: str, *, exact: bool = False) -> None:
        """Press a button, and wait until the page says something."""
        self.page.get_by_role("button", name=name, exact=exact).first.click()
        wait_for_words(self.page, said)

    def hand(self, label: str | re.Pattern[str], name: str, text: str) -> None:
        """Choose a file for a field."""
        file = {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
        self.page.get_by_label(label).set_input_files(file)

    def violations(self, pages: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
        """What axe finds on the pages of (login, address)."""
        found_by_axe = []
        for name, address in pages:
            self.enter(name, address)
            found_by_axe += findings(self.page, address)
        return found_by_axe


@contextmanager
def journey(
    name: str,
    packs: PolicyLibrary,
    demo_store: Path,
    folder: Path,
    browser: Any,
    closing: list[Any],
    width: str,
    look: str = "zh.normal.light",
    *,
    script: bool = False,
) -> Iterator[Journey]:
    """A copy of the demo with a service of its own, open in a browser until the block is left."""
    clock = Clock()
    with copied(demo_store, folder) as store:
        house = house_of(packs, store, folder, clock)
        passwords = {login.login: login.password for login in logins(store)}
        with serving(house) as place:
            page = open_page(browser, place, width, look, script=script)
            closing.append(page)
            yield Journey(name, width, look, place, page, store, clock, house, passwords)
