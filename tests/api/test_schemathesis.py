"""schemathesis over the whole description: every operation, sent what fits and what does not."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from starlette.applications import Starlette

from yibao.access.permissions import Actor, Role, officer
from yibao.access.tokens import make_token
from yibao.access.users import SYSTEM, add_user
from yibao.api.acting import RecordService
from yibao.api.serving import RateLimit
from yibao.benefit.facts import Enrolment, Person
from yibao.database.schema import whole_schema
from yibao.database.unit import Database, open_database
from yibao.inquiry.calculators.base import area_choices
from yibao.insured.payments.channels import SandboxChannel, channel_names
from yibao.insured.people.registration import register
from yibao.policy.compile import PolicyLibrary
from yibao.portal.app import create_app

from .conftest import TODAY

ENDS_ITSELF = "revokeToken"
"""It finds the token that it shows in the list of tokens, and revokes it: it comes last."""
ANSWERS = ["2xx", "403", "404", "409", "422"]
ASKED_SO_OFTEN = "^/(sign-ups|reports)"
"""Whoever has no login may ask, and guess a receipt, only so often."""
REFUSALS = ["401", "403", "404", "409", "422"]
IN_VERIFY_ONLY = ["contribute", "aid", "retire", "maternity", "change", "year"]
NOW = datetime.datetime.combine(TODAY, datetime.time(2), datetime.UTC)


def configuration(token: str, *more: str, verify: bool) -> schemathesis.Config:
    """All checks; in CI the same cases every time, few enough for half a minute.

    ``more``: answers to what fits, beside those of every operation.
    """
    return schemathesis.Config.from_dict(
        {
            "seed": 1,
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {
                "mode": "all",
                "deterministic": not verify,
                "max-examples": 100 if verify else 3,
            },
            "phases": {
                "stateful": {"enabled": False},
                # A method that a path does not know is refused by the same code on each.
                "coverage": {} if verify else {"unexpected-methods": ["PATCH"]},
            },
            "checks": {
                # A schema cannot say that a newborn needs a day of birth, or that no source
                # gives the figure: what fits may be refused, with a problem.
                "positive_data_acceptance": {"expected-statuses": [*ANSWERS, *more]},
            },
        }
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store in which one person is registered."""
    folder = tmp_path_factory.mktemp("store")
    opened = open_database(f"sqlite:///{folder / 'store.db'}")
    whole_schema()
    opened.create_all()
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def wang(database: Database, packs: PolicyLibrary) -> Actor:
    """That person as a user."""
    home = area_choices(packs)[0].code
    start = datetime.date(2020, 1, 1)
    enrolment = Enrolment("employee", "working", start, None, home)
    facts = Person("wang", "female", datetime.date(1985, 3, 4), home, (), (enrolment,), None, None)
    register(database, facts, actor=officer("test"), balance=350_000, day=start)
    return add_user(database, SYSTEM, "wang", "correct horse", Role.INSURED, person_id=facts.id)


@pytest.fixture(scope="module")
def patient(
    packs: PolicyLibrary, database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Starlette:
    """The service, with no limit on how often one may ask."""
    channels = {name: SandboxChannel(name) for name in channel_names()}
    service = RecordService(database, packs, lambda request: None, channels, clock=lambda: NOW)
    return create_app(
        packs,
        data=tmp_path_factory.mktemp("service"),
        today=lambda: TODAY,
        limit=RateLimit(1e6, 1_000_000),
        service=service,
    )


def failures(event: ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info.failure
                sample = check.failure_info.code_sample
                yield f"{event.recorder.label} {check.name}: {failure.message}\n{sample}"


def test_every_operation_keeps_to_its_description(
    patient: Starlette, database: Database, wang: Actor, verify: bool
) -> None:
    token = make_token(database, wang, "schemathesis", 366, writes=True, at=NOW)[1]
    whole: Any = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", patient, config=configuration(token, verify=verify)
    )
    rest = whole.exclude(operation_id=ENDS_ITSELF).exclude(path_regex=ASKED_SO_OFTEN)
    if not verify:
        # All calculators are read by the same code; tests/api/test_api.py sends to each.
        rest = rest.exclude(operation_id=IN_VERIFY_ONLY)
        rest = rest.exclude(operation_id_regex="ByAddress$")
    often: Any = schemathesis.openapi.from_asgi(
        "/api/v1/openapi.json", patient, config=configuration(token, "429", verify=verify)
    )
    limited = often.include(path_regex=ASKED_SO_OFTEN)
    faults, tried, operations = [], 0, set()
    for schema in (rest, limited, whole.include(operation_id=ENDS_ITSELF)):
        for event in from_schema(schema).execute():
            assert not isinstance(event, (FatalError, NonFatalError)), event
            if isinstance(event, ScenarioFinished):
                tried += len(event.recorder.cases)
                operations.add(event.recorder.label)
                faults += failures(event)
    assert not faults, "\n\n".join(faults)
    assert tried > 1_000
    selected = rest.statistic.operations.selected + limited.statistic.operations.selected
    assert len(operations) == selected + 1
