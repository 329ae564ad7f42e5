"""Open data, read with the libraries that re-users have."""

from __future__ import annotations

import csv
import datetime
import gc
import hashlib
import json
import tracemalloc
import zipfile
from io import BytesIO, StringIO

import feedparser
import pytest
from django.test import Client
from django.utils import timezone, translation
from frictionless import Package, system
from icalendar import Calendar
from lxml import etree
from pyld import jsonld

from partnership.models import DataRelease, DataVersion, Edition, Submission
from partnership.opendata import package
from partnership.opendata.relations import ALL_TABLES
from partnership.opendata.tables import TABLES
from projects.models import Project
from tests.base import PAGES, address, fetch
from tests.factories import make_output, make_project, make_source, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

LISTS = {
    "/en/projects": "projects",
    "/sv/projekt": "projects",
    "/en/visits": "visits",
    "/en/themes": "themes",
    "/en/partners": "partners",
    "/en/history": "milestones",
    "/en/claims": "claims",
    "/sv/kallor": "sources",
    **{f"/data/{name}": name for name in TABLES},
}


def get(url: str, **headers):
    return Client(headers={"host": "localhost", **headers}).get(url)


def rows(url: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(get(url).getvalue().decode())))


def records(url: str) -> list[dict]:
    return json.loads(get(url).getvalue())["records"]


# Lists and records


@pytest.mark.parametrize("path", LISTS)
def test_every_list_is_data_in_two_forms_that_agree(path):
    table = TABLES[LISTS[path]]

    as_csv, as_json = rows(f"{path}.csv"), records(f"{path}.json")

    assert len(as_csv) == len(as_json) > 0
    assert [column.name for column in table.columns] == list(as_csv[0]) == list(as_json[0])
    for row, record in zip(as_csv, as_json, strict=True):
        for name, value in record.items():
            if isinstance(value, list):
                # CSV has the codes or names of what JSON has in full.
                plain = [item if isinstance(item, str) else _name_in(item) for item in value]
                assert row[name] == "; ".join(plain)
                continue
            written = "" if value is None else str(value)
            assert row[name] == (written.lower() if isinstance(value, bool) else written)
        assert row["licence"] == "CC BY 4.0"
        assert row["attribution"] == "Växjö, Region Kronoberg and JB Marks"


def _name_in(item: dict) -> str:
    return item.get("profession") or item.get("value") or item["name_en"] or item["name_sv"]


def test_columns_have_names_of_their_own():
    for table in TABLES.values():
        names = [column.name for column in table.columns]
        assert len(names) == len(set(names)), table.name


def test_data_has_the_filters_of_the_page_and_no_limit():
    for query in ("theme=rescue-services", "founding=yes", "from=2010&to=2012", "q=library&sort=newest", "result=both"):
        page = fetch(f"/en/projects/?{query}")
        listed = {link.split("/")[-2] for link in page.links("/en/projects/") if link.count("/") == 4}
        assert {row["code"] for row in rows(f"/en/projects.csv?{query}")} == listed
    assert (
        len(rows("/en/visits.csv?direction=to_sweden"))
        == Visit.objects.identified().filter(direction="to_sweden").count()
    )


def test_a_page_links_to_its_data_with_its_filters():
    assert "/en/projects.csv?theme=democracy" in fetch("/en/projects/?theme=democracy").links()
    assert "/sv/besok.json" in fetch("/sv/besok/").links()
    assert "/en/projects/leseding.json" in fetch("/en/projects/leseding/").links()


def test_uncertainty_is_kept():
    make_project(code="test-open", period="2011/")
    row = next(row for row in rows("/en/projects.csv") if row["code"] == "test-open")

    assert (row["period"], row["earliest"], row["latest"]) == ("2011/", "", "")
    assert (row["lower_bound"], row["upper_bound"]) == ("2011-01-01", "")
    make_visit(code="test-days", period="2012-03-05/2012-04", delegates=6, delegates_high=8)
    visit = next(row for row in rows("/en/visits.csv") if row["code"] == "test-days")
    assert (visit["earliest"], visit["latest"]) == ("2012-03-05", "")
    assert (visit["lower_bound"], visit["upper_bound"]) == ("2012-03-05", "2012-04-30")
    assert (visit["delegates"], visit["delegates_high"]) == ("6", "8")
    claim = next(row for row in rows("/en/claims.csv") if row["code"] == "visits-2018")
    assert (claim["qualifier"], claim["value_low"], claim["wording_en"]) == ("about", "100", "some 100")
    delegates = next(row for row in rows("/en/claims.csv") if row["claim"] == "delegates")
    assert (delegates["value_low"], delegates["value_high"]) == ("600", "650")


def test_one_record_has_its_sources_and_outputs():
    content = json.loads(get("/en/projects/library-1.json").getvalue())

    assert [record["code"] for record in content["records"]] == ["library-1"]
    assert content["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert "icld-library-1" in [citation["source"] for citation in content["citations"]]
    assert "library-1-pilots" in [output["code"] for output in content["outputs"]]
    assert len(rows("/sv/projekt/library-1.csv")) == 1


def test_neither_drafts_nor_notes_of_staff_are_in_any_data():
    secret = "Zanzibar secret"
    draft = make_project(code="test-draft", title_en=secret, state="draft")
    project = make_project(code="test-open", staff_note=secret, confidence="low")
    make_output(project, text_en=secret, state="draft")
    make_source(title=secret, state="draft")
    make_visit(purpose_en=secret, state="draft", projects=[draft])

    for path in [*LISTS, "/en/projects/test-open"]:
        for suffix in ("csv", "json"):
            content = get(f"{path}.{suffix}").getvalue().decode()
            assert secret not in content
            assert "test-draft" not in content
            assert "staff_note" not in content
    assert get("/en/projects/test-draft.json").status_code == 404


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("/en/projects.json?theme=nonsense", "theme"),
        ("/en/projects.csv?from=99999", "from"),
        ("/en/projects.json?page=2", "page"),
        ("/sv/teman.json?x=1", "x"),
        ("/en/projects/leseding.json?x=1", "x"),
        ("/data/projects.csv?theme=democracy", "theme"),
    ],
)
def test_a_wrong_filter_is_a_problem_that_names_the_parameter(url, name):
    response = get(url)

    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert problem["status"] == 400
    assert [parameter["name"] for parameter in problem["invalid-params"]] == [name]
    assert response["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "url",
    ["/en/projects.xml", "/en/projects/leseding.pdf", "/data/projects.exe", "/data/nothing.csv", "/data/catalog.doc"],
)
def test_an_unknown_format_is_our_404(url):
    assert get(url).status_code == 404


@pytest.mark.parametrize("url", ["/en/nope.csv", "/sv/projekt/saknas.json", "/en/projects.xml", "/nowhere.ttl"])
def test_who_asks_for_data_that_are_not_there_gets_a_problem_that_other_sites_may_read(url):
    response = get(url)

    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
    assert response["Access-Control-Allow-Origin"] == "*"
    assert json.loads(response.content)["status"] == 404


def test_other_sites_may_read_and_nothing_is_sent_twice():
    first = get("/en/projects.json")
    first.getvalue()

    assert first["Access-Control-Allow-Origin"] == "*"
    again = get("/en/projects.json", **{"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    make_project()
    changed = get("/en/projects.json", **{"if-none-match": first["ETag"]})
    changed.getvalue()
    assert changed.status_code == 200


def test_a_long_list_is_streamed_in_constant_memory(monkeypatch):
    monkeypatch.setattr("partnership.opendata.views.CHUNK_SIZE", 50)
    source = make_source()
    citation = Visit.citations.rel.related_model

    def peak_with(first: int, last: int) -> int:
        """The peak memory in bytes while the list is sent, after adding visits with these numbers."""
        Visit.objects.bulk_create(
            Visit(code=f"test-{number}", slug=f"test-{number}", state="published") for number in range(first, last)
        )
        keys = Visit.objects.filter(code__startswith="test-", citations=None).values_list("pk", flat=True)
        citation.objects.bulk_create([citation(visit_id=key, source=source) for key in keys])
        gc.collect()
        gc.freeze()
        tracemalloc.start()
        response = get("/data/visits.csv")
        lines = 0
        for _line in response.streaming_content:
            lines += 1
            if lines % 50 == 0:
                gc.collect()  # what the collector has not come to yet is not held by the list
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        gc.unfreeze()
        assert lines == Visit.objects.count() + 1
        return peak

    peak_with(0, 100)  # what is built once and cached
    few, many = peak_with(100, 200), peak_with(200, 1000)

    assert many < 1.5 * few


# The whole data set


def test_the_package_is_valid_for_frictionless_and_its_hashes_are_true(tmp_path):
    redirect = get("/data/record.zip")
    archive = get(redirect["Location"])
    with zipfile.ZipFile(BytesIO(archive.content)) as opened:
        opened.extractall(tmp_path)
    described = json.loads((tmp_path / "datapackage.json").read_text())

    assert json.loads(get("/data/datapackage.json").content) == described
    for resource in described["resources"]:
        content = (tmp_path / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        assert resource["bytes"] == len(content)
        assert get(f"/data/{resource['path']}").getvalue() == content
    with system.use_context(trusted=True):
        report = Package(str(tmp_path / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "message"])[:5]
    assert described["licenses"][0]["name"] == "CC-BY-4.0"


def test_the_package_is_that_of_the_record_of_today_and_each_column_has_its_name_and_type():
    before = package.current()
    assert package.current() is before
    make_project(code="test-newest", title_en="Newly found")

    today = package.current()

    assert b"test-newest" in today.tables["projects"].content
    assert b"test-newest" not in before.tables["projects"].content
    for name, table in ALL_TABLES.items():
        fields = package.schema_of(table)["fields"]
        types = {"array": "list"}
        assert [(field["name"], field["type"]) for field in fields] == [
            (column.name, types.get(column.type, column.type)) for column in table.columns
        ], name


def test_an_address_of_the_archive_names_its_bytes_for_ever():
    redirect = get("/data/record.zip")
    assert redirect.status_code == 307
    url = redirect["Location"]
    archive = get(url).content
    release = DataRelease.objects.last()
    assert json.loads(get("/data/versions.json").content)["current"] == release.version

    make_project(title_en="Zanzibar")

    assert get("/data/record.zip")["Location"] != url
    assert get(url).content == archive
    assert b"Zanzibar" not in archive
    for unknown in ("1999-01-01", f"{release.date}.99-{release.sha256[:12]}", f"{release.date}.1-000000000000", "foo"):
        assert get(f"/data/record-{unknown}.zip").status_code == 404
    assert len(json.loads(get("/data/versions.json").content)["versions"]) == 2


def test_what_is_not_public_makes_no_version():
    project = make_project()
    version = get("/data/record.zip")["Location"]

    make_project(state="draft", sources=0)
    project.staff_note = "Ask the archive."
    project.save()

    assert get("/data/record.zip")["Location"] == version


def test_the_last_version_of_a_day_and_those_of_editions_stay():
    days = [datetime.date(2026, 11, 27), datetime.date(2026, 11, 28), datetime.date(2026, 11, 29)]
    make = DataRelease.objects.create
    for day, count in zip(days, (3, 2, 2), strict=True):
        for number in range(1, count + 1):
            make(date=day, number=number, sha256=f"{number}" * 64, archive=b"x")
    frozen = DataRelease.objects.get(date=days[0], number=1)
    Edition.objects.create(submission=Submission.objects.first(), number=99, sha256="0" * 64, data_release=frozen)
    DataRelease.objects.exclude(date__in=days).filter(editions=None).delete()

    DataRelease.objects.superseded(today=days[2]).delete()

    left = [(release.date, release.number) for release in DataRelease.objects.filter(date__in=days)]
    assert left == [(days[0], 1), (days[0], 3), (days[1], 2), (days[2], 1), (days[2], 2)]


def test_numbers_of_a_restored_record_stand_for_nothing_that_was_before():
    before = DataVersion.current()

    DataVersion.skip_ahead()

    assert DataVersion.current() > before + 1_000_000


def test_every_column_says_what_it_means():
    page = fetch("/en/data/")

    for table in ALL_TABLES.values():
        for column in table.columns:
            assert f"<code>{column.name}</code>" in page.html
            assert str(column.title)
            assert str(column.description), f"{table.name}.{column.name}"


@pytest.mark.parametrize("language", ["en", "sv"])
def test_what_a_column_means_is_told_to_readers_and_not_to_staff(language):
    with translation.override(language):
        texts = [str(column.description) for table in ALL_TABLES.values() for column in table.columns]

    instructions = ("leave empty", "left empty", "lämna tom", "write ", "skriv ", "for example:", "till exempel:")
    assert not [text for text in texts if text.lower().startswith(instructions)]


# Feeds, calendar, site map


def test_codes_are_told_in_the_language_of_the_page():
    assert "to_sweden: To Sweden" in fetch("/en/data/").text
    assert "to_sweden: Till Sverige" in fetch("/sv/data/").text


def test_the_feed_names_what_is_new():
    make_project(title_en="Zanzibar")
    make_project(title_en="Timbuktu", state="draft")

    feed = feedparser.parse(get("/en/feed.atom").content)

    assert not feed.bozo
    assert feed.version == "atom10"
    titles = [entry.title for entry in feed.entries]
    assert "Project: Zanzibar" in titles
    assert not any("Timbuktu" in title for title in titles)
    assert all(entry.id.startswith("http://localhost:8000/id/") for entry in feed.entries)


def test_the_calendar_holds_the_visits_whose_days_are_known():
    make_visit(code="test-days", period="2012-03-05/2012-03-09", purpose_en="To see; to learn, and more")
    make_visit(code="test-month", period="2012-03")
    # Within which of its days a visit took place, a week does not say.
    make_visit(code="test-week", period="2012-W10")

    calendar = Calendar.from_ical(get("/en/visits.ics").content)

    events = {str(event["uid"]).split("@")[0]: event for event in calendar.walk("VEVENT")}
    assert not {"test-month", "test-week"} & set(events)
    assert str(events["test-days"].decoded("dtstart")) == "2012-03-05"
    assert str(events["test-days"].decoded("dtend")) == "2012-03-10"


def test_the_site_map_names_every_page_in_both_languages():
    tree = etree.fromstring(get("/sitemap.xml").content)
    spaces = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
    urls = tree.xpath("//s:loc/text()", namespaces=spaces)

    for name in PAGES:
        for language in ("en", "sv"):
            assert (f"http://localhost:8000{address(name, language)}" in urls) is (name != "search"), name
    entry = tree.xpath("//s:url[s:loc='http://localhost:8000/en/projects/leseding/']", namespaces=spaces)[0]
    assert entry.xpath("s:lastmod/text()", namespaces=spaces) == [
        timezone.localdate(Project.objects.get(code="leseding").modified_at).isoformat()
    ]
    assert set(entry.xpath("x:link/@hreflang", namespaces=spaces)) == {"en", "sv"}
    assert "Sitemap: http://localhost:8000/sitemap.xml" in get("/robots.txt").content.decode()


# Structured data


def described(url: str) -> list[dict]:
    page = fetch(url)
    blocks = page.html.split('<script type="application/ld+json">')[1:]
    return [json.loads(block.split("</script>")[0]) for block in blocks]


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("/en/", "WebSite"),
        ("/sv/projekt/leseding/", "Project"),
        ("/en/visits/2010-09-leseding-sweden/", "Event"),
        ("/en/partners/jb-marks/", "GovernmentOrganization"),
        ("/en/themes/democracy/", "DefinedTerm"),
        ("/en/sources/platforma-2018/", "CreativeWork"),
        ("/en/claims/", "Claim"),
        ("/en/data/", "Dataset"),
        ("/en/projects/", "BreadcrumbList"),
    ],
)
def test_a_page_describes_itself_in_words_that_a_processor_reads(url, kind):
    blocks = described(url)

    assert kind in [block["@type"] for block in blocks]
    for block in blocks:
        assert block["@context"] == "https://schema.org"
        # A local context, so that nothing is fetched.
        read = jsonld.expand({**block, "@context": {"@vocab": "https://schema.org/"}})
        assert read[0]["@type"] == [f"https://schema.org/{block['@type']}"]
        assert "ClaimReview" not in json.dumps(block)


def test_what_is_written_cannot_end_the_block():
    project = make_project(title_en="</script><script>alert(1)</script>")

    page = fetch(project.get_absolute_url())

    assert "<script>alert" not in page.html
    names = [block["name"] for block in described(project.get_absolute_url()) if block["@type"] == "Project"]
    assert names == [project.title_en]


def test_a_record_says_how_to_cite_it():
    page = fetch("/en/projects/leseding/")

    assert "Leseding – Give Light. The public record of" in page.text
    assert "http://localhost:8000/id/project/leseding" in page.text
    assert "@misc{project-leseding," in page.text
    assert 'property="og:title" content="Leseding – Give Light"' in page.html
    [description] = [meta["content"] for meta in page.all("meta") if meta.get("property") == "og:description"]
    assert description.startswith("Leseding worked on two things")
