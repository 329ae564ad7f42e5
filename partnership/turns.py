"""Whose turn it is: few requests at a time use a worker’s processor, so that threads stay free for what is kept.

Who waits comes to turn by what they have had, the least first; where too many wait, whoever has had the most is refused
at once. So strangers who ask for what is dear wait for each other, and a reader who comes between them does not.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import time
from collections.abc import Iterator

#: In one worker: requests that are worked on, that wait for their turn, and that wait for a child process. Python runs
#: one at a time anyway, and two would take turns at each step. Together they are fewer than the worker’s threads
#: (``partnership.gunicorn_conf``): the others send what is kept, and refusals.
AT_ONCE, WAITING, ASIDE = 1, 3, 2
#: Seconds that a request waits for its turn.
PATIENCE = 10


class Crowded(Exception):
    """There is no turn for this request."""


class Turns:
    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING, aside: int = ASIDE):
        self._at_once, self._most_waiting, self._most_aside = at_once, waiting, aside
        self._busy = self._are_aside = 0
        self._waiting: list[tuple[int, int]] = []
        self._numbers = itertools.count()
        self._change = threading.Condition()
        self._thread = threading.local()

    @contextlib.contextmanager
    def turn(self, spent: int) -> Iterator[None]:
        """Waits for a turn and has it. ``spent`` is what this client has had, in milliseconds. Raises Crowded."""
        self._take(spent)
        try:
            yield
        finally:
            self._give()

    @contextlib.contextmanager
    def aside(self) -> Iterator[None]:
        """Gives the turn of this thread, if it has one, to others while it waits for a child. Raises Crowded."""
        if not getattr(self._thread, "has_turn", False):
            yield
            return
        with self._change:
            if self._are_aside >= self._most_aside:
                raise Crowded
            self._are_aside += 1
        self._give()
        try:
            yield
        finally:
            with self._change:
                self._are_aside -= 1
                # What is left to do is little: it waits for nobody, so that what a child has made is sent.
                self._busy += 1
            self._thread.has_turn = True

    def _take(self, spent: int) -> None:
        until = time.monotonic() + PATIENCE
        with self._change:
            place = (spent, next(self._numbers))
            self._waiting.append(place)
            if len(self._waiting) > self._most_waiting + max(0, self._at_once - self._busy):
                self._waiting.remove(max(self._waiting))
                self._change.notify_all()
            while place in self._waiting and not (self._busy < self._at_once and place == min(self._waiting)):
                if not self._change.wait(until - time.monotonic()):
                    break
            if place not in self._waiting:
                raise Crowded
            self._waiting.remove(place)
            self._change.notify_all()
            if self._busy >= self._at_once:
                raise Crowded
            self._busy += 1
        self._thread.has_turn = True

    def _give(self) -> None:
        self._thread.has_turn = False
        with self._change:
            self._busy -= 1
            self._change.notify_all()


#: Those of this process.
turns = Turns()
