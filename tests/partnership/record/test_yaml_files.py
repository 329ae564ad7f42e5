"""The record as text files: loading, dumping, and leaving alone what staff changed."""

from __future__ import annotations

import shutil

import pytest
from django.core.management import CommandError, call_command

from partnership.models import Milestone, SeededRecord, Statement, Succession
from partnership.record import confirmations
from partnership.record.errors import InvalidRecord
from partnership.record.schemas import FILE_SCHEMAS, every_schema, in_full, records, serialize
from partnership.record.writing import RecordWriter, as_rows
from partnership.record.yaml_files import DIRECTORY, Loader, file_text, read_file
from projects.models import Output, Project, Theme
from tests.factories import make_document, make_output, make_partner, make_photo, make_project, make_theme, make_visit
from visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def files(tmp_path):
    """A copy of the record’s files to spoil."""
    return shutil.copytree(DIRECTORY, tmp_path / "record")


def edit(files, name: str, before: str, after: str) -> None:
    path = files / name
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")


def errors_of(files) -> list[str]:
    with pytest.raises(CommandError) as error:
        call_command("load_record", directory=files)
    return [line.strip() for line in str(error.value).splitlines()[1:]]


def test_dumping_and_loading_into_an_empty_database_is_the_identity(tmp_path):
    call_command("dump_record", directory=tmp_path / "out", verbosity=0)
    before = {kind: file_text(kind) for kind in FILE_SCHEMAS}
    Statement.objects.all().delete()
    Output.objects.all().delete()
    Succession.objects.all().delete()
    Project.objects.update(continues=None, prestudy_of=None)
    for kind in reversed(FILE_SCHEMAS):
        FILE_SCHEMAS[kind].model._default_manager.all().delete()
    SeededRecord.objects.all().delete()

    call_command("load_record", directory=tmp_path / "out", verbosity=0)

    assert {kind: file_text(kind) for kind in FILE_SCHEMAS} == before


def test_loading_again_changes_nothing(files):
    report = Loader(files).load()

    assert (report.created, report.updated, report.left) == ([], [], [])
    assert len(report.unchanged) == sum(len(read_file(DIRECTORY / f"{kind}.yaml")) for kind in FILE_SCHEMAS)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("- code: first\n  name: [open\n", 3),
        ("- code: först\n- code: sec\x07ond\n", 2),
        ("- code: first\n\n- code: \ufffe\n", 3),
        ("- code: first\n  name: b: c\n", 2),
        ("code: first\n", 1),
    ],
)
def test_what_is_no_list_of_records_is_refused_with_its_line(files, text, line):
    (files / "themes.yaml").write_text(text, encoding="utf-8")

    assert [error.partition(": ")[0] for error in errors_of(files)] == [f"themes.yaml, line {line}"]


@pytest.mark.parametrize("kind", FILE_SCHEMAS)
def test_a_block_may_leave_out_any_key_and_then_means_its_default(kind):
    schema = FILE_SCHEMAS[kind]
    rows = [serialize(schema, record) for record in records(kind)]
    for key in schema.all_keys:
        row = next((row for row in rows if key in row), None)
        if row is None or key in needed(schema):
            continue
        short = {name: value for name, value in row.items() if name != key}

        RecordWriter().write(schema, as_rows(short))

        written = serialize(schema, records(kind).get(code=row["code"]))
        assert in_full(schema, written) == in_full(schema, short), key


def needed(schema) -> set[str]:
    """The keys without which the database refuses a record, each with what it belongs to."""
    required = {key for key in schema.keys if not schema.translated(key) and not schema.field(key).blank}
    texts = {"name", "title", "label", "sought", "outcome", "place"} & {
        key for key in schema.keys if schema.translated(key)
    }
    defaults = {key for key in schema.keys if schema.default(key)}
    together = {"latitude", "longitude", "budget_amount", "budget_currency", "outputs", "statements", "criteria"}
    together |= {"source", "closes_on"}
    return (required - defaults) | texts | together


def test_a_shorter_block_is_loaded_once_and_unchanged_from_then_on(files):
    path = files / "projects.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    left_out = ("  in_founding_count: unknown\n", "  kind: project\n", "  status: unknown\n")
    path.write_text("".join(line for line in lines if line not in left_out), encoding="utf-8")
    (files / "themes.yaml").write_text(
        "- code: social-services\n  slug: social-services\n  state: published\n  in_founding_list: no\n"
        "  position: 10\n  name: {en: Social services, sv: ''}\n  note: {}\n  citations: [platforma-2018]\n",
        encoding="utf-8",
    )

    first, second = Loader(files).load(), Loader(files).load()

    assert [name for name in first.updated if name.startswith("projects")] == []
    assert first.updated == ["themes/social-services"]
    assert (second.created, second.updated, second.left) == ([], [], [])


def test_what_a_text_no_longer_names_is_taken_away_and_the_rest_stays():
    stays, goes = make_partner(), make_partner()
    first, second = make_theme(), make_theme()
    project = make_project(themes=[first, second], partners=[stays, goes], sources=2, continues=make_project())
    outputs = [make_output(project), make_output(project)]
    visit = make_visit(hosts=[stays, goes], projects=[project])
    of_project, of_visit = (
        serialize(FILE_SCHEMAS[kind], records(kind).get(pk=record.pk))
        for kind, record in (("projects", project), ("visits", visit))
    )
    cited = of_project["citations"][0]
    del of_project["continues"], of_visit["projects"]
    of_project |= {"themes": [first.code], "citations": [cited]}
    of_project |= {key: of_project[key][:1] for key in ("participations", "outputs")}
    of_visit["hosts"] = [stays.code]

    for kind, text in (("projects", of_project), ("visits", of_visit)):
        RecordWriter().write(FILE_SCHEMAS[kind], as_rows(text))

    project = Project.objects.get(pk=project.pk)
    assert project.continues is None
    assert list(project.themes.all()) == [first]
    assert [participation.partner for participation in project.participations.all()] == [stays]
    assert list(project.outputs.all()) == outputs[:1]
    assert [citation.source.code for citation in project.citations.all()] == [cited]
    assert list(visit.hosts.all()) == [stays]
    assert not visit.projects.exists()


@pytest.mark.parametrize("about", ["", "period"])
def test_a_source_is_cited_once_for_one_thing(about):
    project = make_project()
    text = serialize(FILE_SCHEMAS["projects"], records("projects").get(pk=project.pk))
    (code,) = text["citations"]
    text["citations"] = [{"source": code, "about": about}, {"source": code, "about": about}]

    with pytest.raises(InvalidRecord) as refused:
        RecordWriter().write(FILE_SCHEMAS["projects"], as_rows(text))

    reasons = [error.reason for error in refused.value.errors]
    assert reasons == ["This source is already cited here for the same thing."]
    assert project.citations.count() == 1


def test_a_key_at_its_default_says_nothing_else_than_one_left_out():
    for schema in every_schema():
        for key in schema.keys:
            # Else “not documented” could not be written.
            if schema.default(key) and key not in {"state", "position"} and not schema.translated(key):
                assert not schema.field(key).null, f"{schema.model.__name__}.{key}"
                assert not schema.field(key).blank, f"{schema.model.__name__}.{key}"


def test_attached_files_stand_in_the_file_and_must_be_there_when_it_is_loaded(files):
    project = Project.objects.get(code="sipp")
    project.photos.add(make_photo(code="bridge"))
    project.documents.add(make_document(code="minutes"))
    assert "  photos:\n    - bridge\n  documents:\n    - minutes\n" in file_text("projects")
    assert Loader(files).load().left == ["projects/sipp"]

    edit(files, "projects.yaml", "- code: sipp\n", "- code: sipp\n  photos:\n    - bridge\n    - tower\n")
    line = (files / "projects.yaml").read_text(encoding="utf-8").splitlines().index("- code: sipp") + 2

    with pytest.raises(CommandError, match=f"projects.yaml, line {line}: “photos”: there is no photo with the code “t"):
        call_command("load_record", directory=files, force=["projects/sipp"])


def test_a_changed_file_updates_what_staff_left_alone(files):
    edit(files, "projects.yaml", "en: Project for Rescue Service", "en: Rescue services together")

    report = Loader(files).load()

    assert report.updated == ["projects/rescue-service"]
    assert Project.objects.get(code="rescue-service").title_en == "Rescue services together"


def test_a_file_that_changes_what_somebody_confirmed_lifts_that_and_of_nothing_else(files, staff):
    publisher = staff("Publisher")
    changed, same = (Project.objects.get(code=code) for code in ("rescue-service", "sipp"))
    for project in (changed, same):
        confirmations.confirm(project, publisher)
    edit(files, "projects.yaml", "en: Project for Rescue Service", "en: Rescue services together")

    call_command("load_record", directory=files, dry_run=True, verbosity=0)
    assert changed.confirmations.standing().exists()
    call_command("load_record", directory=files, verbosity=0)

    assert not changed.confirmations.standing().exists()
    assert same.confirmations.standing().exists()


def test_what_staff_changed_is_left_alone_and_named(files, capsys):
    Project.objects.filter(code="rescue-service").update(title_en="As staff wrote it")
    edit(files, "projects.yaml", "en: Project for Rescue Service", "en: Rescue services together")

    call_command("load_record", directory=files)

    assert Project.objects.get(code="rescue-service").title_en == "As staff wrote it"
    assert "left: projects/rescue-service" in capsys.readouterr().out


def test_a_change_in_a_row_of_a_record_counts_as_a_change_by_staff(files):
    Visit.objects.get(code="2012-05-youth-finance-sweden").citations.all().delete()

    assert Loader(files).load().left == ["visits/2012-05-youth-finance-sweden"]


def test_force_overwrites_just_the_records_it_names(files):
    Project.objects.filter(code__in=["rescue-service", "sipp"]).update(title_en="As staff wrote it")

    call_command("load_record", directory=files, force=["projects/sipp"], verbosity=0)

    assert Project.objects.get(code="sipp").title_en == "SIPP – Sustainable Integrated Planning Practice"
    assert Project.objects.get(code="rescue-service").title_en == "As staff wrote it"


def test_what_staff_deleted_is_not_brought_back(files):
    Milestone.objects.get(code="m-2019").delete()

    assert Loader(files).load().left == ["milestones/m-2019"]


def test_a_dry_run_changes_nothing(files, capsys):
    edit(files, "themes.yaml", "en: Stormwater", "en: Rain")

    call_command("load_record", directory=files, dry_run=True)

    assert "1 would be updated" in capsys.readouterr().out
    assert Theme.objects.get(code="stormwater").name_en == "Stormwater"


def test_a_full_database_is_left_alone_when_loading_only_if_empty(files):
    edit(files, "themes.yaml", "en: Stormwater", "en: Rain")

    call_command("load_record", directory=files, if_empty=True)

    assert Theme.objects.get(code="stormwater").name_en == "Stormwater"


def test_all_faults_are_named_at_once_with_file_and_line_and_nothing_is_changed(files):
    edit(files, "projects.yaml", "    - adult-education\n", "    - adult-eduction\n")
    edit(files, "projects.yaml", "period: 2019/2020", "period: soon")
    edit(files, "visits.yaml", "direction: to_sweden", "direction: north")
    edit(files, "milestones.yaml", "  title:", "  titel:")
    edit(files, "claims.yaml", "qualifier: exact", "value_heigh: 9")
    edit(files, "themes.yaml", "en: Stormwater", "en: Rain")

    faults = errors_of(files)

    def line_of(name, text):
        lines = (files / name).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    theme_line = line_of("projects.yaml", "  themes:")
    assert f"projects.yaml, line {theme_line}: “themes”: there is no theme with the code “adult-eduction”" in faults
    for name, text, words in [
        ("projects.yaml", "period: soon", "Write the date as EDTF"),
        ("visits.yaml", "direction: north", "north"),
        ("milestones.yaml", "titel:", "there is no “titel” here"),
        ("claims.yaml", "value_heigh", "there is no “value_heigh” here"),
    ]:
        where = f"{name}, line {line_of(name, text)}: "
        assert [fault for fault in faults if fault.startswith(where) and words in fault], (where, faults)
    assert Theme.objects.get(code="stormwater").name_en == "Stormwater"


#: Faults of which none hides another: file, text, what stands there instead, and the words of the fault.
SHAPES = [
    ("themes.yaml", "- code: social-services", "- code: adult-education", "is used twice"),
    ("themes.yaml", "- code: human-resources", "- slug: human-resources", "a record needs a code"),
    ("themes.yaml", "in_founding_list: yes", "in_founding_list: perhaps", "is yes or no"),
    ("themes.yaml", "    en: Adult education\n", "    fr: Formation\n", "is translated: write en, sv"),
    ("projects.yaml", "budget_amount: 442982", "budget_amount: lots", "budget_amount"),
]
VALUES = [
    (
        "themes.yaml",
        "- code: stormwater\n",
        "- code: bare\n  name:\n    en: Bare\n- code: stormwater\n",
        "at least one source",
    ),
    ("themes.yaml", "en: Stormwater", "en: Councillor Anna Exempel", "“Councillor Anna Exempel” looks like"),
    ("projects.yaml", "  budget_currency: SEK\n", "", "A sum needs its currency"),
    ("visits.yaml", "    - leseding\n", "    - lesedingg\n", "there is no project with the code “lesedingg”"),
]
SYNTAX = [("themes.yaml", "  name:\n", "  name: [\n", "line")]


@pytest.mark.parametrize("edits", [SHAPES, VALUES, SYNTAX], ids=["shapes", "values", "syntax"])
def test_each_fault_has_a_reason_that_can_be_acted_on(files, edits):
    for name, before, after, _words in edits:
        edit(files, name, before, after)

    faults = errors_of(files)

    for name, _before, _after, words in edits:
        assert any(fault.startswith(f"{name}, line ") and words in fault for fault in faults), (words, faults)


def test_a_missing_file_and_an_unknown_forced_record_are_faults(files):
    (files / "claims.yaml").unlink()
    assert errors_of(files) == ["claims.yaml, line 0: the file is missing"]

    with pytest.raises(CommandError, match="there is no record projects/nothing"):
        call_command("load_record", force=["projects/nothing"])


def test_personal_data_is_loaded_where_somebody_has_decided_so(files):
    edit(files, "themes.yaml", "en: Stormwater", "en: Councillor Anna Exempel")

    report = Loader(files, allow_personal_data=True).load()

    assert report.updated == ["themes/stormwater"]


def test_what_is_public_does_not_rest_on_drafts_alone(files):
    """Readers would see “no source yet”, as they would after a form."""
    edit(
        files,
        "sources.yaml",
        "- code: ",
        "- code: unread\n  title: Unread\n  publisher: Nobody\n  grade: press\n"
        "  language: en\n  state: draft\n- code: ",
    )
    edit(
        files,
        "themes.yaml",
        "- code: stormwater\n",
        "- code: bare\n  name:\n    en: Bare\n  citations:\n  - unread\n- code: stormwater\n",
    )

    assert "“unread” is a draft" in errors_of(files)[0]
