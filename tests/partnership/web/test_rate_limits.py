"""Rate limits: for each IP address and each kind of page by itself, refused in the reader’s words."""

from __future__ import annotations

import itertools
import json
from contextlib import nullcontext

import pytest
from django.core.cache import cache, caches
from django.http import StreamingHttpResponse
from django.test import Client, RequestFactory

from partnership.turns import Turns
from partnership.web import rate_limits

pytestmark = pytest.mark.django_db

STRANGER, OTHER = "203.0.113.7", "203.0.113.8"


@pytest.fixture(autouse=True)
def _two_a_minute(monkeypatch):
    """Two of everything; all within one minute."""
    caches["counters"].clear()
    monkeypatch.setattr(
        rate_limits,
        "seconds_to_wait",
        lambda request, scope, limit, **more: _wait(request, scope, limit if scope == "cost" else 2, **more),
    )
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_795_000_060.0)
    yield
    caches["counters"].clear()


_wait = rate_limits.seconds_to_wait


def ask(path: str, address: str = STRANGER, method: str = "get", **more):
    client = Client(headers={"host": "localhost", **more}, REMOTE_ADDR=address)
    return getattr(client, method)(path)


@pytest.mark.parametrize(
    ("path", "words"),
    [("/en/search/?q=library", "Try again in 20 seconds."), ("/sv/sok/?q=bibliotek", "Försök igen om 20 sekunder.")],
)
def test_who_searches_too_often_is_told_how_long_to_wait(path, words):
    assert [ask(path).status_code for _time in range(2)] == [200, 200]

    refused = ask(path)

    assert refused.status_code == 429
    assert refused["Retry-After"] == "20"
    assert "no-store" in refused["Cache-Control"]
    assert words in refused.content.decode()
    assert not refused.cookies


def test_lists_that_are_searched_for_words_count_as_searches_and_others_do_not():
    responses = [ask(f"/en/{name}/?q=library").status_code for name in ("projects", "search", "search")]

    assert responses == [200, 200, 429]
    assert [ask("/en/projects/?from=2010").status_code for _time in range(3)] == [200] * 3


def test_programs_are_told_in_their_own_form():
    responses = [ask(path) for path in ("/en/projects.csv", "/data/visits.json", "/sv/teman.json")]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert responses[-1]["Content-Type"] == "application/problem+json"
    assert responses[-1]["Retry-After"] == "20"
    assert json.loads(responses[-1].content)["status"] == 429


def test_each_address_and_each_kind_of_page_is_counted_by_itself():
    for _time in range(3):
        ask("/en/search/?q=library")

    assert ask("/en/search/?q=library", OTHER).status_code == 200
    assert ask("/en/projects.csv").status_code == 200


def test_the_next_minute_begins_anew(monkeypatch):
    for _time in range(3):
        ask("/en/search/?q=library")
    monkeypatch.setattr(rate_limits.time, "time", lambda: 1_795_000_081.0)

    assert ask("/en/search/?q=library").status_code == 200


def test_headers_of_the_client_change_nothing():
    responses = [ask("/en/search/?q=library", **{"x-forwarded-for": f"198.51.100.{host}"}) for host in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]


def test_behind_our_proxy_its_last_hop_is_counted(settings):
    settings.BEHIND_PROXY = True
    responses = [
        ask("/en/search/?q=x", "127.0.0.1", **{"x-forwarded-for": f"1.2.3.{host}, {STRANGER}"}) for host in (1, 2, 3)
    ]

    assert [response.status_code for response in responses] == [200, 200, 429]
    assert ask("/en/search/?q=x", "127.0.0.1", **{"x-forwarded-for": OTHER}).status_code == 200


@pytest.mark.parametrize("path", ["/admin/login/", "/admin/forgotten/"])
def test_many_names_from_one_address_are_refused_as_well(path):
    client = Client(headers={"host": "localhost", "accept-language": "en"}, REMOTE_ADDR=STRANGER)
    responses = [
        client.post(path, {"username": f"clerk-{n}", "email": f"clerk-{n}@example.org", "password": "a wrong one"})
        for n in range(3)
    ]

    assert [response.status_code for response in responses][-1] == 429
    assert all(response.status_code in (200, 302) for response in responses[:2])
    assert client.get(path).status_code == 200


def test_the_machine_itself_is_never_refused():
    assert {ask("/en/projects.csv", "127.0.0.1").status_code for _time in range(4)} == {200}


def test_no_ip_address_is_stored_in_clear(monkeypatch):
    keys: list[str] = []
    monkeypatch.setattr(rate_limits.counters, "add", lambda key, *rest, **more: keys.append(key))

    ask("/en/search/?q=library")

    assert {key.split("-")[1] for key in keys} == {"cost", "search"}
    assert STRANGER not in str(keys)


def test_without_the_cache_nobody_is_refused(monkeypatch):
    def away(*_values, **_more):
        raise ConnectionError("redis is away")

    monkeypatch.setattr(rate_limits.counters, "add", away)

    assert {ask("/en/search/?q=library").status_code for _time in range(4)} == {200}


def test_what_else_is_kept_pushes_no_count_out(rf):
    request = rf.get("/", REMOTE_ADDR=STRANGER)
    assert [_wait(request, "test", 2) for _time in range(2)] == [0, 0]

    for number in range(1000):
        cache.set(f"other-{number}", "x")
        caches["counters"].set(f"other-{number}", 1)

    assert _wait(request, "test", 2) > 0


def test_dear_pages_are_limited_by_what_they_cost(monkeypatch):
    monkeypatch.setattr(rate_limits, "COST", 200)
    spent = itertools.count(step=0.06)
    monkeypatch.setattr(rate_limits.time, "thread_time", lambda: next(spent))

    # Each takes 60 ms and 50 for asking: the third is asked for when 220 are spent.
    statuses = [ask("/en/about/").status_code for _time in range(3)]

    assert statuses == [200, 200, 429]
    assert ask("/en/about/", OTHER).status_code == 200
    assert ask("/admin/login/").status_code == 200


def test_a_stream_costs_what_its_rows_cost(monkeypatch):
    monkeypatch.setattr(rate_limits, "COST", 100)
    spent, rows = [0.0], []

    def stream(_request) -> StreamingHttpResponse:
        def costly():
            for row in range(3):
                rows.append(row)
                spent[0] += 0.06
                yield "x" * rate_limits.FIRST_PART

        return StreamingHttpResponse(costly())

    monkeypatch.setattr(rate_limits.time, "thread_time", lambda: spent[0])
    request = RequestFactory().get("/en/projects.csv", REMOTE_ADDR=STRANGER)
    answer = rate_limits.CostMiddleware(stream)

    response = answer(request)

    # The rest is made while it is sent.
    assert rows == [0, 1]
    assert len(b"".join(response.streaming_content)) == 3 * rate_limits.FIRST_PART
    assert answer(request).status_code == 429


@pytest.mark.parametrize(
    ("path", "words"),
    [("/en/about/", "Too much is asked for at once"), ("/sv/om/", "Det frågas efter för mycket på en gång")],
)
def test_where_too_many_wait_a_page_says_so(monkeypatch, path, words):
    monkeypatch.setattr("partnership.turns.PATIENCE", 0.01)
    monkeypatch.setattr(rate_limits, "turns", Turns(at_once=0, waiting=0))

    refused = ask(path)

    assert (refused.status_code, refused["Retry-After"]) == (503, "60")
    assert "no-store" in refused["Cache-Control"]
    assert words in refused.content.decode()


def test_who_is_refused_or_led_elsewhere_comes_later_than_who_reads(monkeypatch):
    asked_with: list[int] = []
    monkeypatch.setattr(rate_limits.turns, "turn", lambda spent: asked_with.append(spent) or nullcontext())
    monkeypatch.setattr(rate_limits.time, "thread_time", lambda: 0.0)
    for number in range(3):
        assert ask(f"/en/about/?n={number}").status_code in {301, 302}
    with monkeypatch.context() as crowd:
        crowd.setattr(rate_limits, "turns", Turns(at_once=0, waiting=0))
        assert ask("/en/about/").status_code == 503

    ask("/en/about/")
    ask("/en/about/", OTHER)

    assert asked_with[-2:] == [250, 50]


def test_forms_wait_for_nobody(monkeypatch):
    monkeypatch.setattr(rate_limits, "turns", Turns(at_once=0, waiting=0))

    typed = Client(headers={"host": "localhost"}).post(
        "/en/contribute/send/", {"text": "I was there.", "step": "check"}
    )

    assert typed.status_code == 200
    assert "I was there." in typed.content.decode()


def test_this_machine_waits_for_nobody(monkeypatch):
    monkeypatch.setattr(rate_limits, "turns", Turns(at_once=0, waiting=0))

    assert ask("/en/about/", "127.0.0.1").status_code == 200
    assert ask("/en/about/", "::1").status_code == 200


def test_staff_wait_for_nobody_and_strangers_at_their_door_do(monkeypatch, staff_client):
    staff = staff_client("Editor")
    monkeypatch.setattr(rate_limits, "turns", Turns(at_once=0, waiting=0))

    assert staff.get("/admin/", REMOTE_ADDR="203.0.113.7").status_code == 200
    stranger = Client(headers={"host": "localhost"}, REMOTE_ADDR="203.0.113.7")
    stranger.cookies["sessionid"] = "a-made-up-session"
    monkeypatch.setattr("partnership.turns.PATIENCE", 0.01)
    assert stranger.get("/admin/visits/visit/").status_code == 503
    # Whoever is of the staff, but not signed in yet, is no crowd.
    assert stranger.get("/admin/login/").status_code == 200


def test_what_a_client_had_in_the_last_minute_counts_for_its_turn(monkeypatch):
    asked_with: list[int] = []
    monkeypatch.setattr(rate_limits.turns, "turn", lambda spent: asked_with.append(spent) or nullcontext())
    spent = itertools.count(step=0.06)
    monkeypatch.setattr(rate_limits.time, "thread_time", lambda: next(spent))

    ask("/en/about/")
    for seconds in (60, 120):
        monkeypatch.setattr(rate_limits.time, "time", lambda seconds=seconds: 1_795_000_060.0 + seconds)
        ask("/en/about/")

    assert asked_with == [50, 160, 160]
    assert ask("/en/about/", OTHER).status_code == 200
    assert asked_with[-1] == 50
