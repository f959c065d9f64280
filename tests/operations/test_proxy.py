"""The nginx of docs/operations.md in front of ``yibao serve``, as people reach it over TLS."""

from __future__ import annotations

import datetime
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from yibao.gateway.keys import new_keys
from yibao.policy.compile import PolicyLibrary
from yibao.scenario.demo import demo_file, logins

from ..support.serving import SECONDS, Service, free_port, wait_until
from .blocks import block

NAME = "yibao.example.org"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
TOKEN = "token-of-the-metrics"


@pytest.fixture(scope="module", autouse=True)
def nginx() -> str:
    """Debian's nginx; these tests are skipped, loudly, where it is absent."""
    if NGINX is None:
        pytest.skip("没有 nginx：反向代理的测试没有运行（apt-get install nginx-light）")
    return NGINX


@pytest.fixture(scope="module")
def served(packs: PolicyLibrary, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A small demo behind the proxy, with keys; the port of the proxy is ``tls_port``."""
    folder = tmp_path_factory.mktemp("behind")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        demo_file(packs, folder / "demo.db", families=1).dispose()
    keys = folder / "keys.yaml"
    keys.touch(0o600)
    keys.write_text(new_keys(["H14010500001"]), encoding="utf-8")
    tls = free_port()
    service = Service(folder)
    service.tls_port = tls  # type: ignore[attr-defined]
    service.start(
        {
            "YIBAO_SECRET_KEY": "5a" * 32,
            "YIBAO_GATEWAY_KEYS": str(keys),
            "YIBAO_PUBLIC_URL": f"https://{NAME}:{tls}",
            "YIBAO_PROXIES": "127.0.0.1",
            "YIBAO_METRICS_TOKEN": TOKEN,
        }
    )
    yield service
    service.kill()


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of the name for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    whole, secret = folder / "fullchain.pem", folder / "privkey.pem"
    whole.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return whole, secret


@pytest.fixture(scope="module")
def proxy(nginx: str, served: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example of the docs on ports and files of this test; the certificate to trust."""
    folder = tmp_path_factory.mktemp("nginx")
    whole, secret = _certificate(folder)
    tls, plain = served.tls_port, free_port()  # type: ignore[attr-defined]
    replaced = {
        "127.0.0.1:8000": f"127.0.0.1:{served.port}",
        "listen 443": f"listen 127.0.0.1:{tls}",
        "listen 80": f"listen 127.0.0.1:{plain}",
        "/etc/ssl/yibao/fullchain.pem": str(whole),
        "/etc/ssl/yibao/privkey.pem": str(secret),
    }
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;\n"
        f"events {{ }}\nhttp {{ access_log off;\n{temporary}{block('nginx', **replaced)}}}\n",
        encoding="utf-8",
    )
    started = [nginx, "-p", str(folder), "-c", str(configuration)]
    process = subprocess.Popen(started, stderr=subprocess.DEVNULL)
    wait_until(lambda: process.poll() is not None or (folder / "pid").exists(), "nginx")
    log = folder / "error.log"
    assert process.poll() is None, log.read_text(encoding="utf-8")
    yield whole
    process.terminate()
    process.wait(SECONDS)


def person(served: Service, proxy: Path, source: str = "127.0.0.1") -> httpx.Client:
    """A browser on a machine of its own, which knows where the name is."""
    transport = httpx.HTTPTransport(
        verify=ssl.create_default_context(cafile=str(proxy)), local_address=source
    )
    tls = served.tls_port  # type: ignore[attr-defined]
    return httpx.Client(
        transport=transport,
        base_url=f"https://127.0.0.1:{tls}",
        headers={"Host": f"{NAME}:{tls}"},
        timeout=SECONDS,
    )


def ask(client: httpx.Client, method: str, path: str, **more: object) -> httpx.Response:
    """A request whose TLS names the host, as a browser's does."""
    extensions = {"sni_hostname": NAME}
    return client.request(method, path, extensions=extensions, **more)  # type: ignore[arg-type]


def test_pages_forms_and_messages_go_through_and_cookies_are_secure(
    served: Service, proxy: Path, packs: PolicyLibrary
) -> None:
    site = f"https://{NAME}:{served.tls_port}"  # type: ignore[attr-defined]
    with person(served, proxy) as browser:
        page = ask(browser, "GET", "/")
        assert page.status_code == 200
        assert page.headers["strict-transport-security"].startswith("max-age=")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("YIBAO_SECRET_KEY", "5a" * 32)
            database = demo_file(packs, served.folder / "demo.db", families=1)
            user = logins(database)[0]
            database.dispose()
        sent = {"login": user.login, "password": user.password}
        foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
        assert ask(browser, "POST", "/sign-in", data=sent, headers=foreign).status_code == 403
        own = {"Origin": site, "Sec-Fetch-Site": "same-origin"}
        entered = ask(browser, "POST", "/sign-in", data=sent, headers=own)
        assert entered.status_code == 303
        for answer in (entered, ask(browser, "GET", "/display?size=elder&back=/")):
            assert "; Secure" in answer.headers["set-cookie"]
            assert "HttpOnly" in answer.headers["set-cookie"]
        sent_without_a_key = ask(browser, "POST", "/fsi/api/x", json={"infno": "1101"})
        assert sent_without_a_key.json().get("infcode") != 0
        assert ask(browser, "POST", "/fsi/api/x", content=b" " * (9 << 20)).status_code == 413
    with pytest.raises(httpx.ConnectError), person(served, proxy) as stranger:
        stranger.get("/", extensions={"sni_hostname": "another.example"})


def test_what_one_person_uses_up_is_not_anothers_and_nobody_is_somebody_else(
    served: Service, proxy: Path
) -> None:
    def reports(client: httpx.Client, forged: str = "") -> int:
        headers = {"X-Forwarded-For": forged} if forged else {}
        return ask(client, "POST", "/report", data={"wrong": ""}, headers=headers).status_code

    with (
        person(served, proxy, "127.0.0.2") as first,
        person(served, proxy, "127.0.0.3") as second,
    ):
        answers = [reports(first) for _ in range(40)]
        assert answers[0] == 422
        assert answers[-1] == 429
        assert reports(first, forged="203.0.113.9") == 429
        assert reports(first, forged="127.0.0.1") == 429
        assert reports(second) == 422


def test_who_is_no_configured_proxy_says_nothing_about_the_sender(
    served: Service, proxy: Path
) -> None:
    transport = httpx.HTTPTransport(local_address="127.0.0.4")
    with httpx.Client(transport=transport, base_url=served.address(), timeout=SECONDS) as other:
        answers = [
            other.post(
                "/report",
                data={"wrong": ""},
                headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Forwarded-Proto": "http"},
            ).status_code
            for number in range(40)
        ]
    assert answers[-1] == 429


def test_metrics_stay_inside(served: Service, proxy: Path) -> None:
    with person(served, proxy) as browser:
        assert ask(browser, "GET", "/metrics").status_code == 404
    with httpx.Client(base_url=served.address(), trust_env=False, timeout=SECONDS) as local:
        assert local.get("/metrics").status_code == 200
        passed_on = {"X-Forwarded-For": "203.0.113.9"}
        assert local.get("/metrics", headers=passed_on).status_code == 403
        shown = {"Authorization": f"Bearer {TOKEN}"}
        assert local.get("/metrics", headers={**passed_on, **shown}).status_code == 200
