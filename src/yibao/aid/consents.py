"""The texts that people agree to, each with its version."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import yaml

from yibao.aid.operations import Consent
from yibao.errors import ConflictError
from yibao.messages import message


@lru_cache(maxsize=1)
def consents() -> dict[str, Consent]:
    """By what they are for: ``grant`` (the grantor agrees), ``details`` (the grantee does)."""
    text = files("yibao.aid").joinpath("consent.yaml").read_text(encoding="utf-8")
    return {
        purpose: Consent(str(consent["version"]), " ".join(consent["text"].split()))
        for purpose, consent in yaml.safe_load(text).items()
    }


def agreed(purpose: str, version: str) -> Consent:
    """The text of a version that somebody has read; ``ConflictError`` if it is not the latest."""
    latest = consents()[purpose]
    if version != latest.version:
        raise ConflictError(
            message("告知书的版本现在是 {version}，请重新阅读并同意", version=latest.version)
        )
    return latest
