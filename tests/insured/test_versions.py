"""Bodies of versions: deflated since revision 0015, and from before as they were written."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from yibao.database.unit import Database, Unit
from yibao.insured.stored.versions import (
    chain_of,
    keep_chain,
    packed_body,
    read_versions,
    unpacked_body,
)
from yibao.insured.tables import document_version

YEAR = (
    b'{"employees":{"count":12,"month":[202401,202402,202403,202404,202405,202406,202407,202408,'
    b'202409,202410,202411,202412],"base":[2486737],"paid_on":["2024-01-15","2024-02-15"]}}'
)


RUNS = '{"months":[{"first":201601,"months":12,"base":2416000,"paid":[15]}]}'


@pytest.mark.parametrize("body", ["{}", YEAR.decode(), '{"name":"阳泉"}', "x" * 100_000])
def test_a_body_is_read_as_it_was_written(body: str) -> None:
    assert unpacked_body(packed_body(body)) == unpacked_body(body.encode()) == body


def test_the_form_never_changes() -> None:
    """What was deflated by the first program of this form is read by every later one."""
    deflated = bytes.fromhex(
        "018dd2b10d803000c0b09fa845f9ff322a85a143073e88acfcf294a73ce5294f79ca539ef294a73c"
        "e569f7bc3cf71cf3f0fb06e6035bb92f"
    )
    assert unpacked_body(deflated) == YEAR.decode()
    runs = bytes.fromhex("02c3aedcd00c877213a08c81810e7240c7d60200")
    assert unpacked_body(runs) == RUNS


def test_rows_of_both_forms_stand_in_one_chain(database: Database) -> None:
    first, second = chain_of([YEAR, YEAR.replace(b"2024", b"2025")])

    def written(unit: Unit) -> None:
        row = {"hash": first.hash, "earlier": None, "body": first.body.encode()}
        unit.run(insert(document_version), row)
        keep_chain(unit, [first, second])

    database.write(written)
    versions = database.read(lambda unit: read_versions(unit, [second.hash]))
    assert versions == {first.hash: first, second.hash: second}
    bodies = database.read(lambda unit: unit.run(select(document_version.c.body)).scalars().all())
    assert sorted(len(body) for body in bodies)[0] < len(YEAR) / 2
