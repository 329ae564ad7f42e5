"""A page fetcher that checks what every page promises, whatever it is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from io import StringIO

from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.core.signals import request_finished
from django.db import close_old_connections
from django.forms import MultiWidget
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from partnership.fields.forms import ReadingInput, Typed
from partnership.models import QueuedEmail

#: One page of every kind: its name in the site map, and what it is about.
PAGES = {
    "home": [],
    "projects:list": [],
    "projects:detail": ["leseding"],
    "visits:list": [],
    "visits:detail": ["2011-11-library-sweden"],
    "themes:list": [],
    "themes:detail": ["sports-and-culture"],
    "partners": [],
    "partner": ["jb-marks"],
    "history": [],
    "claims": [],
    "dossier": ["platforma-2018"],
    "criteria": ["platforma-2018"],
    "memorandum": [],
    "searches": [],
    "sources": [],
    "source": ["platforma-2018"],
    "search": [],
    "changes": [],
    "data": [],
    "contribute": [],
    "questions": [],
    "press": [],
    "pictures": [],
    "picture-visits": [],
    "stories": [],
    "story": ["leseding"],
    "about": [],
    "accessibility": [],
    "privacy": [],
}


def address(name: str, language: str) -> str:
    """The path of a page from ``PAGES``."""
    with translation.override(language):
        return reverse(name, args=PAGES[name])


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self._silent = 0
        # A figure is marked within its sentence, and is no word beside it.
        self._goes_on = False

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        self._goes_on = tag == "data"
        self._silent += tag in {"script", "style", "title"}

    def handle_endtag(self, tag):
        self._silent -= tag in {"script", "style", "title"}
        self._goes_on = tag == "data"

    def handle_data(self, data):
        if self._silent:
            return
        if self._goes_on and self.words:
            self.words[-1] += data
        else:
            self.words.append(data)


@dataclass
class Page:
    """What a reader gets: its words, its links, its elements."""

    response: HttpResponse

    @cached_property
    def html(self) -> str:
        return self.response.content.decode()

    @cached_property
    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.html)
        return reader

    @cached_property
    def text(self) -> str:
        return " ".join(" ".join(self._read.words).split())

    @property
    def status(self) -> int:
        return self.response.status_code

    def all(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self._read.elements if name == tag]

    def links(self, start: str = "") -> list[str]:
        """The addresses that the page links to, in order, each once."""
        return list(dict.fromkeys(a["href"] for a in self.all("a") if a.get("href", "").startswith(start)))

    @property
    def is_indexed(self) -> bool:
        return not any(meta.get("name") == "robots" for meta in self.all("meta"))


def fetch(url: str, status: int = 200) -> Page:
    """The page at an address, as a visitor gets it, once the promises of every page are kept."""
    response = Client(headers={"host": "localhost"}).get(url)
    page = Page(response)
    assert page.status == status, f"{url}: {page.status}"
    assert not response.cookies, f"{url} sets a cookie"
    keep_promises(page, url)
    return page


def letters() -> list[EmailMessage]:
    """All that has gone out once the queue of e-mail has been sent, letters that gather for an hour included."""
    QueuedEmail.objects.gathering().update(next_try_at=timezone.now())
    call_command("send_mail_queue", verbosity=0, stdout=StringIO())
    return mail.outbox


def ended(response) -> None:
    """Closes an answer from a file, as a server does; the connection that the test's transaction is on stays open."""
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def keep_promises(page: Page, url: str) -> None:
    language = url.split("/")[1][:2]
    assert page.all("html")[0]["lang"] == language
    assert len(page.all("h1")) == 1, f"{url}: one h1"
    assert re.search(r"<title>[^<]{3,}</title>", page.html), f"{url}: a title"
    ids = [attributes["id"] for tag, attributes in page._read.elements if "id" in attributes]
    assert len(ids) == len(set(ids)), f"{url}: ids are unique: {sorted({i for i in ids if ids.count(i) > 1})}"
    for tag, attributes in page._read.elements:
        assert "style" not in attributes, f"{url}: inline style on {tag}"
        assert not any(name.startswith("on") for name in attributes), f"{url}: inline handler on {tag}"
        for value in attributes.values():
            assert "<span" not in (value or ""), f"{url}: markup in an attribute of {tag}: {value}"
    # Data for machines is a script element by name only; no browser runs it.
    scripts = [a for a in page.all("script") if "src" not in a and a.get("type") != "application/ld+json"]
    assert not scripts, f"{url}: inline script"
    assert not page.all("style"), f"{url}: inline style"
    for link in page.all("link"):
        if link.get("rel") in {"stylesheet", "preload", "icon"}:
            assert link["href"].startswith("/"), f"{url}: nothing from another host"
    for anchor in page.links("#"):
        assert anchor[1:] in ids, f"{url}: {anchor} leads nowhere"
    assert len(re.findall(r'href="#source-(\d+)"', page.html)) == 0 or 'id="sources"' in page.html


# Forms of the admin


def url(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def filled_in(response) -> dict[str, object]:
    """What a browser would send back if nothing were changed."""
    data: dict[str, object] = {}
    forms = [response.context["adminform"].form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    for form in forms:
        for field in form:
            value = field.value()
            if value is None or value is False:
                continue
            if isinstance(field.field.widget, MultiWidget):
                for number, part in enumerate(field.field.widget.decompress(value)):
                    data[f"{field.html_name}_{number}"] = str(part)
                continue
            if isinstance(field.field.widget, ReadingInput):
                value = value.text if isinstance(value, Typed) else field.field.widget.editable(value)
            if isinstance(value, list | tuple):
                data[field.html_name] = [getattr(item, "pk", item) for item in value]
            else:
                data[field.html_name] = value if not hasattr(value, "url") else ""
    return {name: value for name, value in data.items() if value != ""}
