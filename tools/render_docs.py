"""Outputs shown in the documents, made by running the commands that stand beside them.

A comment in a Markdown file names a command, and the fenced block after it shows the
command and what it prints:

    <!-- yibao: quote --area ... -->
    <!-- yibao[4]: run refused.yaml -->        the number is the exit code that it must have

In a file named ``….en.md`` the commands speak English.

``python tools/render_docs.py`` rewrites the blocks; ``--check`` prints a diff and exits
with 1 where a block is not what the command prints now.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_MARKER = re.compile(r"^<!-- yibao(?:\[(\d)\])?: (.+?) -->$")
_FENCE = re.compile(r"^(`{3,})\w*$")


class RenderError(Exception):
    """A marker that cannot be rendered; names file and line."""


def documents(root: Path) -> list[Path]:
    """The Markdown files that may show outputs."""
    files = [*(root / "docs").glob("*.md"), *root.glob("README*.md"), root / "CONTRIBUTING.md"]
    return sorted(path for path in files if path.is_file())


def environment(root: Path, language: str = "zh") -> dict[str, str]:
    """What a command runs in: 80 columns, no colours, nobody's own defaults, a language."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("YIBAO_") or name == "YIBAO_CACHE_DIR"
    }
    return {
        **inherited,
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "YIBAO_LANGUAGE": language,
        "PYTHONPATH": str(root / "src"),
        "PYTHONUTF8": "1",
    }


def output(root: Path, command: str, code: int, place: str, language: str) -> list[str]:
    """The lines that a command prints, messages after data."""
    done = subprocess.run(
        [sys.executable, "-m", "yibao.cli", *shlex.split(command)],
        cwd=root,
        env=environment(root, language),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode != code:
        said = done.stderr.strip()
        raise RenderError(f"{place}: 退出码是 {done.returncode}，应为 {code}：{said}")
    return (done.stdout + done.stderr).splitlines()


def render(root: Path, text: str, name: str) -> str:
    """``text`` with every marked block as its command prints it now."""
    lines = text.splitlines()
    language = "en" if name.endswith(".en.md") else "zh"
    rendered: list[str] = []
    at = 0
    while at < len(lines):
        rendered.append(lines[at])
        marker = _MARKER.match(lines[at])
        at += 1
        if marker is None:
            continue
        place = f"{name}:{at}"
        while at < len(lines) and not lines[at].strip():
            rendered.append(lines[at])
            at += 1
        fence = _FENCE.match(lines[at]) if at < len(lines) else None
        if fence is None:
            raise RenderError(f"{place}: 标记后面要有一个代码块")
        end = next((n for n in range(at + 1, len(lines)) if lines[n] == fence[1]), None)
        if end is None:
            raise RenderError(f"{place}: 代码块没有结束")
        command = marker[2]
        shown = output(root, command, int(marker[1] or 0), place, language)
        rendered += [lines[at], f"$ yibao {command}", *shown, fence[1]]
        at = end + 1
    return "\n".join(rendered) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Rewrite, or with ``--check`` compare; 1 where something differs or cannot be rendered."""
    parser = argparse.ArgumentParser(description="重新生成文档中展示的输出")
    parser.add_argument("--check", action="store_true", help="只比较，有不同就退出 1")
    parser.add_argument("files", nargs="*", type=Path, help="缺省为全部文档")
    options = parser.parse_args(arguments)
    failed = False
    for path in options.files or documents(ROOT):
        text = path.read_text(encoding="utf-8")
        try:
            rendered = render(ROOT, text, path.name)
        except RenderError as error:
            print(error, file=sys.stderr)
            failed = True
            continue
        if rendered == text:
            continue
        if options.check:
            failed = True
            sys.stdout.writelines(
                difflib.unified_diff(
                    text.splitlines(keepends=True),
                    rendered.splitlines(keepends=True),
                    f"{path.name}（文件里）",
                    f"{path.name}（命令现在的输出）",
                )
            )
        else:
            path.write_text(rendered, encoding="utf-8")
            print(f"已更新 {path.name}", file=sys.stderr)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
