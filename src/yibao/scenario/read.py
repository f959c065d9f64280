"""A scenario file into checked facts; whatever needs no rule to check is checked here.

An error is an ``InputError`` that names file, line and key.  Names of groups
and diseases need the packs: ``group_places`` and ``disease_places`` list them.
"""

from __future__ import annotations

import datetime
from pathlib import Path

from yibao.benefit.facts import Institution
from yibao.policy.document import Mapping, Node, read_file, read_text
from yibao.scenario.model import Scenario
from yibao.scenario.read_people import People
from yibao.scenario.read_places import read_filing, read_grant, read_institution
from yibao.scenario.read_steps import StepReader
from yibao.scenario.values import area_code, day


def read_scenario(path: Path) -> Scenario:
    """The scenario in the file at ``path``; ``InputError`` where it says what cannot be."""
    return scenario_of(read_file(path))


def scenario_from_text(text: str, name: str) -> Scenario:
    """The scenario in ``text``; ``name`` stands for the file in messages."""
    return scenario_of(read_text(text, name))


def _entries(root: Mapping, key: str) -> list[Node]:
    node = root.get(key)
    return [] if node is None else node.sequence().items


def scenario_of(document: Node) -> Scenario:
    """The scenario in a document that was read."""
    root = document.mapping()
    root.only(("area", "today", "people", "institutions", "grants", "filings", "steps"))
    area = area_code(root.require("area"))
    today_node = root.get("today")
    today = None if today_node is None else day(today_node)

    people = People(area)
    for node in _entries(root, "people"):
        people.read(node)
    institutions: dict[str, Institution] = {}
    for node in _entries(root, "institutions"):
        institution = read_institution(node, institutions)
        institutions[institution.id] = institution
    granted: set[tuple[str, str, datetime.date]] = set()
    grants = tuple(read_grant(node, people.persons, granted) for node in _entries(root, "grants"))
    filings = tuple(
        read_filing(node, people.persons, people.diseases) for node in _entries(root, "filings")
    )
    reader = StepReader(people, institutions, grants, filings, today, people.diseases)
    steps = tuple(reader.read(node) for node in _entries(root, "steps"))
    return Scenario(
        file=root.file,
        area=area,
        today=today,
        people=people.persons,
        institutions=institutions,
        grants=grants,
        filings=filings,
        steps=steps,
        used=people.used,
        account=people.account,
        group_names=tuple(people.groups),
        disease_names=tuple(people.diseases),
    )
