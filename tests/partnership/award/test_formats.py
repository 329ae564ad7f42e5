"""Editions of older formats: they stay as they are, and say nothing of what the record came to say later."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile

from partnership.award import criteria, editions
from partnership.award.differences import as_data, between
from partnership.award.formats import FORMAT, Unknown, keys
from partnership.models import Edition, EditionFile, Submission
from tests.base import fetch
from tests.factories import make_output, make_project, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db

DOSSIER = "/en/dossier/platforma-2018/"
#: Data of an edition of the second release, cut to a few records.
OLD = json.loads((Path(__file__).parents[2] / "data" / "edition-format-1.json").read_text())
VISIT = "2010-09-leseding-sweden"


@pytest.fixture
def submission() -> Submission:
    return Submission.objects.get(code="platforma-2018")


def stored(submission: Submission, data: dict[str, Any]) -> Edition:
    """An edition that is frozen with these data, and is public."""
    edition = Edition.objects.create(submission=submission, number=1, sha256=editions.sha256_of(data), is_public=True)
    for name, content in editions.files_of(edition, data):
        row = EditionFile(edition=edition, name=name, sha256=hashlib.sha256(content).hexdigest(), size=len(content))
        row.file.save(name, ContentFile(content), save=True)
    return edition


def later() -> dict[str, Any]:
    """The same record in the format of today, where it says more of one visit."""
    data = copy.deepcopy(OLD) | {"format": FORMAT, "keys": keys()}
    visit = next(row for row in data["record"]["visits"] if row["code"] == VISIT)
    visit["how_known"] = "announced"
    visit["inferences"] = [{"about": "period", "reason": {"en": "From the plan.", "sv": "Av planen."}}]
    visit["citations"] = [
        {"source": "leseding-final-report", "says": {"en": "It was in September."}, "locator": "p. 2"}
    ]
    visit["delegates"] = "6"
    return data


def test_what_an_older_edition_could_not_say_is_no_difference():
    differences = between(OLD, later())

    assert [row.label for entry in differences.changed for row in entry.differences] == ["Delegates", "Citations"]
    assert "It was in September" not in differences.changed[0].differences[1].after
    assert {"How it is known", "Inferred facts", "What the source says"} <= set(differences.not_compared)
    programs = as_data(OLD, later())
    assert {"how_known", "inferences"} <= set(programs["not_compared"]["visit"])
    assert {row["field"] for row in programs["changed"][0]["fields"]} == {"delegates", "citations"}


def test_an_edition_that_could_say_it_is_compared_in_full():
    before, after = later(), later()
    visit = next(row for row in after["record"]["visits"] if row["code"] == VISIT)
    del visit["inferences"], visit["how_known"]

    differences = between(before, after)

    assert {row.label for row in differences.changed[0].differences} == {"How it is known", "Inferred facts"}
    assert differences.not_compared == []


def test_a_record_and_a_section_that_are_gone_are_named_for_people_and_programs():
    before, after = later(), later()
    gone = after["record"]["projects"].pop()["code"]
    title = [after["dossier"][language]["sections"].pop() for language in ("sv", "en")][-1]["title"]

    differences, programs = between(before, after), as_data(before, after)

    assert [(entry.anchor, entry.title) for entry in differences.gone] == [
        (f"projects-{gone}", before["titles"]["en"][f"projects/{gone}"])
    ]
    assert [section.title for section in differences.sections] == [title]
    assert (differences.added, differences.changed) == ([], [])
    assert [(row["code"], row["title_sv"]) for row in programs["gone"]] == [
        (gone, before["titles"]["sv"][f"projects/{gone}"])
    ]
    assert programs["sections"] == {"en": ["claims-and-evidence"], "sv": ["claims-and-evidence"]}
    assert [entry.anchor for entry in between(after, before).added] == [f"projects-{gone}"]


def test_a_section_with_other_words_below_the_same_title_is_named():
    before, after = later(), later()
    section = after["dossier"]["en"]["sections"][0]
    section["blocks"][0]["rows"][0][2]["text"] = "The county"

    differences = between(before, after)

    assert [section.title for section in differences.sections] == [section["title"]]
    assert [piece for piece in differences.sections[0].pieces if piece.sign] == [
        ("del", "Region Kronoberg"),
        ("ins", "The county"),
    ]
    assert as_data(before, after)["sections"] == {"en": [section["code"]], "sv": []}


def test_a_planned_visit_is_in_no_count_of_january_2018():
    before, after = later(), later()
    visit = next(row for row in after["record"]["visits"] if row["code"] == VISIT)
    visit["how_known"] = "planned"

    counts = {count.label: (count.before, count.after) for count in between(before, after).counts}

    assert counts == {"Of them within the count of visits in January 2018": ("2", "1")}


def test_an_edition_without_named_keys_knows_what_it_says_somewhere():
    second = later() | {"format": "dossier-edition/2"}
    del second["keys"]

    assert {"how_known", "inferences"}.isdisjoint(Unknown.to(second).keys["visit"])
    assert "inferences" in Unknown.to(second).keys["partner"]


def test_a_key_of_tomorrow_is_unknown_to_the_edition_of_today():
    data = later()
    data["keys"]["visit"].remove("purpose")

    assert Unknown.to(data).keys["visit"] == {"purpose"}


def test_an_old_edition_is_read_and_compared_on_the_web(submission):
    edition = stored(submission, OLD)

    assert editions.verified_files(edition).errors == []
    assert "The partnership in brief" in fetch(f"{DOSSIER}1/?length=two").text
    text = fetch(f"{DOSSIER}1/differences/").text
    assert "Not compared, since one of the two was frozen before the record could say it: " in text
    assert "Inferred facts: not documented →" not in text


def test_the_criteria_of_an_old_edition_say_nothing_of_what_it_could_not_say(submission):
    old, new = copy.deepcopy(OLD), later()
    for data in (old, new):
        next(row for row in data["record"]["visits"] if row["code"] == VISIT)["criteria"] = ["2018-mutual"]

    def visit_of(data: dict[str, Any]) -> criteria.FrozenRecord:
        frozen = criteria.frozen(data, "en")
        return next(record for row in frozen for record in row.records if record.kind == "Visit")

    assert (visit_of(old).how_known, visit_of(old).inferred, visit_of(old).sources[0].sayings) == ("", [], [])
    assert visit_of(new).how_known == "Announced"
    assert visit_of(new).inferred == [("Period", "From the plan.")]
    assert visit_of(new).sources[0].sayings == [("It was in September.", "p. 2")]


def test_an_edition_of_today_holds_statements_places_marks_and_how_a_visit_is_known(submission):
    project = make_project(code="test-frozen")
    project.citations.update(about="period", says_en="It began in March.", locator="p. 4")
    project.inferences.create(about="partners", reason_en="From its title.")
    make_output(project, code="test-result").inferences.create(about="result", reason_en="From the next one.")
    visit = make_visit(code="test-planned", how_known=Visit.HowKnown.PLANNED)
    visit.criteria.add(submission.round.criteria.first())
    edition = editions.freeze(submission, None, public=True)
    project.inferences.all().delete()

    record = editions.data(edition)["record"]
    frozen = next(row for row in record["projects"] if row["code"] == "test-frozen")
    assert frozen["inferences"] == [{"about": "partners", "reason": {"en": "From its title."}}]
    assert frozen["citations"][0]["says"] == {"en": "It began in March."}
    assert frozen["outputs"][0]["inferences"][0]["about"] == "result"
    assert next(row for row in record["visits"] if row["code"] == "test-planned")["how_known"] == "planned"
    assert "How it is known: Planned" in fetch(f"{DOSSIER}1/criteria/").text
    assert "Inferred facts: about: partners, reason: From its title. → not documented" in (
        fetch(f"{DOSSIER}1/differences/").text
    )
