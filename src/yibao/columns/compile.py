"""Compile the registered benefit functions with Numba, callees first.

Each function is compiled as a copy with its own globals, in which every
registered function is replaced by its compiled copy: a compiled function cannot
call a plain one.  Numba's own cache notices a changed file, not a changed callee
in another file, so it is kept under a hash of all sources that the compiled code
is made of.
"""

from __future__ import annotations

import hashlib
import inspect
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba

from yibao.policy.cache import cache_folder
from yibao.registry import REGISTERED

Compiled = dict[str, Callable[..., Any]]


def source_hash(functions: list[Callable[..., Any]]) -> str:
    """Hash of every module that the functions and their types come from, and of constants.

    A constant that is imported by name keeps no trace of its module, so its value counts.
    """
    files = {inspect.getsourcefile(function) or "" for function in functions}
    for function in functions:
        for value in function.__globals__.values():
            if isinstance(value, types.ModuleType) and value.__name__.startswith("yibao."):
                files.add(value.__file__ or "")
            module = inspect.getmodule(value)
            if module is not None and module.__name__.startswith("yibao."):
                files.add(module.__file__ or "")
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(filter(None, files)):
        digest.update(Path(file).read_bytes())
    for function in functions:
        for name in function.__code__.co_names:
            value = function.__globals__.get(name)
            if isinstance(value, int):
                digest.update(f"{function.__qualname__} {name}={value}\n".encode())
    return digest.hexdigest()[:24]


def compile_functions(
    functions: list[Callable[..., Any]], *, folder: Path | None = None
) -> Compiled:
    """Compiled copies of ``functions`` (callees before callers) by name."""
    base = folder or cache_folder()
    if base is not None:
        numba.config.CACHE_DIR = str(base / "numba" / source_hash(functions))  # type: ignore[attr-defined]
    compiled: dict[Callable[..., Any], Callable[..., Any]] = {}
    for function in functions:
        own_globals = {
            name: compiled.get(value, value) if callable(value) else value
            for name, value in function.__globals__.items()
            if not isinstance(value, dict)
        }
        plain = types.FunctionType(
            function.__code__,
            own_globals,
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        plain.__module__ = function.__module__
        plain.__qualname__ = function.__qualname__
        compiled[function] = numba.njit(cache=base is not None, error_model="numpy")(plain)
    return {function.__name__: compiled[function] for function in functions}


@cache
def compiled_functions() -> Compiled:
    """The register, compiled; one set in a process."""
    import yibao.benefit.functions  # noqa: F401  (fills the register)

    return compile_functions(list(REGISTERED))
