"""Reading of an overlay: a small pack in one file, laid over an area's own for one run."""

from __future__ import annotations

from pathlib import Path

from yibao.policy.document import Node, read_file
from yibao.policy.model import Overlay
from yibao.policy.packs import read_parameter
from yibao.policy.reading import Faults, text_of, words


def read_overlay(path: Path) -> Overlay:
    """A small pack in one file; ``InputError`` names file, line and key."""
    root = read_file(path).mapping()
    root.only(("overlay", "area", "groups", "diseases", "parameters"))
    parameters = {}
    faults = Faults()
    node = root.get("parameters")
    if node is not None and not node.is_none():
        mapping = node.mapping()
        for name in mapping.entries:
            parameters[name] = read_parameter(mapping, name, name, True, faults, partial=True)
    return Overlay(
        name=root.require("overlay").text(),
        area=text_of(root, "area") or None,
        groups=_names(root.get("groups")),
        diseases=_names(root.get("diseases")),
        parameters=parameters,
    )


def _names(node: Node | None) -> dict[str, str]:
    if node is None or node.is_none():
        return {}
    return {key: words(value).zh for key, value in node.mapping().items()}
