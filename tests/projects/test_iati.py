"""The activity file is valid and complete, and the report names what it leaves out."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from lxml import etree

from partnership.models import Partner
from projects import iati
from projects.models import Goal, Project
from tests.base import fetch
from tests.factories import make_output, make_partner, make_project, make_theme
from tests.projects.iati_rules import Ruleset

pytestmark = pytest.mark.django_db

DATA = Path(__file__).resolve().parent.parent / "data" / "iati"
SCHEMA = etree.XMLSchema(etree.parse(str(DATA / "iati-activities-schema.xsd")))
RULES = Ruleset(DATA / "standard-ruleset-2.03.json")
REFERENCE = "SE-ON-999999-0000"


@pytest.fixture(autouse=True)
def _reference(settings):
    settings.IATI_REPORTING_ORG = REFERENCE
    settings.OPERATOR_NAME = "A test operator"


def document() -> etree._ElementTree:
    return etree.ElementTree(etree.fromstring(iati.activity_file()))


def activity(project: Project):
    activities = document().xpath(f"//iati-activity[iati-identifier='{REFERENCE}-VXOJBM-{project.code}']")
    assert len(activities) == 1
    return activities[0]


def make_everything() -> Project:
    themes = [
        make_theme(dac_sectors="16065, 16066", policy_markers="1"),
        make_theme(dac_sectors="15110", policy_markers="1, 11"),
    ]
    partners = [Partner.objects.get(code="vaxjo"), make_partner(country="ZA")]
    project = make_project(
        themes=themes,
        partners=partners,
        period="2011/2012-05-03",
        status="completed",
        summary_en="A summary.",
        summary_sv="En sammanfattning.",
        external_reference="dnr 1",
    )
    project.participations.create(partner=Partner.objects.get(code="icld"), role="funder")
    project.objectives.create(text_en="To learn", text_sv="Att lära")
    Goal.objects.create(project=project, number=4)
    make_output(project, kind="hard", side="sweden")
    make_output(project, kind="soft", side="both", text_en="A new way to think")
    return project


def test_the_rules_find_what_is_wrong():
    broken = etree.ElementTree(
        etree.fromstring(
            "<iati-activities version='2.03'><iati-activity><iati-identifier>X</iati-identifier>"
            "<reporting-org ref='X' type='11'/><title><narrative/></title>"
            "<sector vocabulary='1' code='1' percentage='30'/><sector vocabulary='1' code='2' percentage='30'/>"
            "<activity-date type='2' iso-date='2012-01-01'/><activity-date type='4' iso-date='2011-01-01'/>"
            "</iati-activity></iati-activities>"
        )
    )

    numbers = {error.split(":")[0] for error in RULES.errors(broken)}

    assert {"1.1.3", "2.1.2", "11.1.3", "4.3.1", "4.1.1"} <= numbers


def test_the_record_is_valid_against_schema_and_rules():
    written = document()

    assert SCHEMA.validate(written), SCHEMA.error_log
    assert RULES.errors(written) == []


def test_an_activity_with_everything_is_valid_too():
    project = make_everything()
    written = document()
    assert SCHEMA.validate(written), SCHEMA.error_log
    assert RULES.errors(written) == []

    element = activity(project)
    assert [float(share) for share in element.xpath("sector/@percentage")] == [33.34, 33.33, 33.33]
    assert element.xpath("policy-marker/@code") == ["1", "11"]
    assert element.xpath("tag[@vocabulary='2']/@code") == ["4"]
    assert element.xpath("activity-status/@code") == ["4"]
    assert element.xpath("activity-date/@iso-date") == ["2011-01-01", "2012-05-03"]
    assert element.xpath("activity-date[1]/narrative/text()") == ["Only the year is known.", "Endast året är känt."]
    assert element.xpath("activity-date[2]/narrative") == []
    assert element.xpath("title/narrative/text()") == ["Test project", "Testprojekt"]
    assert element.xpath("result/@type") == ["1", "2"]
    assert element.xpath("result[1]//actual/@value") == ["1"]
    assert element.xpath("result[2]/indicator/@measure") == ["5"]
    assert element.xpath("result[2]//actual/@value") == []
    assert element.xpath("document-link/category/@code") == ["A12", "A12"]


def test_every_partner_implements_and_only_who_paid_funds():
    element = activity(make_everything())

    assert sorted(element.xpath("participating-org/@role")) == ["1", "4", "4"]
    assert "every partner named here implements it" in " ".join(
        element.xpath("description[@type='1']/narrative/text()")
    )
    assert element.xpath("recipient-country/@code") == ["ZA"]


def test_the_partnership_is_the_parent_of_all():
    written = document()

    parent = written.xpath("//iati-activity[@hierarchy='1']")
    assert len(parent) == 1
    children = written.xpath("//iati-activity[@hierarchy='2']/iati-identifier/text()")
    assert parent[0].xpath("related-activity[@type='2']/@ref") == children
    assert len(children) == len(iati.report().included) > 0


def test_what_is_left_out_is_listed_with_its_reason():
    make_project(code="test-undated", title_en="Undated work", status="completed")
    make_project(code="test-unknown", title_en="Unknown end", period="2012", partners=[make_partner()])

    page = fetch("/en/data/")

    left_out = page.text[page.text.index("Left out, and why") :]
    assert "Undated work : No start is documented." in left_out
    assert "Unknown end : No source says whether it has ended." in left_out
    report = iati.report()
    assert len(report.included) + len(report.left_out) == Project.objects.identified().count()


def test_what_has_ended_nobody_knows_when_is_left_out():
    """Programs go by dates: without the last, an activity that is closed is read as going on."""
    partner = make_partner()
    make_project(code="test-open", title_en="Open end", period="2011/", status="completed", partners=[partner])
    make_project(code="test-going-on", period="2011/..", status="ongoing", partners=[partner])
    make_project(code="test-dated", period="2011/2012", status="completed", partners=[partner])

    report = iati.report()

    assert ("test-open", "It has ended, and no source says when.") in {
        (project.code, reason) for project, reason in report.left_out
    }
    assert {"test-going-on", "test-dated"} <= {project.code for project in report.included}
    closed = document().xpath("//iati-activity[activity-status/@code='4']")
    assert closed
    assert all(activity.xpath("activity-date[@type='4']") for activity in closed)


@pytest.mark.parametrize(("status", "code"), [("planned", "1"), ("ongoing", "2"), ("completed", "4")])
def test_programs_read_whether_it_is_planned_goes_on_or_has_ended(status, code):
    project = make_project(period="2011/2012", status=status, partners=[make_partner()])

    assert activity(project).xpath("activity-status/@code") == [code]


def test_a_draft_result_and_theme_are_in_no_activity():
    themes = [
        make_theme(dac_sectors="16065", policy_markers="1"),
        make_theme(state="draft", dac_sectors="15110", policy_markers="11"),
    ]
    project = make_project(period="2011/2012", status="completed", partners=[make_partner()], themes=themes)
    make_output(project, text_en="A bridge", text_sv="")
    make_output(project, text_en="A hidden bridge", text_sv="", state="draft")

    element = activity(project)
    assert element.xpath("result/title/narrative/text()") == ["A bridge"]
    assert element.xpath("sector/@code") == ["16065"]
    assert element.xpath("policy-marker/@code") == ["1"]


@pytest.mark.parametrize(("begins", "ends", "kinds"), [(0, 0, ["2", "4"]), (0, 1, ["2", "3"]), (1, 1, ["1", "3"])])
def test_a_day_is_planned_until_it_has_come(begins, ends, kinds):
    first, last = (timezone.localdate() + timedelta(days=days) for days in (begins, ends))
    project = make_project(period=f"{first}/{last}", status="ongoing", partners=[make_partner()])

    assert activity(project).xpath("activity-date/@type") == kinds


def test_the_crosswalk_is_published_and_names_only_goals_that_a_source_states():
    page = fetch("/en/data/")

    table = page.text[page.text.index("How themes become codes") : page.text.index("Left out, and why")]
    assert "Sports and culture 16065, 16066 – –" in table
    assert "Gender equality 15170 1" in table
    stated = sorted({goal.number for goal in Goal.objects.filter(project__themes__code="energy-climate")})
    assert f"Energy and climate 15112 – {', '.join(map(str, stated))}" in table


def test_an_identifier_never_changes(settings):
    project = make_everything()
    before = project.iati_identifier
    assert before == f"{REFERENCE}-VXOJBM-{project.code}"

    project.title_en, project.slug = "Another title", "another-address"
    project.save()
    settings.IATI_REPORTING_ORG = "SE-ON-111111-1111"
    project.save()

    project.refresh_from_db()
    assert project.iati_identifier == before


def test_without_a_reference_there_is_no_public_file_but_a_preview(settings, client, staff):
    settings.IATI_REPORTING_ORG = ""

    assert client.get("/data/iati.xml").status_code == 404
    assert client.get("/admin/iati.xml").status_code == 302
    assert "becomes public when" in fetch("/en/data/").text
    client.force_login(staff("Editor"))
    assert b"XX-PREVIEW-VXOJBM" in client.get("/admin/iati.xml").content
    with pytest.raises(CommandError, match="IATI_REPORTING_ORG"):
        call_command("assign_iati_identifiers")


def test_projects_from_before_get_their_identifiers(settings, client):
    Project.objects.update(iati_identifier="")

    call_command("assign_iati_identifiers", verbosity=0)

    assert Project.objects.published().filter(iati_identifier="").count() == 0
    assert client.get("/data/iati.xml")["Content-Type"] == "application/xml"
