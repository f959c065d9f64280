"""Reforms that are being worked out: one at a time, in a thread, with a way to give up."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

Answer = dict[str, Any]
Told = Callable[[float], None]
"""Told what share is done; raises :class:`GivenUpError` where nobody wants the answer."""
Key = tuple[str, int]
"""The small pack that is tried, and the year."""
_ANSWERS_KEPT = 64


class GivenUpError(Exception):
    """Whoever asked does not want to know any more."""


class ReformRun:
    """One reform on its way."""

    def __init__(self, key: Key, work: Callable[[Told], Answer]) -> None:
        self.key = key
        self.share = 0.0
        self.answer: Answer | None = None
        self.error: BaseException | None = None
        self._work = work
        self._unwanted = threading.Event()
        self._ended = threading.Event()

    def go(self) -> None:
        """Work it out."""
        try:
            self.answer = self._work(self._told)
        except BaseException as error:
            self.error = error
        finally:
            self._ended.set()

    def _told(self, share: float) -> None:
        self.share = share
        if self._unwanted.is_set():
            raise GivenUpError

    def give_up(self) -> None:
        """Stop at the next word about the progress."""
        self._unwanted.set()

    def ended(self, seconds: float) -> bool:
        """Whether it ends within so many seconds."""
        return self._ended.wait(seconds)


class ReformRuns:
    """The answers of before, and the one that is being worked out."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._running: ReformRun | None = None
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def answer(self, key: Key) -> Answer | None:
        """What was worked out before."""
        return self._answers.get(key)

    def running(self) -> ReformRun | None:
        """What is being worked out."""
        run = self._running
        return None if run is None or run.ended(0) else run

    def start(self, key: Key, work: Callable[[Told], Answer]) -> ReformRun | None:
        """Work something out in a thread; None while something else is."""
        with self._turn:
            if self.running() is not None:
                return None
            run = self._running = ReformRun(key, work)
        threading.Thread(target=self._go, args=(run,), daemon=True).start()
        return run

    def _go(self, run: ReformRun) -> None:
        run.go()
        if run.answer is not None:
            self._answers[run.key] = run.answer
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)

    def give_up(self, key: Key) -> bool:
        """Stop working this out; whether it was being worked out."""
        run = self.running()
        if run is None or run.key != key:
            return False
        run.give_up()
        return True
