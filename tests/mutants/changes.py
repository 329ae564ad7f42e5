"""The small wrong changes that can be made to a module: those of mutmut, and two of ours."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import _lru_cache_wrapper, cached_property
from pathlib import Path
from types import CodeType, FunctionType

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators, operator_string

#: Words are held by the tests of translations and by the expected documents; these calls say words or cannot differ.
LEFT_ALONE = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext", "len", "isinstance", "cast"}
APPS = ("partnership", "projects", "visits")
NARROWING = {"filter", "exclude", "distinct", "order_by"}


def drop_narrowing(node: cst.Call) -> Iterator[cst.CSTNode]:
    """``records.filter(…)`` becomes ``records``."""
    if isinstance(node.func, cst.Attribute) and node.func.attr.value in NARROWING:
        yield node.func.value


def turn_condition(node: cst.If) -> Iterator[cst.CSTNode]:
    """``if a`` becomes ``if not (a)``."""
    test = node.test.with_changes(lpar=[*node.test.lpar, cst.LeftParen()], rpar=[cst.RightParen(), *node.test.rpar])
    yield node.with_changes(test=cst.UnaryOperation(cst.Not(), test))


OPERATORS = [
    *((kind, operator) for kind, operator in mutation_operators if operator is not operator_string),
    (cst.Call, drop_narrowing),
    (cst.If, turn_condition),
]


@dataclass(frozen=True)
class Change:
    #: The lines from the head of its statement to itself: a test that runs one of them may notice.
    lines: range
    before: cst.CSTNode
    after: cst.CSTNode

    @property
    def line(self) -> int:
        return self.lines[-1]


class _Visitor(cst.CSTVisitor):
    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self) -> None:
        super().__init__()
        self.changes: list[Change] = []
        self._functions = 0
        self._statements: list[int] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Annotation | cst.Decorator) or (
            isinstance(node, cst.Call) and isinstance(node.func, cst.Name) and node.func.value in LEFT_ALONE
        ):
            return False
        line = self.get_metadata(PositionProvider, node).start.line
        if isinstance(node, cst.BaseStatement | cst.SimpleStatementLine):
            self._statements.append(line)
        if isinstance(node, cst.FunctionDef):
            self._functions += 1
        elif self._functions:
            for kind, operator in OPERATORS:
                if isinstance(node, kind):
                    lines = range(self._statements[-1], line + 1)
                    self.changes += [Change(lines, node, after) for after in operator(node)]
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if isinstance(original_node, cst.BaseStatement | cst.SimpleStatementLine):
            self._statements.pop()
        if isinstance(original_node, cst.FunctionDef):
            self._functions -= 1


class Module:
    """A module of the site, and what can be changed in the bodies of its functions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = path.read_text()

    @cached_property
    def _tree(self) -> MetadataWrapper:
        return MetadataWrapper(cst.parse_module(self.text))

    @cached_property
    def changes(self) -> list[Change]:
        visitor = _Visitor()
        self._tree.visit(visitor)
        return visitor.changes

    def changed(self, change: Change) -> str:
        return self._tree.module.deep_replace(change.before, change.after).code

    def put(self, text: str) -> None:
        """Lets the functions of this process do what the changed text says.

        Raises:
            ValueError: for a change that needs the module to be imported anew.
        """
        before, after = (_codes(compile(source, str(self.path), "exec")) for source in (self.text, text))
        places = {(code.co_qualname, code.co_firstlineno): place for place, code in before.items()}
        for thing in gc.get_objects():
            if isinstance(thing, FunctionType) and thing.__code__.co_filename == str(self.path):
                place = places.get((thing.__code__.co_qualname, thing.__code__.co_firstlineno))
                if place in after:
                    thing.__code__ = after[place]
            elif isinstance(thing, _lru_cache_wrapper) and thing.__module__.split(".")[0] in APPS:
                thing.cache_clear()


def _codes(code: CodeType) -> dict[tuple[str, int], CodeType]:
    """What is inside, by its name and a number among those of the same name."""
    numbers: Counter[str] = Counter()
    inside: dict[tuple[str, int], CodeType] = {}

    def walk(outer: CodeType) -> None:
        for constant in outer.co_consts:
            if isinstance(constant, CodeType):
                inside[constant.co_qualname, numbers[constant.co_qualname]] = constant
                numbers[constant.co_qualname] += 1
                walk(constant)

    walk(code)
    return inside
