"""The pictures of the desk in docs/day: every role signs in to the demo, as people do.

    python tools/render_desk.py            rewrites docs/images/day-*.png

The demo is made on the day on which this runs, so days and numbers of cases in the pictures
differ from run to run; take them anew when a page changes.  Needs Debian's Chromium and a
Chinese font (tools/debian.sh).
"""

from __future__ import annotations

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
WIDTH, HEIGHT, COLOURS = 1000, 820, 48
FIRST_OF_THE_QUEUE = "main table a[href^='/desk/cases/']"
"""Followed, not opened by address: what waits differs from day to day."""
SHOTS: dict[str, tuple[str, str, str]] = {
    "day-clerk.png": ("clerk", "/desk", ""),
    "day-reviewer.png": ("reviewer", "/desk", FIRST_OF_THE_QUEUE),
    "day-second.png": ("second", "/desk", FIRST_OF_THE_QUEUE),
    "day-cashier.png": ("cashier", "/desk/payments", ""),
    "day-head.png": ("head", "/desk", ""),
    "day-auditor.png": ("auditor", "/desk", ""),
    "day-administrator.png": ("admin", "/desk/users", ""),
    "day-inspector.png": ("inspector_a", "/desk", ""),
    "day-legal.png": ("legal", "/desk", ""),
    "day-institution.png": ("hospital_a", "/institution", ""),
    "day-employer.png": ("employer_a", "/employer", ""),
    "day-insured.png": ("zhangwei", "/own", ""),
}
"""File: login, address, and what is followed from there."""


@dataclass(frozen=True, slots=True)
class Service:
    """The running demo: its address, the folder of its store, passwords by login."""

    address: str
    folder: Path
    passwords: dict[str, str]

    def code(self, login: str) -> str:
        """The six digits that an application for codes would show now."""
        words = [sys.executable, "-m", "yibao.cli", "sandbox", "code", login]
        url = f"sqlite:///{self.folder / 'demo.db'}"
        shown = subprocess.run(
            [*words, "--url", url], capture_output=True, text=True, check=True
        ).stdout
        digits = re.search(r"\b\d{6}\b", shown)
        assert digits is not None, shown
        return digits[0]


@contextmanager
def served(folder: Path) -> Iterator[Service]:
    """``yibao serve`` on a demo of its own, until the pictures are taken."""
    printed = folder / "printed.txt"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with printed.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "yibao.cli", "serve", "--port", str(port)],
            env={**os.environ, "YIBAO_DATA_DIR": str(folder)},
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _when_it_answers(process, printed, folder)
    finally:
        process.terminate()
        process.wait(20)


def _when_it_answers(process: subprocess.Popen[bytes], printed: Path, folder: Path) -> Service:
    while process.poll() is None:
        text = printed.read_text()
        address = re.search(r"http://127\.0\.0\.1:[1-9]\d*(?=/\s)", text)
        if address is not None and _listens(address[0]):
            passwords = dict(re.findall(r"^  (\w+)  ([0-9a-f-]{14})  ", text, re.MULTILINE))
            return Service(address[0], folder, passwords)
        time.sleep(0.2)
    raise SystemExit(printed.read_text())


def _listens(address: str) -> bool:
    """Printed a little before it is so."""
    try:
        with urllib.request.urlopen(address):
            return True
    except OSError:
        return False


def sign_in(page: Any, service: Service, login: str) -> None:
    """As a person does: password, then the code where one is asked for."""
    page.goto(f"{service.address}/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", service.passwords[login])
    page.click("form[action='/sign-in'] button")
    if "/code" in page.url:
        page.fill("[name=code]", service.code(login))
        page.click("main form button")


def kept(picture: bytes, path: Path) -> None:
    """A picture of few colours: flat pages need no more, and a repository is cloned often."""
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def main() -> int:
    """Take the pictures; 2 without a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("没有 chromium：请先运行 sh tools/debian.sh", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as service,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (login, path, followed) in SHOTS.items():
            context = browser.new_context(viewport={"width": WIDTH, "height": HEIGHT})
            page = context.new_page()
            sign_in(page, service, login)
            page.goto(service.address + path)
            if followed:
                page.click(followed)
            kept(page.screenshot(), IMAGES / name)
            context.close()
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
