"""The complete public site as plain files: to be read from a disk, served by any web server, or kept for good.

Every page is asked of the site itself and the links in it are followed, so that nothing can be forgotten. A second
pass makes the links between the pages relative and proves that each leads to a file, and to a place in it. What can
be filtered in endless ways is there once, whole.

The same record on the same day gives the same bytes.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
import shutil
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ..addresses import KINDS
from ..context_processors import LANGUAGE_NAMES, STATIC_COPY
from ..fields.translated import language_codes
from ..models import DataVersion, Edition, FormerAddress
from ..publishing import State

#: Of these a page has few values, and each of them is a file: en/changes/page-2/.
_KEPT_PARAMETERS = {"page", "length"}
#: What a copy is recognised by; it may be replaced by the next one.
SUMS = "SHA256SUMS"
_STYLESHEET_LINK = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


class ExportError(Exception):
    """Why there is no copy; an earlier one is left as it was. ``faults`` names each link that leads nowhere."""

    def __init__(self, reason: str, faults: list[str] | None = None):
        super().__init__(reason)
        self.faults = faults or []


# Links in a page


class _Page(HTMLParser):
    """Reads where a page leads and which places are in it; puts other links in and touches nothing else."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=False)
        self.links: list[str] = []
        self.places: set[str] = set()
        self.has_form = False
        self._text = text
        self._tags: list[tuple[int, str, dict[str, str]]] = []
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if "id" in values:
            self.places.add(values["id"])
        self.has_form |= tag == "form"
        if tag == "meta" and values.get("property") == "og:image":
            self.links.append(values["content"])
        self.links += [values[name] for name in ("href", "src") if name in values]
        self.links += [part.split()[0] for part in values.get("srcset", "").split(", ") if part]
        line, column = self.getpos()
        self._tags.append((self._lines[line - 1] + column, self.get_starttag_text() or "", values))

    def with_links(self, change: Callable[[str], str]) -> str:
        parts, at = [], 0
        for start, tag, values in self._tags:
            parts += [self._text[at:start], _changed(tag, values, change)]
            at = start + len(tag)
        return "".join([*parts, self._text[at:]])


def _changed(tag: str, values: dict[str, str], change: Callable[[str], str]) -> str:
    # These say where the site itself has the page, wherever the copy lies.
    if values.get("rel") == "canonical" or (values.get("rel") == "alternate" and "hreflang" in values):
        return tag
    for name in ("href", "src", "srcset", "content"):
        if name not in values:
            continue
        new = values[name]
        if name == "srcset":
            parts = [part.split(" ", 1) for part in new.split(", ")]
            new = ", ".join(" ".join([change(address), *rest]) for address, *rest in parts)
        elif name != "content":
            new = change(new)
        elif values.get("http-equiv") == "refresh":
            new = "; url=".join([new.partition("; url=")[0], change(new.partition("; url=")[2])])
        if new != values[name]:
            tag = re.sub(rf'(?<=\s{name}=)"[^"]*"', f'"{escape(new)}"'.replace("\\", r"\\"), tag, count=1)
    return tag


# The copy


class Copy:
    """A copy in the making, in a folder of its own. What leads nowhere is left in ``faults``."""

    def __init__(self, folder: Path):
        site = urlsplit(settings.SITE_URL)
        self.folder = folder
        self.files: dict[str, str] = {}  # by address
        self.faults: list[str] = []
        self._pages: dict[str, str] = {}  # addresses by file
        self._places: dict[str, set[str]] = {}  # by file
        self._missing: dict[str, int] = {}  # what addresses without a file answer
        self._wanted: dict[str, str] = {}  # where each address was found first
        self._frozen = set(_in_languages(Edition.objects.public().select_related("submission")))
        self._due: deque[str] = deque()
        self._client = Client(headers={"host": site.netloc})
        self._client.defaults[STATIC_COPY] = "yes"
        self._is_secure = site.scheme == "https"

    def make(self) -> None:
        for address in _beginnings():
            self._want(address, "The list of pages")
        while self._due:
            self._get(self._due.popleft())
        self._write_signposts()
        for name in self._pages:
            self._link(name)
        # It is shown at any depth, and so its links begin at the root.
        title = _in_each_language(lambda: _("There is no such page"))
        page = render_to_string("static_export/not_found.html", {"title": title, "ways": self._ways("home")})
        self._write("404.html", page.encode())
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in self.listed()]
        self._write(SUMS, "".join(sums).encode())

    def listed(self) -> list[tuple[str, Path]]:
        """Every file with its name, in one order."""
        paths = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*") if path.is_file()}
        return sorted(paths.items())

    # Getting

    def _want(self, link: str, page: str) -> None:
        address, _place = self._address(link, page)
        if address and address not in self._wanted:
            self._wanted[address] = page
            self._due.append(address)

    def _address(self, link: str, page: str) -> tuple[str, str]:
        """The address on this site to which a link on a page leads, and the place there; empty where it leads away."""
        target = urlsplit(urljoin(page, link.removeprefix(settings.SITE_URL) or "/"))
        if target.scheme or target.netloc:
            return "", ""
        query = [f"{name}={value}" for name, value in parse_qsl(target.query) if name in _KEPT_PARAMETERS]
        return "?".join([target.path, *query[:1]]), target.fragment

    def _get(self, address: str) -> None:
        response = self._client.get(address, secure=self._is_secure)
        body = response.streaming_content if response.streaming else [response.content]  # type: ignore[attr-defined]
        content = b"".join(body)
        if response.status_code in {301, 302, 303}:
            self._lead_on(address, response["Location"])
        elif response.status_code in {200, 410}:
            kind = response.get("Content-Type", "").partition(";")[0]
            download = re.search(r'filename="([^"/]+)"', response.get("Content-Disposition", ""))
            self._keep(address, content, kind, download[1] if download else "")
        else:
            self._missing[address] = response.status_code
            # The links of pages are looked at again, one by one.
            if self._wanted[address] not in self._pages.values():
                self._note_missing(self._wanted[address], address)

    def _lead_on(self, address: str, location: str) -> None:
        """A page that has moved leaves one that leads on; a file that has is kept under both names."""
        target, _place = self._address(location, address)
        if target.endswith("/"):
            self._keep_page(address, _moved(target if _place == "" else f"{target}#{_place}", address))
        else:
            self._wanted.setdefault(target, address)
            self._get(target)
            self._keep(address, (self.folder / self.files[target]).read_bytes(), "", "")

    def _keep(self, address: str, content: bytes, kind: str, download: str) -> None:
        if kind == "text/html":
            self._keep_page(address, content.decode())
            return
        name = unquote(address).lstrip("/")
        if name.endswith("/"):
            # A file at the address of a folder: a page there leads to it, and links go straight to the file.
            self.files[f"{address}{download}"] = f"{name}{download}"
            self._wanted[f"{address}{download}"] = address
            self._keep_page(address, _moved(f"{address}{download}", address))
            name = f"{name}{download}"
        self.files[address] = name
        self._write(name, content)
        if kind == "text/css":
            for link in _STYLESHEET_LINK.findall(content.decode()):
                self._want(link, address)
        elif address == "/sitemap.xml":
            for link in re.findall(r"<loc>([^<]+)</loc>", content.decode()):
                self._want(unescape(link), address)

    def _keep_page(self, address: str, text: str) -> None:
        path, _mark, query = unquote(address).partition("?")
        folder = f"{path.strip('/')}/{query.replace('=', '-')}".strip("/")
        name = f"{folder}/index.html".lstrip("/")
        page = _Page(text)
        self.files[address], self._pages[name], self._places[name] = name, address, page.places
        self._write(name, text.encode())
        if page.has_form:
            self.faults.append(f"{address} has a form, which no file can answer.")
        for link in page.links:
            self._want(link, address)

    def _note_missing(self, page: str, address: str) -> None:
        self.faults.append(f"{page} leads to {address}, which answers {self._missing.get(address)}.")

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    # Signposts: where the site goes by the language of the reader’s browser, a page offers all of them

    def _write_signposts(self) -> None:
        self._write_signpost("/", lambda: _("Växjö, Region Kronoberg and JB Marks"), self._ways("home"))
        for kind, model in KINDS.items():
            for record in model._default_manager.exclude(state=State.DRAFT).order_by("code"):
                self._write_signpost(f"/id/{kind}/{record.code}", record.__str__, self._ways(record))
        for edition in Edition.objects.public().select_related("submission").order_by("pk"):
            self._write_signpost(reverse("edition-short", args=[edition.pk]), edition.__str__, self._ways(edition))

    def _write_signpost(self, address: str, title: Callable[[], str], ways: list[dict[str, str]]) -> None:
        if ways:
            context = {"title": _in_each_language(title), "ways": ways}
            self._keep_page(address, render_to_string("static_export/signpost.html", context))

    def _ways(self, goal: Any) -> list[dict[str, str]]:
        """The page of a record, or the one of that name, in each language in which there is one."""
        ways = []
        for language in language_codes():
            with translation.override(language):
                address, place = self._address(reverse(goal) if goal == "home" else goal.get_absolute_url(), "/")
            # What is part of a page has no place there once it is withdrawn, and no page while that is a draft.
            if address in self.files:
                is_there = place in self._places[self.files[address]]
                url = f"{address}#{place}" if is_there else address
                ways.append({"language": language, "name": LANGUAGE_NAMES[language], "url": url})
        return ways

    # Linking

    def _link(self, name: str) -> None:
        """Makes the links of a page relative, once it is known that each leads to a file and a place in it."""
        page = self._pages[name]

        def relative(link: str) -> str:
            address, place = self._address(link, page)
            if not address:
                return link
            target = self.files.get(address)
            if target is None and page in self._frozen:
                # An edition never changes. What it led to may have.
                return urljoin(settings.SITE_URL, link)
            if target is None:
                self._note_missing(page, address)
                return link
            if place and place not in self._places.get(target, {place}):
                self.faults.append(f"{page} leads to {link}, where there is no such place.")
            if target == name and place:
                return f"#{place}"
            way = posixpath.relpath(target, posixpath.dirname(name) or ".")
            return f"{way}#{place}" if place else way

        path = self.folder / name
        path.write_text(_Page(path.read_text(encoding="utf-8")).with_links(relative), encoding="utf-8")


def _in_languages(records: Iterable[Any]) -> Iterator[str]:
    """The address of each record’s page in each language."""
    for record in records:
        for language in language_codes():
            with translation.override(language):
                yield record.get_absolute_url()


def _beginnings() -> Iterator[str]:
    """Where following links begins: the pages of all records, their former addresses, and what nothing links to."""
    yield from ("/sitemap.xml", "/robots.txt", "/data/record.zip")
    for language in language_codes():
        with translation.override(language):
            yield reverse("home")
    for kind, model in KINDS.items():
        for record in model._default_manager.exclude(state=State.DRAFT).order_by("code"):
            former = FormerAddress.objects.filter(kind=kind, code=record.code).order_by("slug")
            # Others are parts of a page.
            for url in (url for url in _in_languages([record]) if "#" not in url):
                yield url
                yield from (url.replace(f"/{record.slug}/", f"/{one.slug}/") for one in former)


def _in_each_language(words: Callable[[], str]) -> str:
    """The words in all languages, each form once."""
    found = []
    for language in language_codes():
        with translation.override(language):
            found.append(str(words()))
    return " / ".join(dict.fromkeys(found))


def _moved(url: str, address: str) -> str:
    """A page that leads on to another address, in the language of its own."""
    language = address.split("/")[1]
    with translation.override(language if language in language_codes() else settings.LANGUAGE_CODE):
        return render_to_string("static_export/moved.html", {"url": url})


def export(folder: Path) -> Copy:
    """Makes a copy in a new folder beside this one and then puts it in its place.

    Raises ExportError, with nothing changed, where the folder holds anything but an earlier copy, where a link leads
    nowhere, and where somebody wrote to the record meanwhile.
    """
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or (folder / SUMS).is_file())):
        raise ExportError(f"{folder} holds something else than a copy of the site. Name a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        copy = Copy(made)
        before = DataVersion.current()
        copy.make()
        if copy.faults:
            raise ExportError(f"{len(copy.faults)} links lead nowhere; no copy was made.", copy.faults)
        if DataVersion.current() != before:
            raise ExportError("Somebody changed the record while it was copied. Start again.")
        made.chmod(0o755)
        former = made.with_name(f"{made.name}-former")
        if folder.exists():
            folder.rename(former)
        made.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    copy.folder = folder
    return copy
