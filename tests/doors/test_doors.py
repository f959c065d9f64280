"""Whatever the matrix does not grant is denied at every door, and has no effect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from yibao.policy.compile import PolicyLibrary

from .service import Served, serve_town

pytestmark = pytest.mark.usefixtures("secret_key")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, packs: PolicyLibrary) -> Iterator[Served]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("YIBAO_SECRET_KEY", "5a" * 32)
        with serve_town(tmp_path_factory.mktemp("doors"), packs) as running_service:
            yield running_service


def test_every_page_behind_the_login(served: Served) -> None:
    tally = served.walk_pages()
    assert tally.faults == []
    assert len(tally.operations) >= 38
    assert tally.denied > 250


def test_every_signed_in_operation_of_the_api(served: Served) -> None:
    tally = served.walk_api()
    assert tally.faults == []
    assert len(tally.operations) >= 29
    assert tally.denied > 400
    assert tally.granted > 150
