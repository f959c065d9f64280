"""Which code runs the loops: compiled by Numba, or the same functions in CPython."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from yibao.columns.all_loops import LOOPS
from yibao.columns.first_compile import LOOP, Elsewhere
from yibao.errors import InputError
from yibao.extras import install_command
from yibao.messages import CHINESE, Message, message

SLOW = message("没有安装 numba，改用同样的纯 Python 函数，慢约一百倍；安装：{command}")
FIRST_COMPILE = message("首次运行：正在编译计算函数，约需半分钟，之后从缓存读取")


def has_numba() -> bool:
    """Whether the loops can be compiled here."""
    return importlib.util.find_spec("numba") is not None


def _own(value: Any) -> Any:
    """An array that may be written, which is the one kind that the loops are compiled for.

    What comes from Arrow without a copy may not; only read columns do.
    """
    if isinstance(value, np.ndarray):
        if value.flags.writeable and value.flags.c_contiguous:
            return value
        # A view that nobody may write, of a whole column that is only read.
        whole = value.base
        if (
            isinstance(whole, np.ndarray)
            and whole.flags.writeable
            and (whole.shape, whole.dtype, whole.strides)
            == (value.shape, value.dtype, value.strides)
        ):
            return whole
        return np.array(value, order="C")
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*(_own(part) for part in value))
    return value


class Backend:
    """The loops, called with arrays on either path."""

    def __init__(
        self,
        functions: dict[str, Callable[..., Any]],
        *,
        compiled: bool,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._functions = functions
        self._elsewhere = elsewhere
        self.compiled = compiled

    def call(self, name: str, *arguments: Any) -> None:
        """Run a loop; on the plain path arrays become lists, and what it wrote goes back."""
        if self.compiled:
            if self._elsewhere is not None and name == LOOP:
                self._elsewhere.wait()
            self._functions[name](*(_own(argument) for argument in arguments))
            return
        written: list[tuple[Any, list[int]]] = []
        known: dict[int, list[int]] = {}

        def plain(value: Any) -> Any:
            if isinstance(value, np.ndarray) and value.ndim == 1:
                if id(value) not in known:
                    known[id(value)] = value.tolist()
                    written.append((value, known[id(value)]))
                return known[id(value)]
            if isinstance(value, tuple) and hasattr(value, "_fields"):
                return type(value)(*(plain(part) for part in value))
            return value

        self._functions[name](*(plain(argument) for argument in arguments))
        for array, values in written:
            if array.flags.writeable and len(array):
                array[:] = values

    def table(self, rows: int, width: int) -> Any:
        """A table of zeros in the form that the loops take."""
        if self.compiled:
            return np.zeros((rows, width), dtype=np.int64)
        return [[0] * width for _ in range(rows)]

    def rules(self, rulebooks: Any) -> Any:
        """The table of rules in the form that the loops take."""
        return rulebooks.matrix if self.compiled else rulebooks.plain


@cache
def _plain() -> Backend:
    return Backend({function.__name__: function for function in LOOPS}, compiled=False)


@cache
def _compiled(quiet: bool, language: str) -> Backend:
    from yibao.columns.compile import compiled_loops, has_cache, is_cached, tell_first

    elsewhere = None
    cached = is_cached()
    if not quiet and cached:
        # Arrays of a type that no run before had.
        tell_first(lambda: _tell(FIRST_COMPILE, language))
    if not cached:
        if not quiet:
            _tell(FIRST_COMPILE, language)
        if has_cache():
            elsewhere = Elsewhere()
    return Backend(dict(compiled_loops()), compiled=True, elsewhere=elsewhere)


def _tell(what: Message, language: str) -> None:
    print(what.text(language), file=sys.stderr, flush=True)


def choose(name: str = "auto", *, quiet: bool = False, language: str = CHINESE) -> Backend:
    """``numba``, ``plain``, or ``auto``: compiled where Numba is installed."""
    if name == "plain":
        return _plain()
    if name not in ("auto", "numba"):
        raise InputError(message("没有 {name} 这种计算方式，可以写：auto、numba、plain", name=name))
    if has_numba():
        return _compiled(quiet, language)
    if name == "numba":
        raise InputError(message("没有安装 numba：{command}", command=install_command("columns")))
    if not quiet:
        _tell(SLOW.with_values(command=install_command("columns")), language)
    return _plain()
