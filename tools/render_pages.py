"""The pictures of pages in README and docs: the running service in a real browser.

    python tools/render_pages.py            rewrites docs/images/*.png

The service runs in this process on one fixed day, so that the same rules give the same
picture.  Needs Debian's Chromium and a Chinese font (tools/debian.sh).
"""

from __future__ import annotations

import datetime
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from playwright.sync_api import sync_playwright

from yibao import library
from yibao.inquiry.calculators import all_calculators
from yibao.portal.app import create_app

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
TODAY = datetime.date(2026, 11, 30)
MOST_BYTES = 800_000
"""Of all pictures together: a repository is cloned often."""
PHONE, DESKTOP = (390, 700), (1180, 640)
QUESTION = "退休老人去三甲住院花了3万自己掏多少"
SHOTS = {
    "page-visit.png": (DESKTOP, "zh.normal.light", "/calc/visit?{visit}"),
    "page-home.png": (PHONE, "zh.normal.light", "/"),
    "page-ask.png": (PHONE, "zh.normal.light", "/search?{ask}"),
    "page-cover.png": (PHONE, "zh.normal.light", "/calc/cover?{cover}"),
    "page-elder.png": (PHONE, "zh.elder.dark", "/calc/contribute?{contribute}"),
    "page-english.png": (PHONE, "en.normal.light", "/calc/visit?{visit}"),
    "page-policy.png": (
        PHONE,
        "zh.normal.light",
        "/policy/parameter/resident.contribution.individual?area=140100",
    ),
    "page-explore.png": (
        PHONE,
        "zh.normal.light",
        "/explore/rule/employee.inpatient.ratio?area=140100",
    ),
    "page-guided.png": (PHONE, "zh.normal.light", "/guided?kind=inpatient"),
    "page-reform.png": (PHONE, "zh.normal.light", "/reform?area=140100"),
}
"""File: size, look (the display cookie) and address."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The service on a free port; its address."""
    app = create_app(data=folder, today=lambda: TODAY)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def main() -> int:
    """Take the pictures; 1 where they weigh too much, 2 without a browser."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("没有 chromium：请先运行 sh tools/debian.sh", file=sys.stderr)
        return 2
    calculators = all_calculators(library.load())
    asked = {name: urlencode(calculator.example) for name, calculator in calculators.items()}
    asked["ask"] = urlencode({"q": QUESTION})
    with (
        tempfile.TemporaryDirectory() as folder,
        served(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, ((width, height), look, path) in SHOTS.items():
            context = browser.new_context(viewport={"width": width, "height": height})
            context.add_cookies([{"name": "display", "value": look, "url": address}])
            page = context.new_page()
            page.goto(address + path.format(**asked))
            page.screenshot(path=str(IMAGES / name))
            context.close()
        browser.close()
    whole = sum((IMAGES / name).stat().st_size for name in SHOTS)
    print(f"{len(SHOTS)} 张，共 {whole // 1000} KB")
    return 1 if whole > MOST_BYTES else 0


if __name__ == "__main__":
    sys.exit(main())
