"""A field is written once, in its model: wherever a new one is missing, these tests name the place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.db import models
from django.test.utils import isolate_apps

from partnership.fields.translated import translated
from partnership.models.evidenced import Evidenced
from partnership.opendata.relations import ALL_TABLES
from partnership.opendata.tables import COLUMNS_FILE, NOT_IN_DATA, TABLES, Table, derived_columns, not_in_data
from partnership.record.schemas import NOT_WRITTEN, Schema, every_schema, field_names, not_written, reverse_name
from partnership.staff.forms import NOT_IN_FORM
from visits.admin import VisitAdmin

# The site loads its forms with its first page.
admin.autodiscover()
EVERY_SCHEMA = pytest.mark.parametrize("schema", list(every_schema()), ids=lambda schema: schema.model.__name__)
PUBLISHED = Path(__file__).parents[2] / "data" / "open-data-columns.json"


def missing_in_schema(schema: Schema) -> Iterator[str]:
    """Fields, and rows that live and die with a record, that its text form does not hold."""
    model = schema.model
    rows = {reverse_name(inner) for inner in schema.rows.values()}
    for name in field_names(model):
        if name not in schema.keys and name != schema.parent and not not_written(model, name):
            yield f"{model.__name__}.{name} is in no text form: add it to its schema, or to NOT_WRITTEN with the reason"
    for relation in model._meta.related_objects:
        name, is_part = relation.get_accessor_name(), relation.on_delete is models.CASCADE
        if is_part and not relation.many_to_many and name not in rows and not not_written(model, str(name)):
            yield f"{model.__name__}.{name} are in no text form: add them to SCHEMAS, or to NOT_WRITTEN with the reason"


def missing_in_data(schema: Schema, table: Table | None) -> Iterator[str]:
    model = schema.model
    if table is None:
        if model._meta.model_name not in NOT_IN_DATA and not schema.parent:
            yield f"{model.__name__} has no table in partnership/opendata/tables.py: add one, or name it in NOT_IN_DATA"
        return
    order = json.loads(COLUMNS_FILE.read_text(encoding="utf-8"))[table.name]
    columns = [column.name for column in derived_columns(schema, table.computed)]
    for name in columns:
        if name not in order:
            place = f"“{table.name}” of partnership/opendata/columns.json"
            yield f"{model.__name__}.{name} is no column: append it to {place}, or name it in NOT_IN_DATA"
    for key in schema.rows:
        if key not in columns and not not_in_data(schema, key):
            yield f"{model.__name__}.{key} are no column of “{table.name}”: compute one, or name them in NOT_IN_DATA"


def missing_in_form(schema: Schema, shown: set[str] | None) -> Iterator[str]:
    """``shown`` are the fields of the form; None where it shows all that can be edited."""
    model = schema.model
    columns = [*schema.columns, *(column.name for column in model._meta.many_to_many)]
    for name in sorted(columns):
        is_told = bool({f"{model._meta.model_name}.{name}", name} & NOT_IN_FORM.keys())
        if shown is not None and name not in shown and model._meta.get_field(name).editable and not is_told:
            yield f"{model.__name__}.{name} is in no form: add it to the fieldsets of its admin, or to NOT_IN_FORM"


def shown_in_forms(model: type[models.Model]) -> set[str] | None:
    """The fields of a model in its own form and in rows of others; None where no form chooses any."""
    forms = [form for form in admin.site._registry.values() if form.model is model]
    forms += [row for form in admin.site._registry.values() for row in form.inlines if row.model is model]
    assert forms, f"{model.__name__} has no form"
    chosen = [form for form in forms if form.fields or form.fieldsets]
    return {name for form in chosen for name in fields_of(form)} if chosen else None


def fields_of(form) -> list[str]:
    if form.fieldsets:
        return [name for _title, options in form.fieldsets for name in flatten(options["fields"])]
    return flatten(form.fields)


def table_of(schema: Schema) -> Table | None:
    return next((table for table in TABLES.values() if table.schema is schema), None)


@EVERY_SCHEMA
def test_every_field_has_a_text_form_or_a_reason(schema):
    assert list(missing_in_schema(schema)) == []


@EVERY_SCHEMA
def test_every_public_key_is_a_column_of_the_data_or_has_a_reason(schema):
    assert list(missing_in_data(schema, table_of(schema))) == []


@EVERY_SCHEMA
def test_every_field_can_be_edited_or_has_a_reason(schema):
    assert list(missing_in_form(schema, shown_in_forms(schema.model))) == []


def test_columns_keep_the_names_and_places_in_which_they_were_published():
    order = json.loads(COLUMNS_FILE.read_text(encoding="utf-8"))

    for name, columns in json.loads(PUBLISHED.read_text(encoding="utf-8")).items():
        assert order[name][: len(columns)] == columns
        assert [column.name for column in ALL_TABLES[name].columns] == order[name]


@pytest.mark.parametrize("reasons", [NOT_WRITTEN, NOT_IN_DATA, NOT_IN_FORM])
def test_every_reason_is_about_something_that_there_is(reasons):
    known = {schema.model._meta.model_name for schema in every_schema()}
    for schema in every_schema():
        model = schema.model
        relations = {str(relation.get_accessor_name()) for relation in model._meta.related_objects}
        names = {*field_names(model), *schema.all_keys, *relations, *(column.name for column in model._meta.fields)}
        known |= names | {f"{model._meta.model_name}.{name}" for name in names}

    assert {name for name, reason in reasons.items() if name not in known or not reason} == set()


@isolate_apps("visits")
def test_a_field_that_is_added_to_a_visit_is_missed_wherever_it_lacks():
    class Visit(Evidenced):
        direction = models.CharField(max_length=20)
        welcome = translated(models.TextField(blank=True))
        buses = models.PositiveSmallIntegerField(null=True, blank=True)

        class Meta:
            app_label = "visits"

    class Meal(models.Model):  # noqa: DJ008
        visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="meals")

        class Meta:
            app_label = "visits"

    schema = Schema(Visit, inherited_after="direction")
    shown = set(fields_of(VisitAdmin))

    assert {"welcome", "buses"} <= set(schema.keys)
    assert "Meal" in {relation.related_model.__name__ for relation in Visit._meta.related_objects}
    assert list(missing_in_schema(schema)) == [
        "Visit.meals are in no text form: add them to SCHEMAS, or to NOT_WRITTEN with the reason"
    ]
    assert list(missing_in_data(schema, TABLES["visits"])) == [
        f"Visit.{name} is no column: append it to “visits” of partnership/opendata/columns.json, "
        "or name it in NOT_IN_DATA"
        for name in ("welcome_en", "welcome_sv", "buses")
    ]
    assert list(missing_in_form(schema, shown)) == [
        f"Visit.{name} is in no form: add it to the fieldsets of its admin, or to NOT_IN_FORM"
        for name in ("buses", "welcome_en", "welcome_sv")
    ]
