"""Where people reach a service, and whose word about the sender counts."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from yibao.cli.main import main
from yibao.cli.reached import (
    is_local,
    listening_address,
    proxy_networks,
    public_address,
    reserved_port,
)
from yibao.errors import InputError


def test_an_address_is_scheme_host_and_port() -> None:
    assert public_address("https://yibao.example.org/") == "https://yibao.example.org"
    assert public_address("http://[2001:db8::1]:8080") == "http://[2001:db8::1]:8080"
    assert listening_address("::1", 8000) == "http://[::1]:8000"
    for text in (
        *("yibao.example.org", "ftp://yibao.example.org", "https://", "https://:443"),
        *("https://a.example/b", "https://a.example?c", "https://a@b.example", "http://a:port"),
        *("https://医保.example", "http://[::1", "https://a.example#d"),
    ):
        with pytest.raises(InputError, match="https://域名"):
            public_address(text)


def test_port_0_is_a_real_one_before_anything_is_printed() -> None:
    """What is printed is where the service then listens, and nobody else is given it."""
    with reserved_port("127.0.0.1", 0) as port, reserved_port("127.0.0.1", 0) as other:
        assert 0 < port != other > 0
        with socket.create_server(("127.0.0.1", port)) as service:
            assert service.getsockname()[1] == port
    with reserved_port("127.0.0.1", 8123) as port:
        assert port == 8123
    with reserved_port("no such host", 0) as port:
        assert port == 0, "who listens says what is wrong"


def test_proxies_are_networks_and_never_everybody() -> None:
    assert proxy_networks(["127.0.0.1", "10.0.3.0/24", "::1"]) == (
        "127.0.0.1/32",
        "10.0.3.0/24",
        "::1/128",
    )
    for text in ("*", "proxy", "10.0.3.1/24", "", "0.0.0.0/0", "::/0"):
        with pytest.raises(InputError):
            proxy_networks([text])


def test_local_is_what_no_other_machine_opens() -> None:
    assert is_local("http://127.0.0.1:8000")
    assert is_local("http://localhost")
    assert is_local("http://[::1]:8000")
    assert not is_local("http://0.0.0.0:8000")
    assert not is_local("https://yibao.example.org")


@pytest.mark.parametrize(
    "options",
    [
        ["--host", "0.0.0.0"],
        ["--proxy", "127.0.0.1"],
        ["--public-url", "https://yibao.example.org"],
    ],
)
def test_without_keys_nobody_else_is_let_in_not_even_through_a_proxy(
    options: list[str], capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YIBAO_GATEWAY_KEYS", raising=False)
    assert main(["serve", "--port", "1", *options]) == 2
    assert "--no-gateway" in capsys.readouterr().err


def test_a_password_in_a_command_line_is_warned_of(
    capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "postgresql://wang:secret@127.0.0.1:1/none"
    assert main(["db", "check", "--url", url]) != 0
    told = capsys.readouterr().err
    assert "YIBAO_DATABASE_URL" in told
    assert "secret" not in told
    monkeypatch.setenv("YIBAO_DATABASE_URL", url)
    assert main(["db", "check"]) != 0
    assert "进程列表" not in capsys.readouterr().err
