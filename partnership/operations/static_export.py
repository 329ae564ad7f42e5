"""A static export of the complete public site: to be read from a disk, served by any web server, or archived.

Every page is requested from the site itself and its links are followed, so that nothing can be forgotten. A second
pass makes the links between pages relative and proves that each leads to a file, and to an element in it. A list that
can be filtered is exported once, complete.

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
from contextlib import contextmanager
from html import escape, unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ..addresses import permanent_models
from ..context_processors import LANGUAGE_NAMES, STATIC_EXPORT
from ..fields.translated import language_codes
from ..models import Edition, FormerAddress
from ..opendata import package
from ..publishing import State, permanent_path

#: Query parameters with few values, each of which becomes a file: en/changes/page-2/.
_EXPORTED_PARAMETERS = {"page", "length"}
#: A folder with this file is an export, and may be replaced by the next one.
SUMS = "SHA256SUMS"
_STYLESHEET_LINK = re.compile(r"""url\(["']?([^"')]+)["']?\)""")


class ExportError(Exception):
    """There is no new export; an earlier one is unchanged. ``errors`` names each link that leads nowhere."""

    def __init__(self, reason: str, errors: list[str] | None = None):
        super().__init__(reason)
        self.errors = errors or []


# Links in a page


class _Page(HTMLParser):
    """Reads the links and the ids of a page; replaces links and changes nothing else."""

    def __init__(self, text: str):
        super().__init__(convert_charrefs=False)
        self.links: list[str] = []
        self.ids: set[str] = set()
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
            self.ids.add(values["id"])
        self.has_form |= tag == "form"
        if tag == "meta" and values.get("property") == "og:image":
            self.links.append(values["content"])
        self.links += [values[name] for name in ("href", "src") if name in values]
        self.links += [part.split()[0] for part in values.get("srcset", "").split(", ") if part]
        line, column = self.getpos()
        self._tags.append((self._lines[line - 1] + column, self.get_starttag_text() or "", values))

    def with_links(self, change: Callable[[str], str]) -> str:
        parts, end = [], 0
        for start, tag, values in self._tags:
            parts += [self._text[end:start], _with_links(tag, values, change)]
            end = start + len(tag)
        return "".join([*parts, self._text[end:]])


def _with_links(tag: str, values: dict[str, str], change: Callable[[str], str]) -> str:
    # These name the URL of the page on the site itself, wherever the export lies.
    if values.get("rel") == "canonical" or (values.get("rel") == "alternate" and "hreflang" in values):
        return tag
    for name in ("href", "src", "srcset", "content"):
        if name not in values:
            continue
        new = values[name]
        if name == "srcset":
            parts = [part.split(" ", 1) for part in new.split(", ")]
            new = ", ".join(" ".join([change(url), *rest]) for url, *rest in parts)
        elif name != "content":
            new = change(new)
        elif values.get("http-equiv") == "refresh":
            new = "; url=".join([new.partition("; url=")[0], change(new.partition("; url=")[2])])
        if new != values[name]:
            tag = re.sub(rf'(?<=\s{name}=)"[^"]*"', f'"{escape(new)}"'.replace("\\", r"\\"), tag, count=1)
    return tag


# The export


class StaticExport:
    """An export in a folder of its own. Links that lead nowhere are listed in ``errors``."""

    def __init__(self, folder: Path):
        site = urlsplit(settings.SITE_URL)
        self.folder = folder
        self.files: dict[str, str] = {}  # by URL
        self.errors: list[str] = []
        self._pages: dict[str, str] = {}  # URLs by file
        self._ids: dict[str, set[str]] = {}  # by file
        self._missing: dict[str, int] = {}  # status codes by URL
        self._referrers: dict[str, str] = {}  # the first page that links to each URL
        self._frozen = tuple(_urls_of(Edition.objects.public().select_related("submission")))
        self._queue: deque[str] = deque()
        self._client = Client(headers={"host": site.netloc})
        self._client.defaults[STATIC_EXPORT] = "yes"
        self._is_secure = site.scheme == "https"

    def make(self) -> None:
        for url in _start_urls():
            self._enqueue(url, "The list of pages")
        while self._queue:
            self._fetch(self._queue.popleft())
        self._write_signposts()
        for name in self._pages:
            self._make_links_relative(name)
        # A web server shows it at any depth, so its links begin at the root.
        title = _in_each_language(lambda: _("There is no such page"))
        page = render_to_string("static_export/not_found.html", {"title": title, "ways": self._ways("home")})
        self._write("404.html", page.encode())
        sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n" for name, path in self.listed()]
        self._write(SUMS, "".join(sums).encode())

    def listed(self) -> list[tuple[str, Path]]:
        """Every file with its name, in one order."""
        paths = {path.relative_to(self.folder).as_posix(): path for path in self.folder.rglob("*") if path.is_file()}
        return sorted(paths.items())

    # Fetching

    def _enqueue(self, link: str, page: str) -> None:
        url, _fragment = self._resolve(link, page)
        if url and url not in self._referrers:
            self._referrers[url] = page
            self._queue.append(url)

    def _resolve(self, link: str, page: str) -> tuple[str, str]:
        """The URL on this site to which a link on a page leads, and its fragment; both empty for another site."""
        target = urlsplit(urljoin(page, link.removeprefix(settings.SITE_URL) or "/"))
        if target.scheme or target.netloc:
            return "", ""
        query = [f"{name}={value}" for name, value in parse_qsl(target.query) if name in _EXPORTED_PARAMETERS]
        return "?".join([target.path, *query[:1]]), target.fragment

    def _fetch(self, url: str) -> None:
        response = self._client.get(url, secure=self._is_secure)
        body = response.streaming_content if response.streaming else [response.content]  # type: ignore[attr-defined]
        content = b"".join(body)
        if response.status_code in {301, 302, 303, 307}:
            self._add_redirect(url, response["Location"])
        elif response.status_code in {200, 410}:
            content_type = response.get("Content-Type", "").partition(";")[0]
            download = re.search(r'filename="([^"/]+)"', response.get("Content-Disposition", ""))
            self._add(url, content, content_type, download[1] if download else "")
        else:
            self._missing[url] = response.status_code
            # The second pass reports the links of pages.
            if self._referrers[url] not in self._pages.values():
                self._report_missing(self._referrers[url], url)

    def _add_redirect(self, url: str, location: str) -> None:
        """A redirect to a page becomes a page that redirects; a redirect to a file becomes a copy of the file."""
        target, fragment = self._resolve(location, url)
        if target.endswith("/"):
            self._add_page(url, _redirect_page(f"{target}#{fragment}" if fragment else target, url))
        else:
            self._referrers.setdefault(target, url)
            self._fetch(target)
            self._add(url, (self.folder / self.files[target]).read_bytes(), "", "")

    def _add(self, url: str, content: bytes, content_type: str, download: str) -> None:
        if content_type == "text/html":
            self._add_page(url, content.decode())
            return
        name = unquote(url).lstrip("/")
        if name.endswith("/"):
            # A file at the URL of a folder: a page there redirects to it, and links lead directly to the file.
            self.files[f"{url}{download}"] = f"{name}{download}"
            self._referrers[f"{url}{download}"] = url
            self._add_page(url, _redirect_page(f"{url}{download}", url))
            name = f"{name}{download}"
        self.files[url] = name
        self._write(name, content)
        if content_type == "text/css":
            for link in _STYLESHEET_LINK.findall(content.decode()):
                self._enqueue(link, url)
        elif url == "/sitemap.xml":
            for link in re.findall(r"<loc>([^<]+)</loc>", content.decode()):
                self._enqueue(unescape(link), url)

    def _add_page(self, url: str, text: str) -> None:
        path, _mark, query = unquote(url).partition("?")
        folder = f"{path.strip('/')}/{query.replace('=', '-')}".strip("/")
        name = f"{folder}/index.html".lstrip("/")
        page = _Page(text)
        self.files[url], self._pages[name], self._ids[name] = name, url, page.ids
        self._write(name, text.encode())
        if page.has_form:
            self.errors.append(f"{url} has a form, which no file can answer.")
        for link in page.links:
            self._enqueue(link, url)

    def _report_missing(self, page: str, url: str) -> None:
        self.errors.append(f"{page} leads to {url}, which answers {self._missing.get(url)}.")

    def _write(self, name: str, content: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    # Signposts: where the site redirects by the language of the browser, a page offers all languages

    def _write_signposts(self) -> None:
        self._write_signpost("/", lambda: str(settings.SITE_NAME), self._ways("home"))
        for kind, model in permanent_models().items():
            for record in model._default_manager.exclude(state=State.DRAFT).order_by("code"):
                self._write_signpost(permanent_path(kind, record.code), record.__str__, self._ways(record.survivor))
        for edition in Edition.objects.public().select_related("submission").order_by("pk"):
            self._write_signpost(reverse("edition-short", args=[edition.pk]), edition.__str__, self._ways(edition))

    def _write_signpost(self, url: str, title: Callable[[], str], ways: list[dict[str, str]]) -> None:
        if ways:
            context = {"title": _in_each_language(title), "ways": ways}
            self._add_page(url, render_to_string("static_export/signpost.html", context))

    def _ways(self, target: Any) -> list[dict[str, str]]:
        """The page of a record, or the start page for “home”, in each language in which it is exported."""
        ways = []
        for language in language_codes():
            with translation.override(language):
                link = reverse(target) if target == "home" else target.get_absolute_url()
                url, fragment = self._resolve(link, "/")
            # A record that is part of a page has no element there once it is withdrawn, and no page while that is a
            # draft.
            if url in self.files:
                has_element = fragment in self._ids[self.files[url]]
                link = f"{url}#{fragment}" if has_element else url
                ways.append({"language": language, "name": LANGUAGE_NAMES[language], "url": link})
        return ways

    # Relative links

    def _make_links_relative(self, name: str) -> None:
        """Runs once all files are there: each link must lead to a file, and to an element in it."""
        page = self._pages[name]

        def relative(link: str) -> str:
            url, fragment = self._resolve(link, page)
            if not url:
                return link
            target = self.files.get(url)
            if target is None and page.startswith(self._frozen):
                # An edition never changes, nor do the pages below it; the target of its link may have gone since.
                return urljoin(settings.SITE_URL, link)
            if target is None:
                self._report_missing(page, url)
                return link
            if fragment and fragment not in self._ids.get(target, {fragment}):
                self.errors.append(f"{page} leads to {link}, where there is no such place.")
            if target == name and fragment:
                return f"#{fragment}"
            path = posixpath.relpath(target, posixpath.dirname(name) or ".")
            return f"{path}#{fragment}" if fragment else path

        path = self.folder / name
        path.write_text(_Page(path.read_text(encoding="utf-8")).with_links(relative), encoding="utf-8")


def _urls_of(records: Iterable[Any]) -> Iterator[str]:
    """The URL of each record in each language."""
    for record in records:
        for language in language_codes():
            with translation.override(language):
                yield record.get_absolute_url()


def _start_urls() -> Iterator[str]:
    """The pages of all records, their former URLs, and files to which no page links."""
    yield from ("/sitemap.xml", "/robots.txt", "/data/record.zip")
    for language in language_codes():
        with translation.override(language):
            yield reverse("home")
            # Pages lead past it, to the dossier itself.
            yield reverse("dossiers")
    for kind, model in permanent_models().items():
        for record in model._default_manager.exclude(state=State.DRAFT).order_by("code"):
            former_addresses = FormerAddress.objects.filter(kind=kind, code=record.code).order_by("slug")
            # The URL of a record that is part of a page has a fragment.
            for url in (url for url in _urls_of([record]) if "#" not in url):
                yield url
                yield from (url.replace(f"/{record.slug}/", f"/{former.slug}/") for former in former_addresses)


def _in_each_language(text: Callable[[], str]) -> str:
    """The text in all languages, each form once."""
    texts = []
    for language in language_codes():
        with translation.override(language):
            texts.append(str(text()))
    return " / ".join(dict.fromkeys(texts))


def _redirect_page(target: str, url: str) -> str:
    """A page that redirects to another URL, in the language of its own."""
    language = url.split("/")[1]
    with translation.override(language if language in language_codes() else settings.LANGUAGE_CODE):
        return render_to_string("static_export/moved.html", {"url": target})


@contextmanager
def _one_moment() -> Iterator[None]:
    """Reads the record as it is now, whatever is written meanwhile, and holds up nobody who writes."""
    mode, is_outermost = getattr(connection, "transaction_mode", None), not connection.in_atomic_block
    if connection.vendor == "sqlite":
        connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql" and is_outermost:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            yield
    finally:
        if connection.vendor == "sqlite":
            connection.transaction_mode = mode  # type: ignore[attr-defined]


def export(folder: Path) -> StaticExport:
    """Makes an export in a new folder beside ``folder`` and then replaces it.

    It is of one moment: what is written meanwhile is not in it. Raises ExportError, with nothing changed, where the
    folder holds anything but an earlier export, and where a link leads nowhere.
    """
    if folder.exists() and not (folder.is_dir() and (not any(folder.iterdir()) or (folder / SUMS).is_file())):
        raise ExportError(f"{folder} holds something else than a copy of the site. Name a new folder.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        static_export = StaticExport(draft)
        # What pages would write on the way is written before, since nothing can be inside a snapshot of the past.
        package.current()
        with _one_moment():
            static_export.make()
        if errors := static_export.errors:
            raise ExportError(f"{len(errors)} links lead nowhere; no copy was made.", errors)
        draft.chmod(0o755)
        former = draft.with_name(f"{draft.name}-former")
        if folder.exists():
            folder.rename(former)
        draft.rename(folder)
        shutil.rmtree(former, ignore_errors=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    static_export.folder = folder
    return static_export
