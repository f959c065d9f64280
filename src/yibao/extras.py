"""What an extra needs, as a command that works in a checkout as well as from a wheel."""

from __future__ import annotations

_PACKAGES = {
    "columns": ("numba", "numpy", "openpyxl", "pyarrow"),
    "report": ("typst",),
    "mcp": ("mcp",),
    "spark": ("pyspark", "pandas"),
}
"""The packages of each extra; no index serves yibao itself."""


def install_command(extra: str) -> str:
    """The command that installs an extra's packages, in the versions that yibao declares."""
    from importlib.metadata import PackageNotFoundError, requires

    packages = _PACKAGES[extra]
    try:
        declared = [
            requirement
            for requirement in requires("yibao") or ()
            if f"extra == '{extra}'" in requirement
        ]
    except PackageNotFoundError:
        declared = []
    packages = tuple(requirement.partition(";")[0].strip() for requirement in declared) or packages
    return " ".join(("pip install", *(f"'{package}'" for package in packages)))
