"""SM2 for every key that can be given, not only for most."""

from __future__ import annotations

import pytest

from yibao.gateway import crypto

_PUBLIC_OF = {
    "04": 11,
    "0": 6,
    "4": 65,
    "00": 327,
}
"""Private keys whose public key begins with these digits."""


@pytest.mark.parametrize("beginning", _PUBLIC_OF)
@pytest.mark.parametrize("mark", ["", "04"])
def test_a_key_that_begins_like_the_mark_of_a_point_signs_and_verifies(
    monkeypatch: pytest.MonkeyPatch, beginning: str, mark: str
) -> None:
    private = f"{_PUBLIC_OF[beginning]:064x}"
    monkeypatch.setattr("secrets.token_hex", lambda size: private[-2 * size :])
    signing_key, public = crypto.new_sm2_pair()
    assert (signing_key, public[: len(beginning)]) == (private, beginning)
    monkeypatch.undo()

    signature = crypto.sm2_sign(b"output", private, mark + public)

    assert crypto.sm2_verifies(b"output", signature, mark + public)
    assert not crypto.sm2_verifies(b"other", signature, mark + public)


@pytest.mark.parametrize("part", ["00" * 32, "ff" * 32])
def test_a_signature_out_of_range_is_wrong(part: str) -> None:
    _private, public = crypto.new_sm2_pair()
    good = "11" * 32

    assert not crypto.sm2_verifies(b"output", part + good, public)
    assert not crypto.sm2_verifies(b"output", good + part, public)
