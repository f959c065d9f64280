"""The keys file: read, refused with its place, and made."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from yibao.cli.sandbox import sandbox
from yibao.errors import InputError
from yibao.gateway import crypto
from yibao.gateway.keys import Keys, read_keys


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a keys file that only its owner reads."""

    def write(text: str) -> Path:
        path = tmp_path / "keys.yaml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return write


def test_a_file_of_new_keys_is_its_owners_alone(tmp_path: Path) -> None:
    file = tmp_path / "keys.yaml"
    assert CliRunner().invoke(sandbox, ["keys", "H1", "--output", str(file)]).output == ""
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert read_keys(file).closed
    refused = CliRunner().invoke(sandbox, ["keys", "H1", "--output", str(file)])
    assert "不覆盖" in str(refused.exception)
    nowhere = CliRunner().invoke(sandbox, ["keys", "H1", "--output", str(tmp_path / "none" / "x")])
    assert "写不成" in str(nowhere.exception)


def test_new_keys_can_be_read_and_used(written: Callable[[str], Path]) -> None:
    said = CliRunner().invoke(sandbox, ["keys", "H1", "H2"])
    keys = read_keys(written(said.output))
    assert keys.closed
    heads = keys.headers
    header_keys = [*heads.api.values(), *heads.tif.values(), *heads.clients.values(), *heads.bearer]
    assert {key.institutions for key in header_keys} == {frozenset({"H1", "H2"})}
    assert list(keys.senders) == ["H1"]
    [sender] = keys.senders.values()
    [app] = keys.apps.values()
    assert app.client_public == sender.sm2_public
    private = said.output.partition("（只给客户端）：")[2].partition("\n")[0]
    signed = crypto.sm2_sign(b"input", private, sender.sm2_public)
    assert crypto.sm2_verifies(b"input", signed, sender.sm2_public)
    assert len(sender.sm4) == 16
    shown = "\n".join(keys.shown())
    for secret in (*(key.secret for key in header_keys), sender.own_private):
        assert secret not in shown


def test_an_app_of_mobile_payment(written: Callable[[str], Path]) -> None:
    app = "A123456789ABCDEF"
    keys = read_keys(written(f"apps: {{{app}: {{secret: '0123456789abcdef', institution: H1}}}}"))
    assert keys.apps[app].institution == "H1"
    assert not keys.closed


def test_who_is_closed() -> None:
    assert not Keys().closed
    assert Keys().shown() == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[1]", "应是“名: 值”"),
        ("{", "不是合法的 YAML"),
        ("other: {}", "不认识 other，可以写 headers、senders、apps"),
        ("headers: {api: {ak: text}}", "headers.api.ak：要写明密钥代表哪些机构"),
        ("headers: {bearer: [text]}", "headers.bearer[0]：要写明密钥代表哪些机构"),
        (
            "headers: {api: {ak: {secret: 12, institutions: [H1]}}}",
            "headers.api.ak.secret：密钥应是文字",
        ),
        (
            "headers: {api: {ak: {secret: x, institutions: []}}}",
            "headers.api.ak.institutions：应是机构编号的列表",
        ),
        (
            "headers: {api: {ak: {secret: x, institutions: ['*']}}}",
            "headers.api.ak.institutions：应是机构编号的列表",
        ),
        ("senders: {'*': {sm2_public: '" + "0" * 128 + "'}}", "公钥代表一家机构"),
        ("headers: {bearer: one}", "headers.bearer：应是令牌的列表"),
        ("senders: {H1: {sm2_public: abc}}", "senders.H1.sm2_public：应是 128 位十六进制"),
        ("senders: {H1: {sm4: short}}", "senders.H1.sm4：应是 16 个字节"),
        ("senders: {H1: {sm3: x}}", "senders.H1：不认识 sm3"),
        ("senders: {H1: {own_public: '" + "0" * 128 + "'}}", "要一起写"),
        ("apps: {A123456789ABCDEF: {secret: x}}", "apps.A123456789ABCDEF：要写 institution"),
        ("apps: {A1: {secret: x, institution: H1}}", "apps.A1：appId 至少 16 个字符"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    written: Callable[[str], Path], text: str, said: str
) -> None:
    with pytest.raises(InputError) as raised:
        read_keys(written(text))
    assert said in str(raised.value)


def test_a_file_that_others_can_read(written: Callable[[str], Path]) -> None:
    path = written(
        yaml.safe_dump({"headers": {"bearer": [{"secret": "x", "institutions": ["H1"]}]}})
    )
    path.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        read_keys(path)
    with pytest.raises(InputError, match="读不出来"):
        read_keys(path.with_name("none.yaml"))
