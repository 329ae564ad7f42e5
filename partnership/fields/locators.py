"""Where in a source something stands: what staff write as one text is printed in the language of the page."""

from __future__ import annotations

import re
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext, pgettext_lazy

#: The places that have words of ours. All else, such as the heading of a chapter, stands in the words of the source.
_PLACES = [
    pgettext_lazy("place in a source", "title"),
    pgettext_lazy("place in a source", "title page"),
    pgettext_lazy("place in a source", "heading"),
    pgettext_lazy("place in a source", "heading of the list"),
    pgettext_lazy("place in a source", "first line"),
    pgettext_lazy("place in a source", "last paragraph"),
    pgettext_lazy("place in a source", "dateline"),
    pgettext_lazy("place in a source", "infobox"),
    pgettext_lazy("place in a source", "list"),
    pgettext_lazy("place in a source", "contents"),
    pgettext_lazy("place in a source", "list of representatives"),
    pgettext_lazy("place in a source", "address of the page"),
    pgettext_lazy("place in a source", "p. %(number)s"),
    pgettext_lazy("place in a source", "point %(number)s"),
    pgettext_lazy("place in a source", "entry %(number)s"),
    pgettext_lazy("place in a source", "p. %(number)s of the list of %(name)s"),
    pgettext_lazy("place in a source", "the summary is on p. %(number)s"),
]
#: Other ways to write them.
_ALSO = [
    (re.compile(r"(\d+)(?:st|nd|rd|th|:[ae]) (point|entry|punkten|posten)"), r"\2 \1"),
    (re.compile(r"last par\."), "last paragraph"),
    (re.compile(r"(?:page|sidan?) (\d+)"), r"p. \1"),
]


def print_locator(locator: str) -> str:
    """“title page, p. 2” as “titelsida, s. 2” on a Swedish page, and the reverse."""
    return "".join(part if at % 2 else _print(part) for at, part in enumerate(re.split(r"([,;] )", locator)))


def _print(part: str) -> str:
    for pattern, instead in _ALSO:
        if match := pattern.fullmatch(part):
            part = match.expand(instead)
    for pattern, words in _patterns():
        if match := pattern.fullmatch(part):
            values = {name: translation.gettext(value) for name, value in match.groupdict().items()}
            return pgettext("place in a source", words) % values
    return part


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """What each place looks like in any language, with its words in English."""
    patterns = []
    for language, _name in settings.LANGUAGES:
        for words in _PLACES:
            with translation.override("en"):
                english = str(words)
            with translation.override(language):
                written = re.escape(str(words)).replace(r"%\(number\)s", r"(?P<number>\d+)")
            patterns.append((re.compile(written.replace(r"%\(name\)s", "(?P<name>.+)")), english))
    return patterns
