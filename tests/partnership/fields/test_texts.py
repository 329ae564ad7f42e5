"""People’s words: cleaned where they enter, refused by name where nobody could read them, safe in every format."""

from __future__ import annotations

import json
import re
import signal
from contextlib import contextmanager
from importlib import import_module
from io import BytesIO
from xml.etree import ElementTree as ET

import pytest
from django import forms
from django.contrib import admin
from django.contrib.admin import autodiscover
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from openpyxl import load_workbook

from partnership.fields import texts
from partnership.fields.forms import ReadingField
from partnership.models import Milestone, Revision, Source
from partnership.record import history, yaml_files
from partnership.record.schemas import every_schema
from projects.models import Project
from tests.base import filled_in, url
from tests.factories import make_milestone, make_visit

DIRTY = "Library\vvisit\x07 – A\u030akarp\u200b\ufeff\uffff \x93two\x94 _x000D_"
CLEAN = "Library visit – Åkarp “two” "


@pytest.mark.parametrize(
    ("typed", "clean_text"),
    [
        ("one\r\ntwo\vthree\u2028four", "one\ntwo\nthree\nfour"),
        ("one_x000D_\ntwo", "one\ntwo"),
        ("A\u030akarp", "Åkarp"),
        ("so\xadft \u200bzero\ufeff \u202eright\u2066", "soft zero right"),
        ("\x93quoted\x94 \x96 \x85", "“quoted” – …"),
        ("\uf0b7 from Word", "• from Word"),
        ("\x00\x07\x1b\x7f\uffff\ufdd0\U0001fffe\ud800", ""),
        ("a\u200db", "ab"),
        ("👩\u200d🏫 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e007f", "👩\u200d🏫 ❤\ufe0f 🏴\U000e0067\U000e0062\U000e007f"),
        ("می\u200cخواهم 中文 100\xa0000", "می\u200cخواهم 中文 100\xa0000"),
        ("Tab\tand\nline", "Tab\tand\nline"),
    ],
)
def test_what_nobody_sees_is_taken_out_and_what_says_something_stays(typed, clean_text):
    assert texts.clean(typed) == clean_text


def test_a_code_an_address_and_a_title_hold_nothing_hidden():
    assert Project._meta.get_field("code").formfield().clean(" library\u200b-2\u202e ") == "library-2"
    assert Source._meta.get_field("url").formfield().clean("\ufeffhttps://\u200bvaxjo.se/\xad") == "https://vaxjo.se/"
    assert Project._meta.get_field("title_en").formfield().clean("Library\v\u202eproject") == "Library project"


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("A picture: " + "iVBORw0KGgo" * 400, "“iVBORw0KGgoiVBORw0KG…” is one word of 4400 characters"),
        ("Twelve \ue123delegates", "U+E123"),
        ("V\ufffdxj\ufffd kommun", "A letter of “V\ufffdxj\ufffd” was lost"),
    ],
)
def test_what_nobody_can_read_is_named(typed, named):
    with pytest.raises(ValidationError, match=re.escape(named)):
        Project._meta.get_field("summary_en").formfield().clean(typed)


def test_every_text_of_the_record_is_cleaned_whatever_writes_it():
    written = {column for schema in every_schema() for column in schema.columns}
    columns = [
        column
        for schema in every_schema()
        for column in schema.model._meta.fields
        if column.name in written and column.get_internal_type() in {"CharField", "TextField", "SlugField", "URLField"}
    ]
    plain = [column for column in columns if not (column.choices or column.editable is False)]
    plain = [column for column in plain if type(column).__name__ != "PeriodField"]

    assert len(plain) > 60
    assert [str(column) for column in plain if not isinstance(column, texts._CleanColumn)] == []


@pytest.mark.django_db
def test_a_form_an_import_a_file_and_code_save_clean_text(staff_client, tmp_path):
    client = staff_client("Publisher")
    form = filled_in(client.get(url(Milestone, "add"))) | {"code": "by-form", "title_en": DIRTY, "text_en": DIRTY}
    client.post(url(Milestone, "add"), form)
    by_code = make_milestone(title_en=DIRTY)
    Milestone.objects.filter(pk=by_code.pk).update(text_sv=DIRTY)
    row = yaml_files.read_file(_file(tmp_path, f'- code: x\n  title: "{DIRTY.encode("unicode_escape").decode()}"\n'))[0]

    by_form, by_code = Milestone.objects.get(code="by-form"), Milestone.objects.get(pk=by_code.pk)

    assert by_form.title_en == CLEAN.strip()
    assert by_form.text_en == CLEAN.strip().replace("Library visit", "Library\nvisit")
    assert by_code.title_en == CLEAN
    assert by_code.text_sv.startswith("Library\nvisit – Åkarp “two” ")
    assert "\x07" not in row["title"]


def _file(folder, text):
    path = folder / "milestones.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# What was stored before


def store_dirty(record, *columns: str) -> None:
    """As an earlier release wrote it."""
    with connection.cursor() as cursor:
        for column in columns:
            table = record._meta.db_table
            cursor.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [DIRTY, record.pk])


@pytest.fixture
def dirty(db):
    """A published project, visit and milestone as they could be stored once, and a version of one."""
    records = [
        Project.objects.get(code="leseding"),
        make_visit(code="dirty-visit", period="2011-11-21/2011-11-27"),
        make_milestone(code="dirty-milestone"),
    ]
    revision = history.note(records[0], {}, None)
    store_dirty(records[0], "title_en", "title_sv", "summary_en", "summary_sv")
    store_dirty(records[1], "purpose_en", "title_override_en")
    store_dirty(records[2], "title_en", "text_en")
    with connection.cursor() as cursor:
        title = json.dumps({"en": DIRTY, "sv": DIRTY})
        cursor.execute(
            "UPDATE partnership_revision SET title = %s, reason = %s WHERE id = %s", [title, DIRTY, revision.pk]
        )
        cursor.execute("UPDATE partnership_revision SET is_public = %s WHERE id = %s", [True, revision.pk])
    return records


@pytest.mark.parametrize("path", ["/en/feed.atom", "/en/changes/feed.atom", "/data/iati.xml"])
def test_xml_is_well_formed_whatever_is_stored(path, dirty, settings):
    settings.IATI_REPORTING_ORG, settings.IATI_REPORTING_TYPE = "SE-0-1", "10"

    response = Client(headers={"host": "localhost"}).get(path)

    ET.fromstring(response.content)
    assert "visit – A" in response.content.decode()


def test_tables_calendar_and_workbook_hold_no_control_characters(dirty, staff_client):
    client = Client(headers={"host": "localhost"})
    hidden = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\uffff]")

    for path in ("/en/projects.csv", "/en/visits.csv", "/en/visits.ics", "/data/catalog.ttl"):
        response = client.get(path)
        content = b"".join(response) if response.streaming else response.content
        assert not hidden.search(content.decode()), path
    exported = b"".join(staff_client("Publisher").get(f"{url(Project, 'changelist')}export/projects.xlsx"))
    assert "Library" in str(list(load_workbook(BytesIO(exported)).active.values))


def test_the_migration_cleans_records_and_versions(dirty):
    migration = import_module("visits.migrations.0012_clean_texts")
    with connection.schema_editor(atomic=False) if connection.vendor != "sqlite" else _Editor() as editor:
        migration.clean_texts(_PlainApps(), editor)

    project = Project.objects.get(code="leseding")
    revision = Revision.objects.of(project).get()
    assert project.title_en == CLEAN
    assert revision.title["sv"].startswith("Library\nvisit – Åkarp")
    assert revision.reason == CLEAN


class _Editor:
    """A schema editor only names its connection here; that of SQLite opens no transaction inside another."""

    connection = connection

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        return None


class _PlainApps:
    """The models as a migration sees them: with the columns of Django."""

    def get_app_config(self, label):
        from django.db.migrations.loader import MigrationLoader

        return MigrationLoader(connection).project_state().apps.get_app_config(label)


# Long words

LENGTH = 60_000
SHAPES = ["a", "a.", "<", "“", "'", "[", "*", "a@", "Mr A", "1", "x\u0301", "_x00", "- ", "\n", "iVBORw0KGgo="]
autodiscover()
TYPED = [model for model in admin.site._registry if model._meta.app_label in {"partnership", "projects", "visits"}]


@contextmanager
def bounded(seconds: int = 20):
    """Ends what has run away: a regular expression that reads a word once for each of its letters takes minutes."""

    def end(_signal, _frame):
        raise AssertionError("A text of 60,000 characters keeps a worker busy.")

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def long_answers(form: forms.BaseForm, start: int) -> dict[str, str]:
    """A long text of another shape in each field that takes one."""
    names = [
        name
        for name, field in form.fields.items()
        if isinstance(field, forms.CharField | ReadingField) and name != "state"
    ]
    shapes = [SHAPES[(start + number) % len(SHAPES)] for number in range(len(names))]
    return {form.add_prefix(name): (shape * LENGTH)[:LENGTH] for name, shape in zip(names, shapes, strict=True)}


@pytest.mark.django_db
@pytest.mark.parametrize("start", [0, 5, 10])
@pytest.mark.parametrize("model", TYPED)
def test_no_form_of_staff_runs_away_with_a_long_word(model, start, staff_client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None
    client = staff_client("Administrator")
    page = client.get(url(model, "add"))
    if page.status_code == 403:
        return
    data = filled_in(page) | long_answers(page.context["adminform"].form, start)
    for number, inline in enumerate(page.context["inline_admin_formsets"]):
        prefix = inline.formset.prefix
        row = long_answers(inline.formset.empty_form, start + number)
        data |= {name.replace("__prefix__", "0"): value for name, value in row.items()}
        data[f"{prefix}-TOTAL_FORMS"] = "1"

    with bounded():
        response = client.post(url(model, "add"), data)

    assert response.status_code == 200
    assert response.context["errors"]


@pytest.mark.django_db
@pytest.mark.parametrize("shape", SHAPES)
def test_no_public_form_search_or_import_runs_away_with_a_long_word(shape, staff_client):
    word = (shape * LENGTH)[:LENGTH]
    visitor = Client(headers={"host": "localhost", "origin": "http://localhost", "sec-fetch-site": "same-origin"})
    client = staff_client("Publisher")

    with bounded():
        answers = [
            *(
                visitor.post("/en/contribute/send/", {name: word, "p_note": ""})
                for name in ("text", "when_text", "email")
            ),
            visitor.post("/en/follow/", {"email": word, "language": "en", "rhythm": "monthly", "p_note": ""}),
            visitor.get("/en/search/", {"q": word[:4000]}),
        ]
        for kind, model in (("projects", Project), ("sources", Source)):
            columns = "code;title;title_en;period;summary_en;publisher;budget_amount\n"
            file = SimpleUploadedFile("list.csv", f'{columns}new;"{word}";"{word}";"{word}";"{word}";"{word}"'.encode())
            client.post(url(model, "import", kind), {"file": file})

    assert {answer.status_code for answer in answers} <= {200, 413, 422}


def test_every_reader_of_people_s_text_is_linear():
    from partnership.fields.markdown import parse
    from partnership.record.personal_data import find_personal_data
    from partnership.web.held_forms import HeldForm
    from partnership.web.logs import without_values

    with bounded():
        for shape in [*SHAPES, "+1", "a:", "-initial-", "**a", "![", "> ", "`", "\\", "|"]:
            word = (shape * LENGTH)[:LENGTH]
            list(find_personal_data(word))
            without_values(word.replace("\n", " "))
            parse(word)
            list(HeldForm("/admin/", [[word, "value"]], []).readable())
