"""``yibao serve`` as a process of its own: what it prints, whom it answers, how it ends."""

from __future__ import annotations

import re
import secrets
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import select

from yibao.access.tables import event
from yibao.access.trail import verify_people
from yibao.cli.sandbox import sandbox
from yibao.database.unit import open_database

from ..support.serving import Service
from .conftest import HOSPITAL

READ = {
    "infno": "1101",
    "fixmedins_code": HOSPITAL,
    "input": {"data": {"mdtrt_cert_type": "02", "mdtrt_cert_no": "140100196003010014"}},
}
Serve = Callable[..., Service]


@pytest.fixture
def serve(tmp_path: Path, sandbox_url: str) -> Iterator[Serve]:
    """Starts the service on a new sandbox and waits until it answers."""
    with ExitStack() as stack:

        def run(*options: str) -> Service:
            folder = tmp_path / secrets.token_hex(4)
            folder.mkdir()
            service = Service(folder, ("--database", sandbox_url, *options))
            stack.callback(service.kill)
            service.start()
            return service

        yield run


def test_it_prints_what_a_vendor_needs_and_answers(serve: Serve) -> None:
    service = serve()
    printed = service.said()
    for word in ("T0001", "H14010500001", "XA000001", "没有配置，请求头和签名都不核对"):
        assert word in printed
    opens = re.search(r"http://127.0.0.1:\d+(/inspector/\?token=\S+)", printed)
    assert opens is not None
    with httpx.Client(trust_env=False, follow_redirects=True) as http:
        assert http.get(service.address()).status_code == 200
        answer = http.post(service.address("/any/path"), json=READ).json()
        assert answer["output"]["baseinfo"]["psn_no"] == "T0001"
        assert http.get(service.address("/inspector/")).status_code == 403
        listed = http.get(service.address(opens[1]))
        assert "1101 人员信息获取" in listed.text
    assert service.said().count("\n") < 60  # nothing about requests, people or errors
    assert service.end() in (0, -signal.SIGTERM)


def test_others_are_answered_only_with_keys(serve: Serve, tmp_path: Path, sandbox_url: str) -> None:
    with pytest.raises(AssertionError, match="只能听本机"):
        serve("--host", "0.0.0.0")
    path = tmp_path / "keys.yaml"
    keys_file = CliRunner().invoke(sandbox, ["keys", "H14010500001"]).output
    keys = yaml.safe_load(keys_file)
    del keys["senders"]  # as the file says to those that do not sign
    path.write_text(yaml.safe_dump(keys), encoding="utf-8")
    path.chmod(0o600)
    service = serve("--host", "0.0.0.0", "--keys", str(path))
    token = keys["headers"]["bearer"][0]["secret"]
    assert token not in service.said()
    with httpx.Client(trust_env=False) as http:
        assert http.post(service.address(), json=READ).status_code == 401
        headers = {"authorization": f"Bearer {token}"}
        assert http.post(service.address("/x"), json=READ, headers=headers).json()["infcode"] == 0
        other = http.post(
            service.address("/x"),
            json={**READ, "fixmedins_code": "H14010500002"},
            headers=headers,
        )
        assert other.status_code == 401
        assert "不代表机构 H14010500002" in other.json()["message"]
        assert http.get(service.address("/inspector/"), headers=headers).status_code == 403
    service.kill()
    serve("--host", "0.0.0.0", "--keys", str(path))
    _check_trail(sandbox_url, token)


def _check_trail(url: str, token: str) -> None:
    """Which keys are good for whom stands on the trail, once for both starts; no secret does."""
    database = open_database(url)
    query = select(event.c.content).where(event.c.operation == "open_gateway")
    (content,) = database.read(lambda unit: unit.run(query).scalars().all())
    assert content["bearer"][0][1] == ["H14010500001"]
    assert token not in str(content)
    assert list(verify_people(database, ["store:gateway"])) == []
    database.dispose()


def test_without_a_gateway_there_is_none(serve: Serve) -> None:
    service = serve("--no-gateway", "--host", "0.0.0.0")
    with httpx.Client(trust_env=False) as http:
        assert http.post(service.address("/x"), json=READ).status_code in (404, 405)
        assert http.get(service.address("/inspector/")).status_code == 404
