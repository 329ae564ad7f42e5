"""The page cache: never stale, never another reader’s page, never above its size."""

from __future__ import annotations

import gzip
import random
import runpy
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from io import BytesIO
from types import SimpleNamespace

import brotli
import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import Error, InterfaceError, OperationalError, connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import Client
from django.test.utils import setup_test_environment, teardown_test_environment
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from gunicorn.config import Config
from gunicorn.http import RequestParser

from partnership.database.triggers import watched
from partnership.models import Revision, Source, User
from partnership.web.cross_origin import allow_everywhere
from partnership.web.page_cache import DataVersionReader, PageCache
from projects.models import Project, ProjectCitation
from tests.base import PAGES, address, filled_in
from tests.support.databases import loaded_database, opened
from tests.support.work import is_loaded, update_first_source, update_project
from tests.support.worker import Worker, environ

# One process makes what all of them use.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("page cache")]

# Two workers, and an office that writes, all on one database. On PostgreSQL each is a machine of its own.


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("machine")


@pytest.fixture(scope="module")
def database(folder, django_db_setup):
    with loaded_database(folder) as environment:
        yield environment


@pytest.fixture(scope="module")
def machine(tmp_path_factory, folder, database):
    """The folder of a machine: a further one where the database is elsewhere, the same one where it is a file in it."""
    return lambda: tmp_path_factory.mktemp("machine") if database else folder


@pytest.fixture(scope="module")
def office(machine, database):
    office = Worker(machine(), **database)
    yield office
    office.end()


@pytest.fixture(scope="module")
def workers(machine, database, office):
    workers = [Worker(machine(), **database), Worker(machine(), **database)]
    yield workers
    for worker in workers:
        worker.end()


def add_project(code: str) -> None:
    project = Project.objects.create(code=code, title_en="First title", title_sv="Titel", state="published")
    ProjectCitation.objects.create(project=project, source=Source.objects.order_by("pk").first())


def save_as_clerk(code: str, title: str) -> int:
    """The status of the answer to the form of a project in the admin, with another title."""
    clerk = Client(headers={"host": "localhost"})
    clerk.force_login(User.objects.create(username="clerk", is_staff=True, is_superuser=True))
    form = reverse("admin:projects_project_change", args=[Project.objects.get(code=code).pk])
    setup_test_environment()
    data = filled_in(clerk.get(form))
    teardown_test_environment()
    return clerk.post(form, data | {"title_en": title}).status_code


def withdraw_project(code: str, reason: str) -> None:
    project = Project.objects.get(code=code)
    project.state, project.withdrawal_reason_en = "withdrawn", reason
    project.save()


def add_version(title: str) -> None:
    Revision.objects.create(model_name="project", code="x", version=1, is_public=True, title={"en": title})


def erase_version(title: str) -> None:
    Revision.objects.filter(code="x").update(title={"en": title})


@pytest.fixture
def project(office, workers):
    """A project that is published and cached by both workers; each test has its own."""
    code = f"cached-{random.randrange(10**9)}"
    office.call(add_project, code)
    path = f"/en/projects/{code}/"
    for worker in workers:
        assert "First title" in worker.get(path).body.decode()
        hits = worker.report["hits"]
        assert "First title" in worker.get(path).body.decode()
        assert worker.report["hits"] == hits + 1
    return SimpleNamespace(code=code, path=path)


def sees(workers, path: str, words: str, status: int = 200) -> bool:
    responses = [worker.get(path) for worker in workers for _again in range(2)]
    return all(response.code == status and words in response.body.decode() for response in responses)


def test_a_save_in_the_admin_is_seen_at_once_by_every_worker(office, workers, project):
    assert office.call(save_as_clerk, project.code, "Saved by a clerk") == 302
    assert sees(workers, project.path, "Saved by a clerk")
    assert sees(workers, "/en/projects/", "Saved by a clerk")


def test_a_bulk_update_is_seen_at_once(office, workers, project):
    office.call(update_project, project.code, title_en="Updated in bulk")

    assert sees(workers, project.path, "Updated in bulk")


def test_a_write_by_another_program_is_seen_at_once(workers, project, machine, database):
    with closing(opened(machine(), database)) as other:
        other.execute(f"UPDATE projects_project SET title_en = 'Raw SQL' WHERE code = '{project.code}'")

    assert sees(workers, project.path, "Raw SQL")


def test_a_change_of_a_related_record_is_seen_at_once(office, workers, project):
    before = office.call(update_first_source, title="Another title of the source")

    assert sees(workers, project.path, "Another title of the source")
    office.call(update_first_source, title=before)
    assert sees(workers, project.path, before)


def test_a_withdrawn_record_is_gone_at_once(office, workers, project):
    assert sees(workers, "/en/projects/", project.path)

    office.call(withdraw_project, project.code, "Sent by mistake")

    assert sees(workers, project.path, "Sent by mistake", status=410)
    assert not any(project.path in worker.get("/en/projects/").body.decode() for worker in workers)


def test_a_draft_is_never_sent(office, workers, project):
    office.call(update_project, project.code, state="draft")

    assert sees(workers, project.path, "There is no such page", status=404)


def test_an_erased_version_is_gone_from_the_changes_at_once(office, workers):
    office.call(add_version, "A secret")
    assert sees(workers, "/en/changes/", "A secret")

    office.call(erase_version, "Erased")

    assert sees(workers, "/en/changes/", "Erased")
    assert not any("A secret" in worker.get("/en/changes/").body.decode() for worker in workers)


def test_no_reader_gets_an_old_page_after_any_of_many_edits(office, workers, project):
    for number in range(8):
        office.call(update_project, project.code, title_en=f"Edit {number}.")
        assert sees(workers, project.path, f"Edit {number}.")
        assert sees(workers, "/en/projects/?kind=project", f"Edit {number}.")


def test_all_workers_give_a_page_the_same_etag(workers):
    # Packing takes the same way for every page, so one of them is enough for it.
    for coding, names in {"identity": PAGES, "br": ["home"], "gzip": ["home"]}.items():
        for name in names:
            first, second = (worker.get(address(name, "en"), accept_encoding=coding) for worker in workers)
            assert first.headers["ETag"] == second.headers["ETag"], name
            assert first.body == second.body, name


def test_every_page_is_cached_in_each_language(workers):
    worker = workers[0]
    urls = {address(name, language) for name in PAGES for language in ("en", "sv")}
    first = {url: worker.get(url) for url in urls}
    before = worker.report

    again = {url: worker.get(url, accept_language="sv" if "/en/" in url else "en") for url in urls}

    assert again == first
    assert worker.report["hits"] == before["hits"] + len(urls)
    for url, response in again.items():
        assert f'<html lang="{url[1:3]}"' in response.body.decode()
        assert response.headers["Cache-Control"] == "no-cache"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_the_responses_of_the_cache_are_those_of_the_application(workers, machine, database):
    plain = Worker(machine(), PAGE_STORE_MB="0", **database)
    for path in [*(address(name, "sv") for name in PAGES), "/en/projects/?theme=sports-and-culture", "/en/nothing/"]:
        cached, fresh = [workers[0].get(path) for _again in range(2)][1], plain.get(path)
        assert (cached.code, cached.body) == (fresh.code, fresh.body)
        # Each request has an id of its own; a cached page has none, since nothing is logged for it.
        assert {**fresh.headers, **cached.headers, "X-Request-ID": ""} == {**cached.headers, "X-Request-ID": ""}
        assert "X-Request-ID" in fresh.headers
        assert ("X-Request-ID" in cached.headers) == (cached.code != 200)
    plain.end()


# Triggers


@pytest.mark.parametrize("name", [*PAGES, "calendar", "feed", "changes-feed"])
def test_every_table_that_a_page_reads_has_its_triggers(name):
    statements: set[str] = set()

    def note(execute, sql, params, many, context):
        statements.add(sql)
        return execute(sql, params, many, context)

    client = Client(headers={"host": "localhost"})
    paths = {"calendar": "/en/visits.ics", "feed": "/en/feed.atom", "changes-feed": "/en/changes/feed.atom"}
    with connection.execute_wrapper(note):
        assert client.get(paths.get(name) or address(name, "en")).status_code == 200

    all_tables = {
        table for table in connection.introspection.table_names() if any(f'"{table}"' in sql for sql in statements)
    }
    # The number itself, and the releases of the data, which are made of what the watched tables hold.
    unwatched = {"partnership_dataversion", "partnership_datarelease"}
    assert all_tables - unwatched <= {table for table, _kind, _column in watched()}


def test_the_number_is_read_from_the_database_itself(machine, database, office):
    version = DataVersionReader()
    version._database = SimpleNamespace(
        copy=lambda: SimpleNamespace(connect=lambda: None, connection=opened(machine(), database)),
        Database=connection.Database,
    )

    first = version()
    office.call(update_first_source, staff_note="x")

    assert version() == first + 1
    version._thread.connection.close()
    with pytest.raises(Error):
        version()
    assert version() == first + 1
    version._thread.connection.close()


def test_a_database_that_cannot_be_reached_is_an_error():
    def away():
        raise connection.Database.OperationalError("unable to open database file")

    version = DataVersionReader()
    version._database = SimpleNamespace(copy=lambda: SimpleNamespace(connect=away), Database=connection.Database)

    with pytest.raises(Error):
        version()


# The page cache alone, around an application that counts its requests


#: The filter parameters of lists in these tests.
PARAMETERS = {"theme", "kind", "from", "to", "page"}


class CachedSite:
    """Pages that differ each time they are made; ``change`` may alter a response before it is sent."""

    def __init__(self, max_bytes: int = 1_000_000, change=lambda response: None, size: int = 1000):
        self.requests: list[str] = []
        self.change, self.size = change, size
        self.number = 1
        self.page_cache = PageCache(self._respond, max_bytes=max_bytes, parameters=PARAMETERS, version=self._version)

    def _version(self) -> int:
        if self.number is None:
            raise OperationalError("The server is away.")
        return self.number

    def _respond(self, environ, start_response):
        query = environ["QUERY_STRING"]
        self.requests.append(environ["PATH_INFO"] + (f"?{query}" if query else ""))
        response = HttpResponse(f"<p>{len(self.requests)}</p>{random.randbytes(self.size // 2).hex()}")
        response = self.change(response) or response
        cookies = [("Set-Cookie", cookie.OutputString()) for cookie in response.cookies.values()]
        start_response(f"{response.status_code} Some reason", [*response.items(), *cookies])
        return response

    def get(self, path: str = "/en/", method: str = "GET", **headers: str):
        started: list = []
        body = self.page_cache(environ(path, method, **headers), lambda *values: started.extend(values))
        return SimpleNamespace(status=started[0], headers=dict(started[1]), body=b"".join(body))

    def caches(self, path: str = "/en/", **options: str) -> bool:
        """Whether a second request gets a cached page."""
        self.get(path, **options)
        before = len(self.requests)
        self.get(path, **options)
        return len(self.requests) == before


def test_a_page_is_made_once_and_anew_after_each_write():
    site = CachedSite()

    first, again = site.get(), site.get()
    site.number += 1
    after = site.get()

    assert first == again
    assert b"<p>1</p>" in again.body
    assert b"<p>2</p>" in after.body


@pytest.mark.parametrize(("can_be_kept", "times"), [(True, 1), (False, 3)])
def test_a_page_is_made_once_for_all_who_wait_and_what_is_not_kept_by_each(can_be_kept, times):
    site, barrier = CachedSite(), threading.Barrier(3)

    def slowly(response):
        time.sleep(0.2)
        if not can_be_kept:
            response["Cache-Control"] = "private"

    site.change = slowly

    def ask(_number: int) -> str:
        barrier.wait()
        return site.get().status

    with ThreadPoolExecutor(3) as readers:
        assert [*readers.map(ask, range(3))] == ["200 Some reason"] * 3

    assert len(site.requests) == times
    assert site.page_cache._in_making == {}


def test_a_write_while_a_page_is_made_leaves_nothing_old():
    site = CachedSite()

    def write(response):
        site.number += 1

    site.change = write
    site.get()
    site.change = lambda response: None

    assert b"<p>2</p>" in site.get().body


def test_languages_paths_hosts_and_schemes_are_cached_apart():
    site = CachedSite()
    responses = [
        site.get("/en/"),
        site.get("/sv/"),
        site.get("/en/projects/"),
        site.get("/en/", host="other.example"),
        site.get("/en/?kind=project"),
    ]

    assert len({response.body for response in responses}) == 5


def test_http_never_gets_what_was_cached_for_https(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    site = CachedSite()
    secure = site.get(x_forwarded_proto="https")

    assert site.get(x_forwarded_proto="http").body != secure.body
    assert site.get(x_forwarded_proto="https").body == secure.body


@pytest.mark.parametrize(
    "headers",
    [{"cookie": "a=b; session=abc"}, {"cookie": "csrf=abc"}, {"cookie": "messages=x"}, {"authorization": "Basic eA=="}],
    ids=str,
)
def test_requests_with_credentials_bypass_the_cache(headers):
    site = CachedSite()
    public = site.get()

    own = site.get(**headers)
    assert own.body != public.body
    assert not site.caches(**headers)
    assert not any(own.body == site.get(path).body for path in ("/en/", "/sv/"))
    assert site.get().body == public.body


def test_cookies_of_others_change_nothing():
    assert CachedSite().caches(cookie="_ga=GA1.2.3; consent=yes")


def _set(name: str, value: str):
    def change(response):
        response[name] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("Cache-Control", "private"),
        _set("Cache-Control", "max-age=0, No-Store"),
        _set("Vary", "Cookie"),
        lambda response: response.set_cookie("name", "value"),
        lambda response: patch_vary_headers(response, ["Accept-Encoding", "Accept-Language"]),
        lambda response: HttpResponse("Not found", status=404),
        lambda response: HttpResponse("Gone", status=410),
        lambda response: HttpResponse("Error", status=500),
        lambda response: HttpResponse(status=302, headers={"Location": "/en/"}),
        lambda response: StreamingHttpResponse(iter([b"a", b"b"])),
        lambda response: HttpResponse("x" * 400_000 + random.randbytes(100_000).hex()),
    ],
    ids=["private", "no-store", "Vary", "Set-Cookie", "negotiated", "404", "410", "500", "302", "stream", "too large"],
)
def test_a_response_that_is_no_plain_public_page_is_never_cached(change):
    assert CachedSite().caches()

    site = CachedSite(change=change)

    assert not site.caches()
    assert site.page_cache.report()["pages"] == 0


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/projects/project/", "/data/projects.csv", "/media/x", "/", "/id/a/b"]
)
def test_nothing_outside_the_languages_is_cached(path):
    assert not CachedSite().caches(path)


def test_only_get_and_head_are_served_from_the_cache():
    site = CachedSite()
    site.get()

    assert site.get(method="POST").body != site.get().body


# Queries


def test_the_order_of_a_query_and_its_empty_fields_do_not_matter():
    site = CachedSite()
    first = site.get("/en/projects/?theme=water&from=2010&q=&to=&kind=project")

    assert site.get("/en/projects/?kind=project&from=2010&theme=water&sort=").body == first.body
    assert site.requests == ["/en/projects/?from=2010&kind=project&theme=water"]


def test_the_order_of_values_of_one_filter_is_kept():
    site = CachedSite()
    site.get("/en/projects/?theme=b&theme=a&page=2")

    assert site.requests == ["/en/projects/?page=2&theme=b&theme=a"]


@pytest.mark.parametrize(
    "query", ["utm_source=x", "theme=water&fbclid=1", "q=library", "kind=" + "x" * 400, "a=b" * 2000, "%00=1", "%FF=1"]
)
def test_unknown_parameters_and_search_words_do_not_fill_the_cache(query):
    site = CachedSite()

    assert not site.caches(f"/en/projects/?{query}")
    for number in range(200):
        site.get(f"/en/projects/?{query}&x{number}={number}")

    assert site.page_cache.report()["pages"] == 0


# Responses


def test_codings_are_those_that_the_client_accepts_and_decode_alike():
    site = CachedSite(change=lambda response: HttpResponse("<p>Växjö</p>" * 200))
    plain = ("<p>Växjö</p>" * 200).encode()
    for accept_encoding, coding, read in [
        ("br, gzip", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("gzip;q=1.0, br;q=0", "gzip", gzip.decompress),
        ("*", "br", brotli.decompress),
        ("identity", None, bytes),
        ("", None, bytes),
        ("gzip;q=0, *;q=0", None, bytes),
    ]:
        for _again in range(2):
            response = site.get(accept_encoding=accept_encoding)
            assert response.headers.get("Content-Encoding") == coding, accept_encoding
            assert read(response.body) == plain
            assert int(response.headers["Content-Length"]) == len(response.body)
            assert response.headers["Vary"] == "Accept-Encoding"
    assert len(site.requests) == 3


def test_a_picture_is_not_compressed():
    site = CachedSite(change=lambda response: HttpResponse(b"\x89PNG" * 300, content_type="image/png"))

    response = site.get(accept_encoding="br")

    assert response.body == b"\x89PNG" * 300
    assert "Content-Encoding" not in response.headers


def test_an_unchanged_page_is_not_sent_again():
    site = CachedSite()
    tags = set()
    for accept_encoding in ("br", "gzip", "identity"):
        whole = site.get(accept_encoding=accept_encoding)
        tag = whole.headers["ETag"]
        tags.add(tag)
        assert not tag.startswith("W/")
        for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            same = site.get(accept_encoding=accept_encoding, if_none_match=sent)
            assert (same.status, same.body) == ("304 Not Modified", b"")
            assert same.headers == {name: whole.headers[name] for name in ("Vary", "Cache-Control", "ETag")}
        assert site.get(accept_encoding=accept_encoding, if_none_match='"other"').body == whole.body
    assert len(tags) == 3

    site.number += 1
    changed = site.get(accept_encoding="br", if_none_match=", ".join(tags))
    assert changed.status.startswith("200")


def test_a_page_that_says_when_it_changed_is_not_sent_again_to_who_has_it_since_then():
    def dated(response):
        response["Last-Modified"] = "Sat, 28 Nov 2026 01:24:18 GMT"

    site = CachedSite(change=dated)
    for since, status in [
        ("Sat, 28 Nov 2026 01:24:18 GMT", "304"),
        ("Sun, 29 Nov 2026 00:00:00 GMT", "304"),
        ("Fri, 27 Nov 2026 00:00:00 GMT", "200"),
        ("yesterday", "200"),
    ]:
        assert site.get(if_modified_since=since).status.startswith(status), since
    response = site.get(if_modified_since="Sun, 29 Nov 2026 00:00:00 GMT", if_none_match='"other"')
    assert response.status.startswith("200")


def test_other_sites_may_read_that_a_page_is_unchanged():
    site = CachedSite(change=lambda response: allow_everywhere(response) and None)
    etag = site.get().headers["ETag"]

    assert site.get(if_none_match=etag).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(("coding", "read"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_stream_is_compressed_and_its_tag_is_weak(coding, read):
    def stream(_response):
        lines = (f"row {number}\n".encode() for number in range(500))
        return StreamingHttpResponse(lines, content_type="text/csv", headers={"ETag": '"a"'})

    site = CachedSite(change=stream)
    response = site.get("/en/projects.csv", accept_encoding=coding)

    assert (response.headers["Content-Encoding"], response.headers["ETag"]) == (coding, 'W/"a"')
    assert read(response.body).count(b"\n") == 500
    head = site.get("/en/projects.csv", method="HEAD", accept_encoding=coding)
    assert head.headers["Content-Encoding"] == coding


def test_a_proxy_may_keep_a_public_page_until_the_end_of_the_second(settings, clock):
    settings.BEHIND_PROXY = True
    site = CachedSite()
    first = site.get()
    clock.now += 5
    again, same = site.get(), site.get(if_none_match=first.headers["ETag"])

    moments = [response.headers["X-Accel-Expires"] for response in (first, again, same)]
    assert moments[1:] == [f"@{int(moments[0][1:]) + 5}"] * 2
    # nginx of Debian 12 obeys the first of the two.
    assert [list(response.headers).index("X-Accel-Expires") for response in (first, again, same)] == [0, 0, 0]

    site.change = _set("Cache-Control", "private")
    for response in (
        site.get("/en/own/"),
        site.get(cookie="session=abc"),
        site.get("/en/?q=word"),
        site.get("/data/x"),
    ):
        assert "X-Accel-Expires" not in response.headers
    settings.BEHIND_PROXY = False
    assert "X-Accel-Expires" not in site.get().headers


def test_head_says_what_get_would_and_sends_nothing():
    site = CachedSite()
    head = site.get(method="HEAD")
    whole = site.get()

    assert head.body == b""
    assert head.headers == whole.headers
    assert int(head.headers["Content-Length"]) == len(whole.body)
    assert site.get(method="HEAD").body == b""
    assert len(site.requests) == 1


def test_a_range_gets_the_whole_page():
    site = CachedSite()
    whole = site.get()
    part = site.get(range="bytes=0-9", if_range=whole.headers["ETag"])

    assert (part.status, part.body) == (whole.status, whole.body)


# Size and time


def test_the_cache_keeps_to_its_size_and_drops_the_least_recently_used_page():
    site = CachedSite(max_bytes=120_000, size=3_000)
    site.get("/en/")
    for number in range(100):
        site.get(f"/en/projects/{number}/")
        site.get("/en/")
        assert site.page_cache.report()["bytes"] <= 120_000

    report = site.page_cache.report()
    assert 10 < report["pages"] < 100
    assert site.requests.count("/en/") == 1
    assert site.caches("/en/projects/99/")
    before = len(site.requests)
    site.get("/en/projects/0/")
    assert len(site.requests) == before + 1


def test_hits_and_misses_are_counted():
    site = CachedSite()
    for _time in range(3):
        site.get()

    report = site.page_cache.report()
    assert (report["hits"], report["misses"], report["pages"]) == (2, 1, 1)


@pytest.fixture
def clock(monkeypatch):
    """A clock that a test can put forward."""
    clock = SimpleNamespace(now=1_795_000_000.0)
    clock.time = clock.monotonic = lambda: clock.now
    monkeypatch.setattr("partnership.web.page_cache.time", clock)
    return clock


def test_a_page_expires_at_midnight(clock, monkeypatch):
    monkeypatch.setattr("partnership.web.page_cache._midnight", lambda: clock.now + 3600)
    site = CachedSite()
    assert site.caches()

    clock.now += 3599
    assert site.caches()
    clock.now += 1
    assert b"<p>2</p>" in site.get().body


def test_without_the_database_cached_pages_are_sent_for_a_minute(clock):
    site = CachedSite()
    cached = site.get()
    site.number = None

    clock.now += 59
    assert site.get().body == cached.body
    clock.now += 2
    assert site.get().body != cached.body

    site.number = 1
    assert site.get().body == cached.body
    site.number = 2
    assert site.get().body != cached.body


@pytest.mark.parametrize(
    ("path", "words"),
    [("/en/projects/", "The record cannot be read just now"), ("/sv/projekt/", "Registret kan inte läsas just nu")],
)
@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_without_the_database_pages_say_when_to_come_back(path, words, error, monkeypatch):
    def away(*_values):
        raise error("The server is away.")

    with connection.execute_wrapper(away):
        response = Client(raise_request_exception=False, headers={"host": "localhost"}).get(path)

    assert response.status_code == 503
    assert response["Retry-After"] == "30"
    assert words in response.content.decode()


def test_a_worker_loads_the_forms_of_staff_with_their_first_page(machine, database, office):
    worker = Worker(machine(), **database)
    assert worker.get("/en/projects/").code == 200
    assert not worker.call(is_loaded, "projects.admin")

    assert worker.get("/admin").code == 301
    assert worker.get("/admin/login/").code == 200
    assert worker.call(is_loaded, "projects.admin")
    assert worker.get("/sv/projekt/").code == 200
    worker.end()


# Nothing that a request says gets into the page of another

_FORGED = {
    **dict.fromkeys(("SCRIPT_NAME", "SCRIPT_URL", "REDIRECT_URL"), "/evil"),
    **dict.fromkeys(("SERVER_NAME", "REMOTE_USER", "REMOTE_ADDR", "AUTH_TYPE", "GATEWAY_INTERFACE"), "evil.example"),
    "SERVER_PORT": "8443",
    "SERVER_PROTOCOL": "HTTP/1.0",
    "HTTPS": "on",
    "wsgi.url_scheme": "https",
    "CONTENT_TYPE": "application/json",
    "CONTENT_LENGTH": "5",
    "wsgi.multiprocess": True,
    "HTTP_ACCEPT": "application/json",
    "HTTP_ACCEPT_CHARSET": "utf-16",
    "HTTP_ACCEPT_LANGUAGE": "sv",
    "HTTP_RANGE": "bytes=0-5",
    "HTTP_IF_RANGE": "x",
    "HTTP_IF_MODIFIED_SINCE": "Fri, 27 Nov 2026 10:00:00 GMT",
    "HTTP_IF_NONE_MATCH": '"x"',
    "HTTP_IF_MATCH": '"x"',
    "HTTP_EXPECT": "100-continue",
    "HTTP_TE": "trailers",
    "HTTP_COOKIE": "django_language=sv; theme=dark",
    "HTTP_X_HTTP_METHOD_OVERRIDE": "DELETE",
    **{f"HTTP_X_FORWARDED_{name}": "evil.example" for name in ("HOST", "PORT", "SERVER", "PREFIX", "FOR", "USER")},
    "HTTP_X_FORWARDED_PROTO": "https",
    "HTTP_X_FORWARDED_SSL": "on",
    "HTTP_X_FORWARDED_PROTOCOL": "ssl",
    **{f"HTTP_{name}": "/evil" for name in ("X_SCRIPT_NAME", "X_ORIGINAL_URL", "X_REWRITE_URL", "X_WAP_PROFILE")},
    **{f"HTTP_{name}": "evil.example" for name in ("FORWARDED", "VIA", "ORIGIN", "REFERER", "X_REAL_IP", "CLIENT_IP")},
    **{f"HTTP_{name}": "evil" for name in ("USER_AGENT", "X_REQUEST_ID", "X_REQUESTED_WITH", "FROM", "PRAGMA")},
    "HTTP_CACHE_CONTROL": "no-cache",
    "HTTP_SAVE_DATA": "on",
    "HTTP_DNT": "1",
    "HTTP_SEC_GPC": "1",
    "HTTP_SEC_CH_PREFERS_COLOR_SCHEME": "dark",
    "HTTP_SEC_FETCH_SITE": "cross-site",
    "HTTP_PRIORITY": "u=0",
}


def _page_of(application, **forged) -> bytes:
    """The body; of an incomplete or unchanged response nothing."""
    request = {**environ("/en/themes/"), "wsgi.input": BytesIO(), **forged}
    started: list = []
    response = application(request, lambda *values: started.extend(values))
    body = b"".join(response)
    getattr(response, "close", lambda: None)()
    assert "evil" not in f"{started}".replace("X-Request-ID", "").casefold() or "HTTP_X_REQUEST_ID" in forged
    return body


@pytest.mark.parametrize("proxied", [False, True])
def test_no_header_gets_into_the_page_of_another_reader(proxied, settings, open_connection):
    settings.BEHIND_PROXY = proxied
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if proxied else None
    application = WSGIHandler()
    own = _page_of(application)

    for name, value in _FORGED.items():
        page_cache = PageCache(application, max_bytes=1_000_000, version=lambda: 1)
        forged = _page_of(page_cache, **{name: value})

        assert b"evil" not in forged, name
        assert _page_of(page_cache) == own, name


def test_gunicorn_lets_no_header_say_where_the_site_lies(monkeypatch, tmp_path):
    # It sets the variable for the workers of a server; here there is none.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    values = runpy.run_module("partnership.gunicorn_conf")
    config = Config()
    for name in ("forwarder_headers", "secure_scheme_headers"):
        config.set(name, values[name])
    lines = ["GET /en/ HTTP/1.1", "Host: localhost", "SCRIPT_NAME: /evil", "PATH_INFO: /evil", "REMOTE_USER: admin"]
    content = "\r\n".join([*lines, "X-Forwarded-Proto: https", "X-Forwarded-SSL: on", "", ""]).encode()

    for peer in (("127.0.0.1", 1), ""):
        request = next(RequestParser(config, [content], peer))

        assert (request.scheme, request.path) == ("http", "/en/")
        assert {name for name, _value in request.headers} == {"HOST", "X-FORWARDED-PROTO", "X-FORWARDED-SSL"}
