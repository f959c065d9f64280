"""Tokens for programs: made on a page, used over the API, revoked there."""

from __future__ import annotations

import re
from collections.abc import Callable

from yibao.access.tokens import PREFIX

from .conftest import Caller, hidden, words_of

Enter = Callable[[str], Caller]
WANTED = {"name": "记账软件", "days": "30"}
ME = "/api/v1/me"


def _made(caller: Caller, **changed: str) -> str:
    """The secret that the page shows once."""
    recap = caller.follow("/own/tokens/add", caller.form("/own/tokens/add") | WANTED | changed)
    assert "还没有办" in recap
    shown = caller.follow("/own/tokens/add", hidden(recap))
    (secret,) = set(re.findall(PREFIX + r"[\w-]{43}", words_of(shown)))
    again = caller.post("/own/tokens/add", data=hidden(recap))
    assert again.status_code == 409
    assert secret not in again.text
    return secret


def test_a_token_is_made_used_and_revoked(enter: Enter) -> None:
    caller = enter("zhangwei")
    assert caller.get(ME).json()["by_token"] is False
    secret = _made(caller)
    headers = {"Authorization": f"Bearer {secret}"}
    told = caller.get(ME, headers=headers).json()
    assert (told["person"], told["writes"], told["by_token"]) == ("zhangwei", False, True)
    page = caller.get("/own/tokens").text
    assert "记账软件" in page
    assert "只能查询" in page
    assert secret not in page
    (revoke,) = re.findall(r'action="(/own/tokens/[0-9a-f]+)"', page)
    after = caller.follow(revoke, hidden(page))
    assert "已撤销" in words_of(after)
    assert caller.get(ME, headers=headers).status_code == 401


def test_what_is_wrong_stands_next_to_its_field(enter: Enter) -> None:
    caller = enter("zhangwei")
    form = caller.form("/own/tokens/add")
    for changed in ({"name": ""}, {"days": "0"}, {"days": "400"}, {"name": "x" * 41}):
        answer = caller.post("/own/tokens/add", data=form | WANTED | changed)
        assert answer.status_code == 422, changed
        assert f'id="{next(iter(changed))}' in answer.text


def test_nobody_revokes_anothers_token(enter: Enter) -> None:
    caller = enter("zhangwei")
    secret = _made(caller)
    page = caller.get("/own/tokens").text
    (revoke,) = re.findall(r'action="(/own/tokens/[0-9a-f]+)"', page)
    other = enter("lina")
    form = other.form("/own/tokens/add")
    assert other.post(revoke, data=form).status_code == 404
    assert other.get(ME, headers={"Authorization": f"Bearer {secret}"}).status_code == 200
