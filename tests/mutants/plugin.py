"""A pytest plugin: runs the tests once and notes which runs which line, then lets a child answer for each change.

A child begins where the tests ended, with the database loaded, so that a change costs no more than its tests.
"""

from __future__ import annotations

import difflib
import json
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage

from partnership import child_process
from tests.mutants.changes import Change, Module

SECONDS_FOR_ONE = 30
TIMEOUT = 200


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--change", help="patterns of the files to change, with commas between")
    parser.addoption("--sample", type=int, help="how many lines are drawn")
    parser.addoption("--seed", help="which lines are drawn")
    parser.addoption("--report", type=Path, help="where it is written what was noticed")


class Tests:
    def __init__(self, session: pytest.Session) -> None:
        self.session = session
        self.seconds: Counter[pytest.Item] = Counter()
        self.failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed |= report.failed

    def run(self, items: list[pytest.Item]) -> Iterator[pytest.Item]:
        """Each test before it is run. What the session set up stays after the last."""
        for item, following in zip_longest(items, items[1:], fillvalue=self.session):
            yield item
            begun = time.monotonic()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            self.seconds[item] = time.monotonic() - begun

    def quickest(self, items: set[pytest.Item]) -> list[pytest.Item]:
        """As many as fit into the time for one change."""
        total, chosen = 0.0, []
        for item in sorted(items, key=lambda item: (self.seconds[item], item.nodeid)):
            total += self.seconds[item]
            if chosen and total > SECONDS_FOR_ONE:
                break
            chosen.append(item)
        return chosen


def drawn(modules: list[Module], sample: int, seed: str) -> list[tuple[Module, Change]]:
    """One change in each of so many lines."""
    lines: dict[tuple[str, int], list[tuple[Module, Change]]] = defaultdict(list)
    for module in modules:
        for change in module.changes:
            lines[str(module.path), change.line].append((module, change))
    draw = random.Random(seed)
    return [draw.choice(lines[place]) for place in draw.sample(sorted(lines), min(sample, len(lines)))]


def answer(tests: Tests, items: list[pytest.Item], module: Module, text: str) -> str:
    """What a child says whose functions do what the changed text says."""
    if not (child := os.fork()):
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = 1
        try:
            module.put(text)
            code = int(any(tests.failed for _ in tests.run(items)) or tests.failed)
        except ValueError:
            code = 2
        finally:
            os._exit(code)
    for _ in range(TIMEOUT * 10):
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return {0: "survived", 2: "not tried"}.get(os.waitstatus_to_exitcode(status), "noticed")
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return "noticed"


def run_here(task: str, *, seconds: int = 0, megabytes: int = 0, **values: Any) -> Any:
    """Does the work of a child process in this one, where lines are noted and functions changed."""
    return child_process._result(task, json.loads(json.dumps(child_process._outcome(task, values))))


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool:
    option = session.config.getoption
    root = session.config.rootpath
    paths = sorted(path for pattern in option("--change").split(",") for path in root.glob(pattern))
    tests = Tests(session)
    session.config.pluginmanager.register(tests)
    child_process.run = run_here
    coverage = Coverage(data_file=None, include=[str(path) for path in paths])
    coverage.start()
    for item in tests.run(session.items):
        coverage.switch_context(item.nodeid)
    coverage.stop()
    if tests.failed:
        pytest.exit("These tests fail before anything is changed.", 1)
    modules = [Module(path) for path in paths]
    # Else each change would seem to be noticed.
    if answer(tests, tests.quickest(set(session.items)), modules[0], modules[0].text) != "survived":
        pytest.exit("These tests fail when they are run again and nothing is changed.", 1)
    by_name = {item.nodeid: item for item in session.items}
    data = coverage.get_data()
    for module, change in drawn(modules, option("--sample"), option("--seed")):
        contexts = data.contexts_by_lineno(str(module.path))
        running = {by_name[name] for line in change.lines for name in contexts.get(line, ()) if name in by_name}
        items = tests.quickest(running)
        text = module.changed(change)
        outcome = answer(tests, items, module, text) if items else "survived"
        lines = difflib.unified_diff(module.text.splitlines(), text.splitlines(), n=0, lineterm="")
        difference = "\n".join(line for line in lines if line[:3] not in ("---", "+++") and line[:2] != "@@")
        with option("--report").open("a") as report:
            place = f"{module.path.relative_to(root)}:{change.line}"
            report.write(f"{outcome}, {len(items)} of {len(running)} tests: {place}\n{difference}\n\n")
    return True
