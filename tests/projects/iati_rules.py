"""A small interpreter of the IATI standard ruleset; existing libraries need a server."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone
from lxml import etree

_NAMESPACES = {"xml": "http://www.w3.org/XML/1998/namespace"}


class Ruleset:
    def __init__(self, path: Path):
        self.rules: dict[str, dict[str, Any]] = json.loads(path.read_text())

    def errors(self, document: etree._ElementTree) -> list[str]:
        """The number and message of every broken rule."""
        errors = []
        for context, rules in self.rules.items():
            for element in document.xpath(context, namespaces=_NAMESPACES):
                for name, body in rules.items():
                    errors += self._broken(element, name, body["cases"])
        return errors

    def _broken(self, element: Any, name: str, cases: list[dict[str, Any]]) -> Iterator[str]:
        check = getattr(self, f"_{name}")
        for case in cases:
            if "condition" in case and not self._find(element, case["condition"]):
                continue
            if name == "loop":
                yield from self._loop(element, case)
            elif not check(element, case):
                info = case.get("ruleInfo", {})
                yield f"{info.get('id', name)}: {info.get('message', '')}"

    def _find(self, element: Any, path: str) -> Any:
        return element.xpath(path, namespaces=_NAMESPACES)

    def _texts(self, element: Any, paths: list[str]) -> list[str]:
        items = [item for path in paths for item in self._find(element, path)]
        return [item if isinstance(item, str) else "".join(item.itertext()) for item in items]

    def _loop(self, element: Any, case: dict[str, Any]) -> Iterator[str]:
        for value in dict.fromkeys(self._texts(element, [case["foreach"]])):
            for name, body in json.loads(json.dumps(case["do"]).replace("$1", value)).items():
                yield from self._broken(element, name, body["cases"])

    # The rules

    def _atleast_one(self, element, case) -> bool:
        return any(self._find(element, path) for path in case["paths"])

    def _no_more_than_one(self, element, case) -> bool:
        return sum(len(self._find(element, path)) for path in case["paths"]) <= 1

    def _unique(self, element, case) -> bool:
        texts = self._texts(element, case["paths"])
        return len(texts) == len(set(texts))

    def _startswith(self, element, case) -> bool:
        # The list of approved agencies is kept on a server; only prefixes within the file can be checked.
        prefixes = self._texts(element, [path for path in case["prefix"] if path != "ORG-ID-PREFIX"])
        if not prefixes:
            return True
        separator = case.get("separator", "")
        texts = self._texts(element, case["paths"])
        return all(any(text.startswith(prefix + separator) for prefix in prefixes) for text in texts)

    def _regex_matches(self, element, case) -> bool:
        return all(re.search(case["regex"], text) for text in self._texts(element, case["paths"]))

    def _no_spaces(self, element, case) -> bool:
        return all(text == text.strip() for text in self._texts(element, case["paths"]))

    def _strict_sum(self, element, case) -> bool:
        numbers = [Decimal(text) for text in self._texts(element, case["paths"])]
        return not numbers or sum(numbers) == Decimal(str(case["sum"]))

    def _range(self, element, case) -> bool:
        numbers = [float(text) for text in self._texts(element, case["paths"])]
        return all(case.get("min", number) <= number <= case.get("max", number) for number in numbers)

    def _if_then(self, element, case) -> bool:
        return not self._find(element, case["if"]) or bool(self._find(element, case["then"]))

    def _one_or_all(self, element, case) -> bool:
        if self._find(element, case["one"]):
            return True
        if case["all"] == "lang":
            return all(self._find(narrative, "@xml:lang") for narrative in self._find(element, ".//narrative"))
        if case["all"] == "currency":
            money = self._find(element, ".//*[self::value or self::forecast]")
            return all(self._find(amount, "@currency") for amount in money)
        children = self._find(element, "transaction")
        return not any(self._find(child, case["all"]) for child in children)

    def _date(self, element, path) -> datetime.date | None:
        texts = self._texts(element, [path])
        return datetime.date.fromisoformat(texts[0][:10]) if texts else None

    def _date_order(self, element, case) -> bool:
        less, more = self._date(element, case["less"]), self._date(element, case["more"])
        return less is None or more is None or less <= more

    def _date_now(self, element, case) -> bool:
        date = self._date(element, case["date"])
        return date is None or date <= timezone.localdate()

    def _between_dates(self, element, case) -> bool:
        date, start, end = (self._date(element, case[name]) for name in ("date", "start", "end"))
        return None in (date, start, end) or start <= date <= end  # type: ignore[operator]

    def _time_limit(self, element, case) -> bool:
        start, end = self._date(element, case["start"]), self._date(element, case["end"])
        return start is None or end is None or (end - start).days <= 366
