"""What programs of others rely on: lasting addresses, changes, citations, other origins, tables of evidence."""

from __future__ import annotations

import csv
import json
import re
from io import StringIO
from xml.etree import ElementTree as ET

import bibtexparser
import duckdb
import feedparser
import pytest
import rdflib
import rispy
from django.test import Client
from icalendar import Calendar

from partnership.models import DataVersion, Edition, Revision, Source
from partnership.opendata import changes
from partnership.opendata.citing import Item, bibtex
from partnership.opendata.structured import describe
from partnership.record.history import snapshot
from projects.models import Project, ProjectInference
from tests.factories import (
    make_milestone,
    make_output,
    make_partner,
    make_photo,
    make_project,
    make_source,
    make_theme,
    make_visit,
)
from visits.models import Profession, VisitInference

pytestmark = pytest.mark.django_db


def get(url: str, **headers):
    return Client(headers={"host": "localhost", **headers}).get(url)


def read(url: str, **headers) -> bytes:
    return get(url, **headers).getvalue()


def rows(url: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(read(url).decode())))


def note_change(record, action: str = "changed", **values) -> Revision:
    return Revision.objects.create(
        model_name=record._meta.model_name,
        code=record.code,
        version=record.version,
        action=action,
        is_public=True,
        title={"en": str(record)},
        content=snapshot(record),
        **values,
    )


# Lasting addresses


@pytest.mark.parametrize(
    ("accept", "location"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "/en/projects/leseding/"),
        ("*/*", "/en/projects/leseding/"),
        ("application/json", "/id/project/leseding.json"),
        ("application/ld+json", "/id/project/leseding.jsonld"),
        ("text/turtle", "/id/project/leseding.ttl"),
        ("text/csv", "/id/project/leseding.csv"),
        ("application/x-bibtex", "/id/project/leseding.bib"),
        ("image/png", "/en/projects/leseding/"),
    ],
)
def test_a_lasting_address_leads_to_the_form_that_is_asked_for(accept, location):
    response = get("/id/project/leseding", accept=accept)

    assert (response.status_code, response["Location"]) == (303, location)
    assert {"Accept", "Accept-Language"} <= set(response["Vary"].split(", "))
    assert response["Access-Control-Allow-Origin"] == "*"


def test_every_kind_of_record_is_json_at_its_lasting_address():
    project = make_project(code="test-project", title_en="Reading together")
    make_output(project, code="test-output", text_en="A shelf")
    make_milestone(code="test-milestone")

    output = json.loads(read("/id/output/test-output.json"))
    assert [row["text_en"] for row in output["records"]] == ["A shelf"]
    assert json.loads(read("/id/milestone/test-milestone.json"))["table"] == "milestones"
    claims = json.loads(read("/id/claim/visits.json"))["records"]
    assert {row["claim"] for row in claims} == {"visits"}
    graph = rdflib.Graph().parse(data=read("/id/project/test-project.ttl"), format="turtle")
    names = graph.objects(
        rdflib.URIRef("http://localhost:8000/id/project/test-project"), rdflib.URIRef("https://schema.org/name")
    )
    assert [str(name) for name in names] == ["Reading together"]


def test_a_page_tells_programs_where_to_go_on():
    links = get("/en/projects/leseding/")["Link"]

    assert '<http://localhost:8000/id/project/leseding>; rel="cite-as"' in links
    assert 'leseding.jsonld>; rel="describedby"; type="application/ld+json"' in links
    assert 'rel="license"' in links


def test_what_is_withdrawn_is_gone_for_programs_too():
    project = make_project(code="test-gone", title_en="Zanzibar")
    project.state, project.withdrawal_reason_en = "withdrawn", "It was another town."
    project.save()

    for url in ("/id/project/test-gone.json", "/en/projects/test-gone.json", "/id/project/test-gone.bib"):
        response = get(url)
        problem = json.loads(response.content)
        assert (response.status_code, problem["code"], problem["detail"]) == (410, "test-gone", "It was another town.")
        assert "Zanzibar" not in response.content.decode()
        assert response["Access-Control-Allow-Origin"] == "*"
    assert {"kind": "project", "code": "test-gone"}.items() <= rows("/data/withdrawn.csv")[-1].items()


# Other origins


@pytest.mark.parametrize(
    "url",
    [
        *("/en/projects.json", "/data/record.zip", "/data/nothing.csv", "/data/no/such/place", "/id/project/leseding"),
        *("/en/feed.atom", "/en/changes/feed.atom", "/en/visits.ics", "/id/project/nothing.json", "/data/catalog.rdf"),
        *("/id/project/nothing", "/id/nothing/leseding"),
    ],
)
def test_pages_of_other_sites_may_read_all_of_it_errors_included(url):
    response = get(url)
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "ETag" in response["Access-Control-Expose-Headers"]

    preflight = Client(headers={"host": "localhost"}).options(
        url, headers={"access-control-request-method": "GET", "access-control-request-headers": "if-none-match"}
    )
    assert preflight.status_code == 204
    assert "If-None-Match" in preflight["Access-Control-Allow-Headers"]


def test_an_unchanged_response_names_what_it_varies_by_and_long_ones_are_compressed():
    first = get("/data/projects.csv", **{"accept-encoding": "gzip"})
    assert first["Content-Encoding"] == "gzip"
    first.getvalue()

    again = get("/data/projects.csv", **{"accept-encoding": "gzip", "if-none-match": first["ETag"]})

    assert again.status_code == 304
    assert "Accept-Encoding" in again["Vary"]


def test_head_makes_no_table(django_assert_max_num_queries):
    client = Client(headers={"host": "localhost"})
    client.head("/data/visits.csv")

    with django_assert_max_num_queries(2):
        response = client.head("/data/visits.csv")
    assert (response.status_code, response.getvalue()) == (200, b"")
    assert response["Content-Type"].startswith("text/csv")
    assert response["ETag"]


@pytest.mark.parametrize("name", ["CONTACT_EMAIL", "OPERATOR_NAME", "OPERATOR_NUMBER"])
def test_another_setting_is_another_etag(name, settings):
    before = get("/data/catalog.ttl")["ETag"]
    setattr(settings, name, "x@example.org")

    assert get("/data/catalog.ttl")["ETag"] != before


def test_a_restored_record_has_etags_of_its_own():
    before = get("/data/projects.json")["ETag"]
    DataVersion.skip_ahead()

    assert get("/data/projects.json")["ETag"] != before


def test_parameters_of_counters_are_ignored_and_sorting_holds_for_data():
    make_project(code="test-old", period="2006", title_en="Aardvark")
    make_project(code="test-new", period="2025", title_en="Zebra")

    assert get("/en/projects.csv?utm_source=x&fbclid=y&UTM_Campaign=z&_ga=1&wbraid=2").status_code == 200
    by_title = [row["title_en"] for row in rows("/en/projects.csv?sort=title")]
    assert by_title == sorted(by_title)
    newest = [row["code"] for row in rows("/en/projects.csv?sort=newest")]
    assert newest.index("test-new") < newest.index("test-old")


# Changes


def test_a_program_reads_what_changed_since():
    project, visit = make_project(code="test-a"), make_visit(code="test-b")
    first = note_change(project, "published")
    second = note_change(visit, "withdrawn", reason="Twice on record.", fields=["state", "staff_note"])

    after = json.loads(read(f"/data/changes.json?after={first.pk}"))
    assert [(row["kind"], row["record"], row["action"]) for row in after["records"]] == [
        ("visit", "test-b", "withdrawn")
    ]
    assert after["records"][0]["reason"] == "Twice on record."
    assert after["records"][0]["fields"] == ["state"]
    assert after["next"] is None
    moment = first.made_at.isoformat()
    for since in (moment, moment.replace("+00:00", "Z")):
        listed = [row["number"] for row in json.loads(read(f"/data/changes.json?since={since}"))["records"]]
        assert (first.pk in listed, second.pk in listed) == (False, True)
    today = json.loads(read(f"/data/changes.json?since={first.made_at.date().isoformat()}"))["records"]
    assert {first.pk, second.pk} <= {row["number"] for row in today}
    far = "since=9999-12-31T23:59:59-14:00"
    for wrong in ("since=yesterday", "since=2026-13-01", far, "after=-1", "after=x", "until=2026"):
        response = get(f"/data/changes.json?{wrong}")
        assert response.status_code == 400
        assert json.loads(response.content)["invalid-params"][0]["name"] == wrong.partition("=")[0]


def test_pages_of_changes_lead_on_and_miss_nothing(monkeypatch):
    monkeypatch.setattr(changes, "PAGE_SIZE", 2)
    start = Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    numbers = [note_change(make_project()).pk for _count in range(5)]

    url, read_numbers = f"/data/changes.json?after={start}", []
    while url:
        page = json.loads(read(url.removeprefix("http://localhost:8000")))
        read_numbers += [row["number"] for row in page["records"]]
        url = page["next"]

    assert read_numbers == numbers


def test_changes_of_what_staff_alone_see_are_no_changes():
    Revision.objects.create(model_name="project", code="test-secret", version=1, action="created", is_public=False)

    assert b"test-secret" not in read("/data/changes.json")


def test_a_change_of_a_photograph_leads_to_no_page_that_is_not_there():
    photo = make_photo(code="test-photo", caption_en="At the library")
    number = note_change(photo, "published").pk

    (row,) = json.loads(read(f"/data/changes.json?after={number - 1}"))["records"]
    assert (row["kind"], row["record"], row["page"]) == ("photo", "test-photo", "")
    page = read("/en/changes/").decode()
    assert "At the library" in page
    assert "/id/photo/" not in page
    entry = feedparser.parse(read("/en/changes/feed.atom")).entries[0]
    assert (entry.title, entry.link) == ("At the library: published", "http://localhost:8000/en/changes/")


# Evidence in bulk


def test_all_evidence_is_in_tables():
    source, draft = make_source(code="test-source"), make_source(code="test-draft", state="draft")
    project = make_project(code="test-a", sources=0)
    project.citations.create(
        source=source, about="period", says_en="It began in March.", says_sv="Det började i mars.", locator="p. 4"
    )
    project.citations.create(source=draft, about="budget", says_en="Hidden.")
    hidden = make_project(code="test-hidden", state="draft", sources=0)
    hidden.citations.create(source=source, about="name", says_en="Hidden too.")
    project.inferences.create(about="themes", reason_en="From its title.")
    project.objectives.create(text_en="To read")
    project.objectives.create(text_en="To write")
    partner = make_partner(code="test-partner")
    project.participations.create(partner=partner, role="funder")
    project.participations.create(partner=make_partner(code="test-secret", state="draft"), role="partner")

    cited = [row for row in rows("/data/citations.csv") if row["record"] == "test-a"]
    assert [(row["source"], row["about"], row["says_en"], row["locator"]) for row in cited] == [
        ("test-source", "period", "It began in March.", "p. 4")
    ]
    assert {"table": "projects", "record": "test-a", "about": "themes", "reason_en": "From its title."}.items() <= next(
        row for row in rows("/data/inferences.csv") if row["record"] == "test-a"
    ).items()
    objectives = [row for row in rows("/data/objectives.csv") if row["project"] == "test-a"]
    assert [(row["number"], row["text_en"]) for row in objectives] == [("1", "To read"), ("2", "To write")]
    taking_part = [row for row in rows("/data/participations.csv") if row["project"] == "test-a"]
    assert [(row["partner"], row["role"]) for row in taking_part] == [("test-partner", "funder")]
    everything = b"".join(read(f"/data/{name}.json") for name in ("citations", "participations", "inferences"))
    assert not [word for word in (b"test-draft", b"test-hidden", b"test-secret", b"Hidden") if word in everything]


def test_numbers_are_numbers_and_lists_are_lists():
    visit = make_visit(code="test-visit")
    nurses, _created = Profession.objects.get_or_create(code="nurses", defaults={"name_en": "nurses"})
    visit.professions.create(profession=nurses, number=3)

    record = json.loads(read("/id/visit/test-visit.json"))["records"][0]
    assert record["professions"] == [{"profession": "nurses", "number": 3}]
    assert next(row for row in rows("/en/visits.csv") if row["code"] == "test-visit")["professions"] == "nurses"
    counted = next(row for row in rows("/data/delegates.csv") if row["visit"] == "test-visit")
    assert (counted["profession"], counted["number"]) == ("nurses", "3")


def test_analysts_answer_their_questions_from_the_data_alone(tmp_path):
    source, other = make_source(code="test-one"), make_source(code="test-two")
    project = make_project(code="test-a", sources=0, period="2011/2012", title_en="Reading together")
    project.citations.create(source=source)
    better = make_project(code="test-b", sources=0)
    better.citations.create(source=source)
    better.citations.create(source=other)
    make_visit(code="test-v", direction="to_sweden", delegates=6, delegates_high=8)
    base = duckdb.connect()
    for name in ("projects", "visits", "citations", "sources"):
        (tmp_path / f"{name}.csv").write_bytes(read(f"/data/{name}.csv"))
        base.execute(f"CREATE TABLE {name} AS FROM read_csv('{tmp_path / name}.csv', header=true, all_varchar=true)")

    alone = base.execute(
        "SELECT record FROM citations WHERE \"table\" = 'projects' GROUP BY record HAVING count(DISTINCT source) = 1"
    ).fetchall()
    assert ("test-a",) in alone
    assert ("test-b",) not in alone
    joined = base.execute(
        "SELECT p.title_en, s.publisher FROM projects p"
        " JOIN citations c ON c.record = p.code AND c.\"table\" = 'projects'"
        " JOIN sources s ON s.code = c.source WHERE p.code = 'test-a'"
    ).fetchall()
    assert joined == [("Reading together", source.publisher)]
    years = base.execute("SELECT lower_bound, upper_bound, period FROM projects WHERE code = 'test-a'").fetchone()
    assert years == ("2011-01-01", "2012-12-31", "2011/2012")
    each_way = base.execute(
        "SELECT sum(delegates::INT), sum(coalesce(delegates_high, delegates)::INT) FROM visits WHERE code = 'test-v'"
    ).fetchone()
    assert each_way == (6, 8)


# Citations


def test_a_source_is_cited_as_itself_and_a_record_as_a_page_of_this_site():
    make_source(
        code="test-thesis",
        title="Costs & benefits: 50 % of {A} #1 in_the $ \\end",
        publisher="Lund_University",
        kind="thesis",
        published="2012-03",
        url="https://example.org/a_b?c=1&d=2",
        language="sv",
    )

    (entry,) = bibtexparser.parse_string(read("/id/source/test-thesis.bib").decode()).entries
    assert entry.entry_type == "misc"
    values = {name: field.value for name, field in entry.fields_dict.items()}
    assert values["title"] == r"{Costs \& benefits: 50 \% of \{A\} \#1 in\_the \$ \textbackslash{}end}"
    assert values["author"] == r"{Lund\_University}"
    assert (values["year"], values["month"]) == ("2012", "3")
    assert values["url"] == "https://example.org/a_b?c=1&d=2"
    (written,) = rispy.loads(read("/id/source/test-thesis.ris").decode())
    assert (written["type_of_reference"], written["year"]) == ("THES", "2012")
    assert written["title"].startswith("Costs & benefits")
    (item,) = json.loads(read("/id/source/test-thesis.csl"))
    assert item["issued"] == {"date-parts": [[2012, 3]]}
    assert item["author"] == [{"literal": "Lund_University"}]
    page = json.loads(read("/id/project/leseding.csl"))[0]
    assert "author" not in page
    assert page["URL"] == "http://localhost:8000/id/project/leseding"


def test_programs_are_told_no_date_that_no_source_states():
    visit = make_visit(period="2012-05-07/2012-05-13")
    project = make_project(period="2012/2014")
    assert "2012-05-07" in json.dumps(describe(visit))
    assert describe(project)["foundingDate"] == "2012"

    VisitInference.objects.create(visit=visit, about="period", reason_en="The days follow from the week.")
    ProjectInference.objects.create(project=project, about="period", reason_en="The year follows from the next one.")

    assert describe(visit)["@type"] == "CreativeWork"
    assert not {"startDate", "endDate", "temporalCoverage"} & describe(visit).keys()
    assert "foundingDate" not in describe(project)


def test_every_source_is_in_one_file_that_reference_managers_read():
    published = Source.objects.published().count()

    library = bibtexparser.parse_string(read("/data/sources.bib").decode())
    assert (len(library.entries), library.failed_blocks) == (published, [])
    assert len(rispy.loads(read("/data/sources.ris").decode())) == published
    assert len(json.loads(read("/data/sources.csl"))) == published


def test_an_unmatched_brace_does_not_end_an_entry():
    text = bibtex([Item("a", "One { brace", "B", "https://example.org/}", (), "webpage")])

    (entry,) = bibtexparser.parse_string(text).entries
    assert "One ( brace" in entry.fields_dict["title"].value


def head_of(url: str) -> dict[str, str]:
    return dict(re.findall(r'<meta name="(citation_\w+)" content="([^"]*)">', read(url).decode()))


def test_reference_managers_read_the_head_of_a_page(settings):
    settings.OPERATOR_NAME = "Växjö kommun"
    make_source(
        code="test-thesis", title="Costs & benefits", publisher="Lunds universitet", kind="thesis", language="sv"
    )
    Source.objects.filter(code="test-thesis").update(published="2012-03", url="https://example.org/thesis")

    assert head_of("/en/sources/test-thesis/") == {
        "citation_title": "Costs &amp; benefits",
        "citation_dissertation_institution": "Lunds universitet",
        "citation_publication_date": "2012/03",
        "citation_public_url": "https://example.org/thesis",
        "citation_language": "sv",
    }
    of_project = head_of("/en/projects/leseding/")
    assert of_project["citation_publisher"] == "Växjö kommun"
    assert of_project["citation_public_url"] == "http://localhost:8000/id/project/leseding"
    # Bodies are no persons, whose names are taken apart at the comma.
    assert "citation_author" not in of_project
    page = read("/en/projects/leseding/").decode()
    for link in ('href="/en/data/using/#citing"', 'href="http://localhost:8000/id/project/leseding.ris"'):
        assert link in page
    assert 'id="citing"' in read("/en/data/using/").decode()
    assert not head_of("/en/projects/")


def test_sectors_and_goals_are_concepts_with_addresses():
    theme = make_theme(code="test-theme", dac_sectors="15112, 16065")
    project = make_project(code="test-a", themes=[theme])
    project.goals.create(number=11)
    sectors = {f"http://reference.iatistandard.org/codelists/Sector/#{code}" for code in (15112, 16065)}

    for kind, code, concepts in (
        ("theme", "test-theme", sectors),
        ("project", "test-a", {*sectors, "http://metadata.un.org/sdg/11"}),
    ):
        graph = rdflib.Graph().parse(data=read(f"/id/{kind}/{code}.ttl"), format="turtle")
        record = rdflib.URIRef(f"http://localhost:8000/id/{kind}/{code}")
        assert {
            str(concept) for concept in graph.objects(record, rdflib.URIRef("https://schema.org/about"))
        } == concepts


# One shape


def test_lists_records_package_and_editions_have_one_shape_and_one_schema(edition):
    package = json.loads(read("/data/datapackage.json"))
    files = [json.loads(read(url)) for url in ("/en/projects.json", "/data/projects.json", "/id/project/leseding.json")]
    frozen = json.loads(read(f"{edition.get_absolute_url()}edition.json"))["data"]

    for file in (*files, frozen, json.loads(read("/data/versions.json"))):
        assert (file["format"], file["schema"]) == (package["format"], "http://localhost:8000/data/datapackage.json")
        assert (file["licence"], bool(file["attribution"])) == ("https://creativecommons.org/licenses/by/4.0/", True)
    assert frozen["tables"]["projects"]["records"] == files[1]["records"]
    schemas = {resource["name"]: resource["schema"] for resource in package["resources"]}
    assert frozen["tables"]
    for name, table in frozen["tables"].items():
        assert table["schema"] == schemas[name]
    assert get(f"{edition.get_absolute_url()}edition.json")["Access-Control-Allow-Origin"] == "*"


def test_differences_of_an_edition_are_data(edition):
    make_project(code="test-new", title_en="Reading together")
    Project.objects.filter(code="leseding").update(title_en="Give light")
    Source.objects.filter(code="platforma-2018").update(state="withdrawn", withdrawn_on="2026-01-01")

    url = f"{edition.get_absolute_url()}differences.json"
    assert f'href="{url}"' in read(f"{edition.get_absolute_url()}differences/").decode()
    differences = json.loads(read(url))
    assert (differences["edition"], differences["beside"]) == (1, None)
    new = {"kind": "project", "code": "test-new", "title_en": "Reading together", "title_sv": "Testprojekt"}
    assert new in differences["added"]
    assert ("source", "platforma-2018") in {(row["kind"], row["code"]) for row in differences["gone"]}
    leseding = next(row for row in differences["changed"] if row["code"] == "leseding")
    title = next(field for field in leseding["fields"] if field["field"] == "title")
    assert title["after"]["en"] == "Give light" != title["before"]["en"]
    assert json.loads(read(f"{edition.get_absolute_url()}differences/1.json"))["changed"] == []
    assert get(f"{url}?x=1").status_code == 400

    Edition.objects.update(withdrawn_on="2026-01-02", withdrawal_reason="Frozen too early.")
    gone = get(url)
    assert (gone.status_code, json.loads(gone.content)["detail"]) == (410, "Frozen too early.")


# Feeds and calendar


def test_feeds_are_valid_and_lead_on_to_older_entries(monkeypatch):
    monkeypatch.setattr("partnership.feeds.NEWEST", 3)
    for number in range(7):
        make_project(title_en=f"Number {number}", summary_en="")

    titles, url = [], "/en/feed.atom"
    for _page in range(3):
        content = read(url)
        feed = feedparser.parse(content)
        root = ET.fromstring(content)
        atom = "{http://www.w3.org/2005/Atom}"
        # RFC 4287, 4.1.1: a feed without an author needs one in every entry; 4.1.2: a summary says something.
        assert root.find(f"{atom}author/{atom}name") is not None
        assert all(entry.summary for entry in feed.entries)
        titles += [entry.id for entry in feed.entries]
        url = next(link.href for link in feed.feed.links if link.rel == "next").removeprefix("http://localhost:8000")
    assert len(titles) == len(set(titles)) == 9
    assert get("/en/feed.atom?page=0").status_code == get("/en/feed.atom?page=x").status_code == 404


def test_a_feed_that_did_not_change_is_not_sent_again():
    first = get("/en/feed.atom")

    assert get("/en/feed.atom", **{"if-modified-since": first["Last-Modified"]}).status_code == 304


def test_subscribers_are_not_busy_while_others_travel():
    make_visit(code="test-days", period="2012-03-05/2012-03-09", direction="to_sweden")

    calendar = Calendar.from_ical(read("/en/visits.ics?direction=to_sweden"))
    event = next(event for event in calendar.walk("VEVENT") if str(event["uid"]).startswith("test-days@"))
    assert event["transp"] == "TRANSPARENT"
    assert str(event["uid"]) == "test-days@vaxjo-kronoberg-jb-marks"
    assert calendar["refresh-interval"].dt.days == 1
    assert get("/en/visits.ics?direction=to_sweeden").status_code == 400
    other = Calendar.from_ical(read("/en/visits.ics?direction=to_south_africa"))
    assert not [event for event in other.walk("VEVENT") if str(event["uid"]).startswith("test-days@")]
