"""The work that comes again: what is due, and how the last runs ended."""

from __future__ import annotations

from starlette.responses import Response

from yibao.jobs.operations import STATE_LABELS, runs, standings
from yibao.messages import message
from yibao.portal.desk.frame import DESK, DeskCall

JOBS = f"{DESK}/jobs"


def show(call: DeskCall) -> Response:
    """Every job with what is due, and the latest runs."""
    values = {
        "standings": standings(call.database, call.actor, call.today),
        "runs": runs(call.database, call.actor),
        "states": STATE_LABELS,
        "areas": {area.code: area.name for area in call.counter.packs.areas()},
    }
    return call.show("jobs.html", message("定期作业"), values)
