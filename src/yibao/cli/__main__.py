"""``python -m yibao.cli``: the command where its script is not installed."""

from yibao.cli.main import run

run()
