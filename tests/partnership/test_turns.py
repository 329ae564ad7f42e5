"""Few at a time; who has had least goes first; who has had most is refused when too many wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from partnership.child_process import ChildError, aside
from partnership.turns import Crowded, Turns


def wait_until(holds: Callable[[], bool]) -> None:
    for _time in range(500):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("It never came to be.")


def test_who_has_had_least_comes_next_and_who_has_had_most_is_refused():
    turns, order = Turns(at_once=1, waiting=2), []

    def ask(spent: int) -> None:
        with turns.turn(spent):
            order.append(spent)

    with ThreadPoolExecutor(4) as threads:
        with turns.turn(0):
            answers = []
            for number, spent in enumerate((900, 300)):
                answers.append(threads.submit(ask, spent))
                wait_until(lambda number=number: len(turns._waiting) == number + 1)
            answers.append(threads.submit(ask, 10))
            with pytest.raises(Crowded):
                answers[0].result()
        for answer in answers[1:]:
            answer.result()

    assert order == [10, 300]


def test_readers_who_have_had_little_wait_and_do_not_take_the_threads_of_what_is_kept():
    turns, order = Turns(at_once=1, waiting=3), []

    def ask(number: int) -> None:
        with turns.turn(10):
            order.append(number)

    with ThreadPoolExecutor(4) as threads:
        with turns.turn(0):
            answers = [threads.submit(ask, number) for number in range(3)]
            wait_until(lambda: len(turns._waiting) == 3)
            with pytest.raises(Crowded):
                threads.submit(ask, 3).result(5)
        for answer in answers:
            answer.result()

    assert sorted(order) == [0, 1, 2]


def test_nobody_waits_for_ever(monkeypatch):
    monkeypatch.setattr("partnership.turns.PATIENCE", 0.01)
    turns = Turns(at_once=1)

    with ThreadPoolExecutor(1) as threads, turns.turn(0), pytest.raises(Crowded):
        threads.submit(turns.turn(0).__enter__).result()
    with turns.turn(0):
        pass


def test_an_error_gives_the_turn_back():
    turns = Turns(at_once=1)
    with pytest.raises(ZeroDivisionError), turns.turn(0):
        raise ZeroDivisionError

    with turns.turn(0):
        pass


def test_who_waits_for_a_child_leaves_the_turn_to_others_and_few_wait_so(monkeypatch):
    turns = Turns(at_once=1, aside=1)
    monkeypatch.setattr("partnership.child_process.turns", turns)

    def ask_for_a_child() -> None:
        with turns.turn(0), aside():
            pass

    with ThreadPoolExecutor(1) as threads:
        with turns.turn(0), aside(), pytest.raises(ChildError, match="busy"):
            threads.submit(ask_for_a_child).result(5)
        threads.submit(ask_for_a_child).result(5)


def test_work_of_staff_has_no_turn_to_leave(monkeypatch):
    monkeypatch.setattr("partnership.child_process.turns", Turns(aside=0))

    with aside():
        pass
