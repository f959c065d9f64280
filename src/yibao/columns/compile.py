"""Compile the registered benefit functions with Numba, callees first.

Each function is compiled as a copy with its own globals, in which every
registered function is replaced by its compiled copy: a compiled function cannot
call a plain one.  Numba's own cache notices a changed file, not a changed callee
in another file, so it is kept under a hash of all sources that the compiled code
is made of.  Numba also looks for code by the path of its file: the copies say that they
stand in the folder of the cache, so that the same sources installed elsewhere find it.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core import event
from numba.core import types as types_of_numba

from yibao.columns.all_loops import LOOPS
from yibao.policy.cache import cache_folder
from yibao.registry import REGISTERED

Compiled = dict[str, Callable[..., Any]]

LOOP_OPTIONS = {"forceinline": True, "_nrt": False, "nogil": True}
"""For the loops: everything in one body, no counting of references (an atomic operation
at each call, ten times the work of the call), and both cores at once."""


def source_hash(functions: list[Callable[..., Any]], options: dict[str, Any] | None = None) -> str:
    """Hash of every module that the functions, their constants and types come from."""
    files = {inspect.getsourcefile(function) or "" for function in functions}
    # The functions of a module have their globals in common.
    for of_module in {id(each.__globals__): each.__globals__ for each in functions}.values():
        for value in of_module.values():
            if isinstance(value, types.ModuleType) and value.__name__.startswith("yibao."):
                files.add(value.__file__ or "")
            module = inspect.getmodule(value)
            if module is not None and module.__name__.startswith("yibao."):
                files.add(module.__file__ or "")
    digest = hashlib.sha256(f"{numba.__version__} {sorted((options or {}).items())}".encode())
    for file in sorted(filter(None, files)):
        digest.update(Path(file).read_bytes())
    for function in functions:
        # A constant imported by name has no module to look into: its value counts.
        for name, value in sorted(function.__globals__.items()):
            if isinstance(value, int | tuple):
                digest.update(f"{function.__name__} {name} {value!r}".encode())
    return digest.hexdigest()[:24]


def _cache_folder_of(
    functions: list[Callable[..., Any]], folder: Path | None, options: dict[str, Any]
) -> Path | None:
    base = folder or cache_folder()
    return None if base is None else base / "numba" / source_hash(functions, options)


def _stand_in(compiled_in: Path, function: Callable[..., Any]) -> Path:
    """The file that a compiled copy says it comes from: one a module, the same everywhere."""
    path = compiled_in / "sources" / f"{function.__module__}.py"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    # Numba keeps the time of a source with what it compiled of it.
    if path.stat().st_mtime != 0:
        os.utime(path, (0, 0))
    return path


def tell_first(tell: Callable[[], None]) -> None:
    """Have ``tell`` called when something is compiled in this process, once."""
    event.register("numba:compile", _Told(tell))  # type: ignore[no-untyped-call]


class _Told(event.Listener):
    """Says the first time that something is compiled, which the cache then has not."""

    def __init__(self, tell: Callable[[], None]) -> None:
        self._tell: Callable[[], None] | None = tell

    def on_start(self, event: Any) -> None:
        tell, self._tell = self._tell, None
        if tell is not None:
            tell()

    def on_end(self, event: Any) -> None:
        """Nothing is said when it ends."""


def _once_for_all_literals(dispatcher: Any) -> Callable[..., Any]:
    """The function, compiled once for whole numbers and not again for every one that callers write.

    Numba types a number that stands in a call by its value; what is inlined learns it anyway.
    """
    unliteral: Callable[[Any], Any] = types_of_numba.unliteral
    plainly_typed = dispatcher.get_call_template

    def get_call_template(arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return plainly_typed(
            tuple(unliteral(kind) for kind in arguments),
            {name: unliteral(kind) for name, kind in named.items()},
        )

    dispatcher.get_call_template = get_call_template
    function: Callable[..., Any] = dispatcher
    return function


def compile_functions(
    functions: list[Callable[..., Any]],
    *,
    folder: Path | None = None,
    options: dict[str, Any] | None = None,
) -> Compiled:
    """Compiled copies of ``functions`` (callees before callers) by name."""
    compiled_in = _cache_folder_of(functions, folder, options or {})
    if compiled_in is not None:
        numba.config.CACHE_DIR = str(compiled_in)  # type: ignore[attr-defined]
    compiled: dict[Callable[..., Any], Callable[..., Any]] = {}
    for function in functions:
        own_globals = {
            name: compiled.get(value, value) if callable(value) else value
            for name, value in function.__globals__.items()
            if not isinstance(value, dict)
        }
        code = function.__code__
        if compiled_in is not None:
            code = code.replace(co_filename=str(_stand_in(compiled_in, function)))
        plain = types.FunctionType(
            code,
            own_globals,
            function.__name__,
            function.__defaults__,
            function.__closure__,
        )
        plain.__module__ = function.__module__
        plain.__qualname__ = function.__qualname__
        compiled[function] = _once_for_all_literals(
            numba.njit(cache=compiled_in is not None, error_model="numpy", **(options or {}))(plain)
        )
    return {function.__name__: compiled[function] for function in functions}


def _register() -> list[Callable[..., Any]]:
    import yibao.benefit.functions  # noqa: F401  (fills the register)

    return list(REGISTERED)


def with_loops() -> list[Callable[..., Any]]:
    """The register and the loops of this room, callees first."""
    return [*_register(), *LOOPS]


@cache
def compiled_loops() -> Compiled:
    """The loops of this room with all that they call; one set in a process."""
    return compile_functions(with_loops(), options=LOOP_OPTIONS)


def has_cache() -> bool:
    """Whether there is a folder in which compiled code is kept."""
    return cache_folder() is not None


def is_cached() -> bool:
    """Whether an earlier run has compiled the loops as they are now."""
    compiled_in = _cache_folder_of(with_loops(), None, LOOP_OPTIONS)
    return compiled_in is not None and any(compiled_in.rglob("*settle_rows*.nbc"))
