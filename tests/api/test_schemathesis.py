"""schemathesis over the whole description: every operation, sent what fits and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from starlette.applications import Starlette

from yibao.api.serving import RateLimit
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

from .conftest import TODAY


def configuration(*, verify: bool) -> schemathesis.Config:
    """All checks; in CI the same cases every time, few enough for half a minute."""
    return schemathesis.Config.from_dict(
        {
            "seed": 1,
            "generation": {
                "mode": "all",
                "deterministic": not verify,
                "max-examples": 300 if verify else 3,
            },
            "phases": {"stateful": {"enabled": False}},
            "checks": {
                # A schema cannot say that a newborn needs a day of birth, or that no source
                # gives the figure: what fits may be refused, with a problem.
                "positive_data_acceptance": {"expected-statuses": ["2xx", "404", "422"]},
            },
        }
    )


@pytest.fixture(scope="module")
def patient(packs: PolicyLibrary, tmp_path_factory: pytest.TempPathFactory) -> Starlette:
    """The service, with no limit on how often one may ask."""
    data = tmp_path_factory.mktemp("service")
    return create_app(packs, data=data, today=lambda: TODAY, limit=RateLimit(1e6, 1_000_000))


def failures(event: ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                sample = check.failure_info.code_sample
                yield f"{event.recorder.label} {check.name}: {failure.message}\n{sample}"


def test_every_operation_keeps_to_its_description(patient: Starlette, verify: bool) -> None:
    schema: Any = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", patient, config=configuration(verify=verify)
    )
    if not verify:
        # Addresses are read by the same code for each calculator: one stands for all.
        schema = schema.exclude(operation_id_regex="^(?!visit).*ByAddress$")
    found, tried, operations = [], 0, set()
    for event in from_schema(schema).execute():
        assert not isinstance(event, (FatalError, NonFatalError)), event
        if isinstance(event, ScenarioFinished):
            tried += len(event.recorder.cases)
            operations.add(event.recorder.label)
            found += failures(event)
    assert not found, "\n\n".join(found)
    assert tried > 500
    assert len(operations) == schema.statistic.operations.selected
