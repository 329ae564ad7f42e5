"""What must hold of the record itself, whatever is added to it. Numbers of today’s record stand in no test."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.utils import translation

from partnership.award.record_references import errors_of
from partnership.fields.locators import print_locator
from partnership.models import Milestone, Partner, Statement, Submission
from partnership.record.schemas import FILE_SCHEMAS, SCHEMAS, in_full, records, serialize
from partnership.record.yaml_files import DIRECTORY, file_text, read_file
from projects.models import Output, Project, Theme
from visits.models import Visit


def full_rows(kind: str, rows: Iterable[Any]) -> dict[str, Any]:
    """The rows of a file by code, with all that whoever wrote them may leave out."""
    return {row["code"]: in_full(SCHEMAS[kind], row) for row in rows}


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FILE_SCHEMAS)
def test_the_database_holds_what_the_file_holds_and_nothing_else(kind):
    loaded = [serialize(FILE_SCHEMAS[kind], record) for record in records(kind)]

    assert full_rows(kind, loaded) == full_rows(kind, read_file(DIRECTORY / f"{kind}.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("kind", FILE_SCHEMAS)
def test_a_dump_says_what_the_file_says_however_it_was_wrapped(kind, tmp_path):
    dump = tmp_path / "dump.yaml"
    dump.write_text(file_text(kind), encoding="utf-8")

    assert full_rows(kind, read_file(dump)) == full_rows(kind, read_file(DIRECTORY / f"{kind}.yaml"))


@pytest.mark.django_db
def test_every_published_record_has_a_source():
    for model in (Project, Visit, Theme, Partner, Milestone, Output, Statement):
        published = model.objects.filter(state="published")
        assert list(published.filter(citations__isnull=True)) == [], model


def test_every_text_of_the_record_is_there_in_both_languages():
    def walk(value, where):
        if isinstance(value, dict):
            if set(value) & {"en", "sv"}:
                assert set(value) == {"en", "sv"}, where
                return
            for key, inner in value.items():
                walk(inner, f"{where}.{key}")
        elif isinstance(value, list):
            for inner in value:
                walk(inner, where)

    for kind in FILE_SCHEMAS:
        for row in read_file(DIRECTORY / f"{kind}.yaml"):
            walk(row, f"{kind}/{row['code']}")


def test_the_record_never_speaks_of_one_side_giving_to_the_other():
    # Synonyms are words that readers type, not words of the record.
    for kind in FILE_SCHEMAS.keys() - {"synonyms"}:
        for row in read_file(DIRECTORY / f"{kind}.yaml"):
            words = f" {row} ".lower() if kind != "sources" else f" {row.get('note', '')} ".lower()
            for word in (" donor", " recipient", " aid ", "bistånd", "biståndsgivare", "mottagarland"):
                assert word not in words, f"{kind}/{row['code']}: {word}"


def locators_in(value) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["locator"]] if "locator" in value else [])
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from locators_in(inner)


def test_places_in_sources_are_in_swedish_on_swedish_pages():
    words = re.compile(r"\b(page|title|heading|list|line|point|entry|contents|the|of|p\.)(?!\w)", re.IGNORECASE)
    with translation.override("sv"):
        places = {
            print_locator(locator)
            for kind in FILE_SCHEMAS
            for row in read_file(DIRECTORY / f"{kind}.yaml")
            for locator in locators_in(row)
        }

    assert [place for place in places if words.match(place)] == []


@pytest.mark.django_db
def test_every_reference_of_a_public_dossier_resolves():
    for submission in Submission.objects.published():
        assert errors_of(submission, in_public=True) == []
