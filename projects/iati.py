"""The partnership as an IATI 2.03 activity file: one function per group of elements, in the order of the standard.

The partnership as a whole is the parent activity, and each project that qualifies a child. The standard has no element
for mutuality: all partners are implementing organisations (role 4), and the description states it. Projects that do
not qualify are left out and reported with the reason; nothing is guessed to make them fit.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from xml.etree import ElementTree as ET

from django.conf import settings
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from partnership.coverage import FIRST_YEAR
from partnership.fields.periods import Period, Point
from partnership.fields.texts import xml_safe
from partnership.fields.translated import language_codes
from partnership.models import Partner
from partnership.publishing import State

from .models import Output, Participation, Project, Theme, iati_identifier

#: Stands for the reporting organisation in a preview for staff while none is configured.
PREVIEW_REFERENCE = "XX-PREVIEW"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_FALLBACK_SECTOR = "15112"  # decentralisation and support to subnational government

_STATUS = {Project.Status.PLANNED: "1", Project.Status.ONGOING: "2", Project.Status.COMPLETED: "4"}
#: OrganisationType of each kind of partner; ICLD is a funder constituted as an association of municipalities.
_ORGANISATION = {
    Partner.Kind.MUNICIPALITY: "11",
    Partner.Kind.REGION: "11",
    Partner.Kind.PROVINCE: "11",
    Partner.Kind.UNIVERSITY: "80",
    Partner.Kind.COMPANY: "70",
    Partner.Kind.CIVIL_SOCIETY: "22",
    Partner.Kind.POLICE: "15",
    Partner.Kind.FUNDER: "22",
    Partner.Kind.COORDINATOR: "22",
    Partner.Kind.OTHER: "15",
}
_MUTUALITY = {
    "en": "Mutual cooperation: every partner named here implements it.",
    "sv": "Ömsesidigt samarbete: alla parter som nämns här genomför det.",
}
_ONLY_YEAR = {"en": "Only the year is known.", "sv": "Endast året är känt."}
_ONLY_MONTH = {"en": "Only the month is known.", "sv": "Endast månaden är känd."}
#: The title of the partnership, of the parent activity and of the data package.
PARTNERSHIP_TITLE = {
    "en": "The partnership between Växjö, Region Kronoberg and JB Marks",
    "sv": "Partnerskapet mellan Växjö, Region Kronoberg och JB Marks",
}


class Report(NamedTuple):
    """The projects of an activity file, and those left out with the reason."""

    included: list[Project]
    left_out: list[tuple[Project, str]]

    @property
    def is_public(self) -> bool:
        return bool(settings.IATI_REPORTING_ORG)


def projects() -> Iterable[Project]:
    return (
        Project.objects.identified()
        .select_related("continues", "prestudy_of")
        .prefetch_related("themes", "participations__partner__identifiers__source", "goals", "objectives", "outputs")
    )


def report() -> Report:
    included: list[Project] = []
    left_out: list[tuple[Project, str]] = []
    for project in projects():
        if reason := _reason_left_out(project):
            left_out.append((project, reason))
        else:
            included.append(project)
    return Report(included, left_out)


def _reason_left_out(project: Project) -> str:
    """Why a project cannot be an activity; empty where it can."""
    if project.earliest is None:
        return _("No start is documented.")
    if project.status not in _STATUS:
        return _("No source says whether it has ended.")
    if project.status == Project.Status.COMPLETED and _end_of(project) is None:
        return _("It has ended, and no source says when.")
    if all(participation.role == Participation.Role.FUNDER for participation in _participations(project)):
        return _("No partner is documented.")
    return ""


class CrosswalkRow(NamedTuple):
    """A theme with its sectors and markers, and the UN goals that sources tie to its projects."""

    theme: Theme
    goals: list[int]


def crosswalk(report: Report) -> list[CrosswalkRow]:
    """The mapping of themes to codes. Staff correct sectors and markers; goals come only from sources."""
    goals: dict[int, set[int]] = {}
    for project in [*report.included, *(project for project, _reason in report.left_out)]:
        for theme in project.themes.all():
            goals.setdefault(theme.pk, set()).update(goal.number for goal in project.goals.all())
    return [CrosswalkRow(theme, sorted(goals.get(theme.pk, ()))) for theme in Theme.objects.published()]


def reference() -> str:
    return settings.IATI_REPORTING_ORG or PREVIEW_REFERENCE


def identifier_of(project: Project) -> str:
    """The stored identifier; in a preview the one that would be assigned."""
    return project.iati_identifier or iati_identifier(reference(), project.code)


def assign_identifiers() -> int:
    """Assigns the permanent identifier of every published project, and returns how many. None without a reference."""
    if not settings.IATI_REPORTING_ORG:
        return 0
    projects = Project.objects.published().filter(iati_identifier="")
    for project in projects:
        project.iati_identifier = identifier_of(project)
        project.save(update_fields=["iati_identifier", "modified_at"])
    return len(projects)


def activity_file() -> bytes:
    """The whole file in UTF-8; the same record gives the same bytes."""
    included = report().included
    changed = max((project.modified_at for project in included), default=timezone.now())
    root = ET.Element("iati-activities", {"version": "2.03", "generated-datetime": _moment(changed)})
    root.append(_parent_activity(included, changed))
    known = {project.pk: project for project in included}
    for project in included:
        root.append(_activity(project, known))
    for element in root.iter():
        element.text = xml_safe(element.text or "") or None
        element.attrib.update({name: xml_safe(value) for name, value in element.attrib.items()})
    ET.indent(root)
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


# Elements


def _activity(project: Project, known: dict[int, Project]) -> ET.Element:
    activity = _new_activity(identifier_of(project), "2", project.modified_at)
    _narratives(activity, "title", _texts(project, "title"))
    _descriptions(activity, project)
    _organisations(activity, _participations(project))
    if project.external_reference:
        ET.SubElement(activity, "other-identifier", {"ref": project.external_reference, "type": "A9"})
    ET.SubElement(activity, "activity-status", {"code": _STATUS[Project.Status(project.status)]})
    _dates(activity, project)
    _country(activity, [participation.partner for participation in _participations(project)])
    _sectors(activity, project)
    for goal in project.goals.all():
        ET.SubElement(activity, "tag", {"vocabulary": "2", "code": str(goal.number)})
    _markers(activity, project)
    _pages(activity, project)
    ET.SubElement(activity, "related-activity", {"ref": iati_identifier(reference()), "type": "1"})
    for sibling in _siblings(project, known):
        ET.SubElement(activity, "related-activity", {"ref": identifier_of(sibling), "type": "3"})
    for output in project.outputs.all():
        if output.state == State.PUBLISHED:
            _result(activity, project, output)
    return activity


def _parent_activity(included: Sequence[Project], changed: datetime.datetime) -> ET.Element:
    activity = _new_activity(iati_identifier(reference()), "1", changed)
    _narratives(activity, "title", PARTNERSHIP_TITLE)
    _narratives(activity, "description", _MUTUALITY, type="1")
    formal = list(Partner.objects.published().formal().current().prefetch_related("identifiers__source"))
    for partner in formal:
        _organisation(activity, partner, "4")
    ET.SubElement(activity, "activity-status", {"code": "2"})
    date = ET.SubElement(activity, "activity-date", {"type": "2", "iso-date": f"{FIRST_YEAR}-01-01"})
    texts = {
        "en": "The partners say 2005/2006; only the year is known.",
        "sv": "Parterna anger 2005/2006; endast året är känt.",
    }
    _into(date, texts)
    _country(activity, formal)
    ET.SubElement(activity, "sector", {"vocabulary": "1", "code": _FALLBACK_SECTOR})
    for project in included:
        ET.SubElement(activity, "related-activity", {"ref": identifier_of(project), "type": "2"})
    return activity


def _new_activity(identifier: str, hierarchy: str, changed: datetime.datetime) -> ET.Element:
    activity = ET.Element(
        "iati-activity", {_LANG: "en", "hierarchy": hierarchy, "last-updated-datetime": _moment(changed)}
    )
    ET.SubElement(activity, "iati-identifier").text = identifier
    reporting = ET.SubElement(activity, "reporting-org", {"ref": reference(), "type": settings.IATI_REPORTING_TYPE})
    _into(reporting, {"en": settings.OPERATOR_NAME or PARTNERSHIP_TITLE["en"]})
    return activity


def _descriptions(activity: ET.Element, project: Project) -> None:
    summaries = _texts(project, "summary")
    general = {language: f"{text} {_MUTUALITY.get(language, '')}".strip() for language, text in summaries.items()}
    _narratives(activity, "description", general or _MUTUALITY, type="1")
    objectives: dict[str, str] = {}
    for language in language_codes():
        texts = [getattr(objective, f"text_{language}") for objective in project.objectives.all()]
        if joined := "; ".join(text for text in texts if text):
            objectives[language] = joined
    if objectives:
        _narratives(activity, "description", objectives, type="2")


def _participations(project: Project) -> list[Participation]:
    participations = project.participations.all()
    return [participation for participation in participations if participation.partner.state == State.PUBLISHED]


def _organisations(activity: ET.Element, participations: Iterable[Participation]) -> None:
    """Funders have role 1, all others role 4, implementing."""
    for participation in participations:
        is_funder = participation.role == Participation.Role.FUNDER
        _organisation(activity, participation.partner, "1" if is_funder else "4")


def _organisation(activity: ET.Element, partner: Partner, role: str) -> None:
    kind = _ORGANISATION[Partner.Kind(partner.kind)]
    references = [row.iati_reference for row in partner.public_identifiers if row.iati_reference]
    # That of IATI itself comes first, by the order of registers.
    reference = {"ref": references[0]} if references else {}
    organisation = ET.SubElement(activity, "participating-org", {**reference, "role": role, "type": kind})
    _into(organisation, _texts(partner, "name"))


def _dates(activity: ET.Element, project: Project) -> None:
    """Start and end, planned or actual; of a year or month its first or last day, with a note of the precision."""
    period: Period = project.period
    today = timezone.localdate()
    is_planned = project.status == Project.Status.PLANNED
    start, end = project.earliest, _end_of(project)
    if start is None:
        return
    begin, finish = period.ends
    _date(activity, "1" if is_planned or start > today else "2", start, period if period.is_choice else begin)
    if end is not None:
        last = period if period.is_choice else finish or begin
        _date(activity, "3" if is_planned or end > today else "4", end, last)


def _end_of(project: Project) -> datetime.date | None:
    """The last day, as far as an end is documented; of “2011/” it is not, and the last day is that of the start."""
    period: Period = project.period
    return project.latest if period.ends[1] or not period.is_interval else None


def _date(activity: ET.Element, kind: str, day: datetime.date, known: Period | Point | None) -> None:
    date = ET.SubElement(activity, "activity-date", {"type": kind, "iso-date": day.isoformat()})
    if isinstance(known, Point) and known.is_plain:
        if known.day is None:
            _into(date, _ONLY_YEAR if known.month is None else _ONLY_MONTH)
    elif known:
        _into(date, {language: _printed(known, language) for language in _ONLY_YEAR})


def _printed(known: Period | Point, language: str) -> str:
    with translation.override(language):
        return known.print()


def _country(activity: ET.Element, partners: Iterable[Partner]) -> None:
    ET.SubElement(activity, "recipient-country", {"code": "ZA"})
    for partner in partners:
        if partner.latitude is not None and partner.longitude is not None:
            location = ET.SubElement(activity, "location")
            _into(ET.SubElement(location, "name"), {"en": partner.town or str(partner.name)})
            point = ET.SubElement(location, "point", {"srsName": "http://www.opengis.net/def/crs/EPSG/0/4326"})
            ET.SubElement(point, "pos").text = f"{partner.latitude} {partner.longitude}"


def _themes(project: Project) -> list[Theme]:
    return [theme for theme in project.themes.all() if theme.state == State.PUBLISHED]


def _sectors(activity: ET.Element, project: Project) -> None:
    """The DAC sectors of its themes in equal shares of 100 per cent; the first takes what rounding leaves."""
    codes = [code for theme in _themes(project) for code in theme.dac_sectors.split(", ") if code]
    codes = list(dict.fromkeys(codes)) or [_FALLBACK_SECTOR]
    share = (Decimal(100) / len(codes)).quantize(Decimal("0.01"))
    for index, code in enumerate(codes):
        attributes = {"vocabulary": "1", "code": code}
        if len(codes) > 1:
            part = Decimal(100) - share * (len(codes) - 1) if index == 0 else share
            attributes["percentage"] = str(part)
        ET.SubElement(activity, "sector", attributes)


def _markers(activity: ET.Element, project: Project) -> None:
    codes = [code for theme in _themes(project) for code in theme.policy_markers.split(", ") if code]
    for code in dict.fromkeys(codes):
        ET.SubElement(activity, "policy-marker", {"vocabulary": "1", "code": code, "significance": "1"})


def _pages(activity: ET.Element, project: Project) -> None:
    """The project’s own pages (A12, activity web page)."""
    for language in language_codes():
        with translation.override(language):
            url = f"{settings.SITE_URL}{project.get_absolute_url()}"
        link = ET.SubElement(activity, "document-link", {"format": "text/html", "url": url})
        _into(ET.SubElement(link, "title"), _texts(project, "title"))
        ET.SubElement(link, "category", {"code": "A12"})
        ET.SubElement(link, "language", {"code": language})


def _siblings(project: Project, known: dict[int, Project]) -> list[Project]:
    keys = [key for key in (project.continues_id, project.prestudy_of_id) if key]
    return [known[key] for key in keys if key in known]


def _result(activity: ET.Element, project: Project, output: Output) -> None:
    """A hard output counts as one unit (measure 1); a soft one is described in words (measure 5, qualitative)."""
    is_hard = output.kind == Output.Kind.HARD
    texts = _texts(output, "text")
    result = ET.SubElement(activity, "result", {"type": "1" if is_hard else "2"})
    _into(ET.SubElement(result, "title"), texts)
    indicator = ET.SubElement(result, "indicator", {"measure": "1" if is_hard else "5"})
    _into(ET.SubElement(indicator, "title"), texts)
    period = ET.SubElement(indicator, "period")
    start = project.earliest or timezone.localdate()
    ET.SubElement(period, "period-start", {"iso-date": start.isoformat()})
    end = max(start, project.latest or timezone.localdate())
    ET.SubElement(period, "period-end", {"iso-date": end.isoformat()})
    actual = ET.SubElement(period, "actual", {"value": "1"} if is_hard else {})
    _into(ET.SubElement(actual, "comment"), texts)


# Text


def _texts(record: object, name: str) -> dict[str, str]:
    texts = {language: getattr(record, f"{name}_{language}") for language in language_codes()}
    return {language: text for language, text in texts.items() if text}


def _narratives(parent: ET.Element, name: str, texts: dict[str, str], **attributes: str) -> None:
    _into(ET.SubElement(parent, name, attributes), texts)


def _into(element: ET.Element, texts: dict[str, str]) -> None:
    for language, text in texts.items():
        ET.SubElement(element, "narrative", {_LANG: language}).text = text


def _moment(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
