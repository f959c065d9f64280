"""Forms that nobody fills in like that: never a 500, and each fault beside its field in Chinese."""

from __future__ import annotations

import random
import re
from pathlib import Path

from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import logins

from ..test_fuzz import STRANGE
from .conftest import Caller, Clock, copied, hidden, house_of

FORMS = {
    "/own/pay": ("payee", "scheme", "year", "month", "months", "base", "channel"),
    "/own/aid/add": ("grantee", "start", "end", "limit", "agree"),
    "/own/aid/details": ("grantor", "given", "agree"),
    "/own/transfer": ("target", "amount"),
    "/own/filing": ("person", "kind", "care_area", "start", "end"),
    "/own/chronic": ("person", "disease", "start", "shown"),
    "/own/enrol": ("person", "scheme", "area", "route", "start"),
    "/own/newborn": ("name", "sex", "birth", "number"),
    "/own/tokens/add": ("name", "scopes", "days"),
    "/own/insurance": (),
    "/own/credential": (),
}
SOUND = ("1", "yes", "2026-11-21", "2026-12-31", "2026-12", "100", "北京", "zhangwei", "lina")
SOUND += ("resident", "employee", "wechat", "counter_slip", "long_stay", "referral", "140100")
STEPS = ("", "", "confirm", "change", *STRANGE[:6])
_CHOICES = re.compile(r'name="(\w+)" value="([^"]+)"|<option value="([^"]+)"')


def test_strange_forms_of_ones_own(
    packs: PolicyLibrary, demo_store: Path, tmp_path: Path, verify: bool
) -> None:
    chance = random.Random(20261121)
    answered: dict[int, int] = {}
    with copied(demo_store, tmp_path) as store:
        caller = Caller(
            house_of(packs, store, tmp_path, Clock()),
            follow_redirects=False,
            raise_server_exceptions=False,
        )
        (password,) = [login.password for login in logins(store) if login.login == "zhangwei"]
        caller.post("/sign-in", data={"login": "zhangwei", "password": password})
        shown = {path: caller.get(path).text for path in FORMS}
        offered = {
            path: [two or three for _, two, three in _CHOICES.findall(text)]
            for path, text in shown.items()
        }
        token = hidden(shown["/own/pay"])["form_token"]
        for _ in range(2_000 if verify else 250):
            path = chance.choice(list(FORMS))
            values = (*SOUND, *offered[path], *chance.sample(STRANGE, 4))
            form = {name: chance.choice(values) for name in FORMS[path] if chance.random() < 0.9}
            form["form_token"] = token
            form["step"] = chance.choice(STEPS)
            if chance.random() < 0.7:
                form["once"] = f"{chance.getrandbits(64):016x}"
            if chance.random() < 0.2:
                form["for"] = chance.choice(values)
            answer = caller.post(path, data=form)
            assert answer.status_code in (200, 303, 403, 404, 409, 422), (path, form, answer.text)
            answered[answer.status_code] = answered.get(answer.status_code, 0) + 1
            if answer.status_code == 422:
                _beside_their_fields(path, answer.text)
    assert min(answered.get(200, 0), answered.get(422, 0)) > 20, answered


def _beside_their_fields(path: str, text: str) -> None:
    """Each fault is listed, leads to its field, and is said there in Chinese."""
    named = re.findall(r'<li><a href="#(\w+)">[^：<]*：([^<]*)</a>', text)
    for name, said in named:
        assert re.search("[\u4e00-\u9fff]", said), (path, name)
        assert f'id="{name}"' in text, (path, name)
        field = text.partition(f'id="{name}-fault"')[2]
        assert said in field.partition("</label>")[0][:1_000], (path, name, said)
    assert named or 'role="alert"' in text, path


def test_strange_sign_ins(packs: PolicyLibrary, demo_store: Path, tmp_path: Path) -> None:
    with copied(demo_store, tmp_path) as store:
        house = house_of(packs, store, tmp_path, Clock())
        caller = Caller(house, follow_redirects=False, raise_server_exceptions=False)
        for number, word in enumerate(STRANGE[::2]):
            sent = {"login": word, "password": word[::-1], "next": word}
            if number % 5 == 4:
                del sent["password"]
            answer = caller.post("/sign-in", data=sent)
            assert answer.status_code in (403, 413, 422, 429), (sent, answer.text)
            assert re.search("[\u4e00-\u9fff]", answer.text)
