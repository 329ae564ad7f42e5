"""A dossier as data: each section with its references resolved, the evidence for each paragraph, and what is missing.

The page, the frozen edition and the PDF are all made of this one mapping, which holds only text, numbers and lists.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from translated_fields import to_attribute

from projects.models import Output, Project, Theme
from visits.models import Visit

from ..coverage import (
    Coverage,
    count_delegates,
    count_projects,
    count_visits,
    coverage_of,
    leading_statements,
    unidentified_projects,
    with_statements,
)
from ..fields.markdown import Block, Fault, Reference, Run, parse
from ..fields.numbers import print_number
from ..fields.translated import OtherLanguage
from ..models import Claim, Document, Milestone, Partner, Section, Source, Statement, StatementCitation, Submission
from ..models.evidence import Mark
from ..publishing import State
from ..references import References

#: Readings from the shortest to the whole, and the sections that each of them has. Their names are upper limits.
LENGTHS = {"two": ("two",), "ten": ("two", "ten"), "full": ("two", "ten", "full")}
#: Words read in a minute, for the reading time that is shown: a careful reader of prose.
WORDS_A_MINUTE = 200
#: How many sources of one paragraph have a card of their own in its margin.
MOST_CARDS = 2
#: Beyond this many claimed projects the number says more than a square for each.
MOST_SQUARES = 150

_MODELS: dict[str, type[models.Model]] = {
    "claim": Claim,
    "counted": Claim,
    "statement": Statement,
    "quote": Statement,
    "project": Project,
    "visit": Visit,
    "output": Output,
    "partner": Partner,
    "milestone": Milestone,
    "source": Source,
}


class Referred:
    """Every record that the texts of a dossier refer to, fetched at once."""

    def __init__(self, references: Iterable[Reference]):
        wanted: dict[type[models.Model], set[str]] = defaultdict(set)
        for reference in references:
            wanted[_MODELS[reference.kind]].add(reference.code)
        self._found: dict[type[models.Model], dict[str, Any]] = {
            model: {record.code: record for record in _whole(model).filter(code__in=codes)}
            for model, codes in wanted.items()
        }

    def get(self, reference: Reference) -> Any:
        """The record, whatever its state; None where there is none."""
        return self._found.get(_MODELS[reference.kind], {}).get(reference.code)


def _whole(model: type[models.Model]) -> models.QuerySet[Any]:
    """Records of a kind with what a dossier prints of them, with the sources that they cite."""
    if model is Source:
        return Source.objects.with_files()
    if model is Claim:
        return with_statements(Claim.objects.all())
    table: Any = model._meta.get_field("citations").related_model
    citations = table.objects.exclude(source__state=State.DRAFT).prefetch_related(
        models.Prefetch("source", queryset=Source.objects.with_files())
    )
    records = model._default_manager.prefetch_related(models.Prefetch("citations", queryset=citations))
    if model is Statement:
        records = records.select_related("claim").prefetch_related("claim__statements__claim")
    if model is Visit:
        records = records.prefetch_related("hosts__former_names", "guests__former_names")
    return records.select_related("project") if model is Output else records


# What cannot stand


def faults_of(submission: Submission, *, in_public: bool) -> list[str]:
    """All that is wrong with the texts, each with its section, language and paragraph.

    ``in_public`` also names what is not published: a public dossier rests on nothing that readers cannot see.
    """
    texts = {
        f"{section} ({name})": getattr(section, to_attribute("text", language))
        for section in submission.sections.all()
        for language, name in settings.LANGUAGES
    }
    found = _faults_in(texts.values(), in_public=in_public)
    return [f"{place}. {fault}" for place, faults in zip(texts, found, strict=True) for fault in faults]


def faults_in(text: str, *, in_public: bool) -> list[Fault]:
    """All that is wrong with one text."""
    return _faults_in([text], in_public=in_public)[0]


def _faults_in(texts: Iterable[str], *, in_public: bool) -> list[list[Fault]]:
    parsed = [parse(text) for text in texts]
    referred = Referred(reference for blocks, _faults in parsed for block in blocks for reference in block.references())
    for blocks, faults in parsed:
        for number, block in enumerate(blocks, start=1):
            for reference in block.references():
                if reason := _fault(reference, referred.get(reference), in_public=in_public):
                    faults.append(Fault(number, reason))
    return [faults for _blocks, faults in parsed]


def _fault(reference: Reference, record: Any, *, in_public: bool) -> str:
    if record is None:
        return _("There is nothing on record under %(reference)s") % {"reference": reference}
    values = {"reference": f"{reference} ({_name(record)})"}
    if reference.kind == "counted" and not record.counts:
        return _("Nothing is counted against %(reference)s") % values
    if in_public and not _is_public(record):
        return _("%(reference)s is not public, or has been withdrawn") % values
    return ""


def _name(record: Any) -> str:
    """What staff know a record by."""
    return str(record.claim.label if isinstance(record, Statement) else record)


def _is_public(record: Any) -> bool:
    owners = [record, getattr(record, "claim", None), getattr(record, "project", None)]
    return all(owner is None or owner.state == State.PUBLISHED for owner in owners)


# The content


def content_of(submission: Submission, language: str, *, length: str = "full") -> dict[str, Any]:
    """The dossier in a language, as long as a reading of “two” or “ten” minutes or in “full”."""
    with translation.override(language):
        return _Writer(list(submission.sections.all()), language).content(submission, LENGTHS[length])


class _Writer:
    """Resolves the sections one after the other and numbers the sources as they come."""

    def __init__(self, sections: list[Section], language: str):
        self.language = language
        self.sections = sections
        self.parsed = {section.pk: parse(str(section.text))[0] for section in sections}
        self.referred = Referred(
            reference for blocks in self.parsed.values() for block in blocks for reference in block.references()
        )
        self.references = References()
        self.claims = list(with_statements(Claim.objects.published()))
        self._coverages: dict[str, Coverage | None] = {}

    def content(self, submission: Submission, lengths: tuple[str, ...]) -> dict[str, Any]:
        entry = self._entry(submission)
        found = [self._section(section) for section in self.sections if section.length in lengths]
        return {
            **entry,
            "sections": found,
            "words": sum(section["words"] for section in found),
            "sources": [_source(reference) for reference in self.references],
        }

    def _entry(self, submission: Submission) -> dict[str, Any]:
        """What was submitted, to whom, and what became of it."""
        return {
            "title": _text(submission.title),
            "lead": _text(submission.lead),
            "award": str(submission.round),
            "applicant": _text(submission.applicant.name),
            "applicant_href": submission.applicant.get_absolute_url(),
            "category": submission.category,
            "submitted": submission.submitted.print() if submission.submitted else "",
            "status": capfirst(str(submission.get_status_display())),
            "outcome": _text(submission.outcome),
            "cites": [one.number for one in self.references.cite(submission.citations.all())],
            "note": _text(submission.note),
        }

    def _coverage(self, claim: Claim) -> Coverage | None:
        """What the record counts against a claim, counted once however often the dossier says it."""
        if claim.code not in self._coverages:
            self._coverages[claim.code] = coverage_of(claim)
        return self._coverages[claim.code]

    def _section(self, section: Section) -> dict[str, Any]:
        # Words that only lead over to what is made from the record need no evidence of their own.
        blocks = [self._block(block, leads_over=bool(section.shows)) for block in self.parsed[section.pk]]
        made: dict[str, Any] = {}
        if section.shows == Section.Shows.CLAIMS:
            made = {"claims": [self._claim(claim) for claim in self.claims]}
        elif section.shows == Section.Shows.GAPS:
            made = {"lines": list(gaps()), **_squares()}
        elif section.shows == Section.Shows.BELIEFS:
            made = {"lines": list(self._beliefs())}
        words = sum(_words(run["text"]) for block in blocks for row in block["rows"] for run in row)
        words += sum(_words(line["text"]) for line in made.get("lines", []))
        words += sum(_words(card["title"], card["text"]) for block in blocks for card in block["cards"])
        for row in made.get("claims", []):
            words += _words(row["label"], *(one["text"] for one in row["statements"]))
        return {
            "code": section.code,
            "title": _text(section.title),
            "language": getattr(section.text, "language", self.language),
            "length": section.length,
            "blocks": blocks,
            "words": words,
            **made,
        }

    # Blocks and what stands beside them

    def _block(self, block: Block, *, leads_over: bool) -> dict[str, Any]:
        cited: list[Any] = []
        rows = [self._row(row, cited) for row in block.rows]
        needs_none = block.kind == "h3" or (leads_over and not cited)
        cards = [] if needs_none else self._cards(block, cited)
        return {"kind": block.kind, "rows": rows, "cards": cards}

    def _row(self, row: list[Run], cited: list[Any]) -> list[dict[str, Any]]:
        """A row of runs. The sources of whole records that it names stand at its end, and not after each name."""
        whole: list[Any] = []
        runs = [self._run(run, cited, whole) for run in row]
        said = {number for run in runs for number in run.get("cites", [])}
        more = [one.number for one in self.references.cite(whole) if one.number not in said]
        cited += whole
        return [*runs, {"text": "", "cites": more}] if more else runs

    def _run(self, run: Run, cited: list[Any], whole: list[Any]) -> dict[str, Any]:
        made: dict[str, Any] = {"text": run.text}
        if run.strong:
            made["strong"] = True
        if run.emphasis:
            made["emphasis"] = True
        if run.href:
            made["href"] = run.href
        if run.reference:
            made |= self._resolved(run.reference, cited, whole)
        return made

    def _resolved(self, reference: Reference, cited: list[Any], whole: list[Any]) -> dict[str, Any]:
        record = self.referred.get(reference)
        if record is None or not _is_public(record):
            # A reader sees that something was here, and nothing of what it was.
            is_draft = record is not None and record.state == State.DRAFT
            return {"text": f"[{_('not public') if is_draft else _('withdrawn')}]", "absent": True}
        if reference.kind == "counted":
            coverage = self._coverage(record)
            return {"text": coverage.printed, "href": coverage.url} if coverage else {"text": ""}
        if reference.kind == "claim":
            record = next((one for one in record.statements.all() if one.preferred), None)
            if record is None:
                return {"text": _("not documented"), "absent": True}
        if isinstance(record, Partner):
            # That a body is named needs no proof; what it does is cited where it is said.
            return {"text": str(record.name), "href": record.get_absolute_url()}
        if isinstance(record, Project | Visit | Milestone):
            whole += record.citations.all()
            return {"text": _plain_title(record), "href": record.get_absolute_url()}
        is_source = isinstance(record, Source)
        # A source that the text names itself is cited as the records’ sources are.
        citations = [StatementCitation(source=record)] if is_source else list(record.citations.all())
        cited += citations
        made: dict[str, Any] = {"cites": [one.number for one in self.references.cite(citations)]}
        if is_source:
            return {"text": "", **made}
        if reference.kind == "quote":
            return {"text": record.quote, "quoted": record.quote_language, **made}
        if isinstance(record, Statement):
            return {"text": record.figure or record.quote, **made}
        return {"text": _plain_title(record), "href": record.get_absolute_url(), **made}

    def _cards(self, block: Block, cited: list[Any]) -> list[dict[str, Any]]:
        """The evidence for a paragraph: its strongest sources, other figures that are stated, or that there is none."""
        sources = {citation.source.pk: citation.source for citation in cited if citation.source.is_published}
        best = sorted(sources.values(), key=lambda source: (source.mark, -_rank(source)))
        cards = [_source_card(source) for source in best[:MOST_CARDS]]
        if len(best) > MOST_CARDS:
            more = len(best) - MOST_CARDS
            text = ngettext("%(count)s more source, below", "%(count)s more sources, below", more) % {"count": more}
            cards.append(_card("more", text=text))
        cards += list(self._others(block))
        if any(one.kind == "counted" for one in block.references()):
            text = _("Each of the records counted names its own sources.")
            cards.append(_card("counted", _("Counted in this record"), text))
        if not cards:
            text = _("This paragraph cites no source.")
            cards.append(_card("nothing", _("No source"), text, mark="nothing", label=_("Not documented")))
        return cards

    def _others(self, block: Block) -> Iterator[dict[str, Any]]:
        """Figures that other sources give for a claim of this paragraph, with their dates."""
        for reference in block.references():
            record = self.referred.get(reference)
            claim = record.claim if reference.kind == "statement" and record else record
            if reference.kind not in {"claim", "statement"} or claim is None:
                continue
            here = {one.code for one in block.references()}
            others = [
                one
                for one in claim.statements.all()
                if one.state == State.PUBLISHED
                and one.figure
                and one.code not in here
                and not (reference.kind == "claim" and one.preferred)
            ]
            if others:
                text = "; ".join(
                    f"{one.figure} ({one.as_of.print() if one.as_of else _('not dated')})" for one in others
                )
                yield _card("others", _("Other sources say"), text)

    # What is made from the record

    def _claim(self, claim: Claim) -> dict[str, Any]:
        coverage = self._coverage(claim)
        statements = []
        for statement in claim.statements.all():
            numbers = [one.number for one in self.references.cite(statement.citations.all())]
            said = statement.figure or capfirst(str(statement.get_qualifier_display()))
            dated = statement.as_of.print() if statement.as_of else ""
            statements.append({"text": said, "dated": dated, "cites": numbers})
        status, label = _status(claim, coverage)
        return {
            "code": claim.code,
            "label": _text(claim.label),
            "statements": statements,
            "on_record": coverage.printed if coverage else "",
            "href": coverage.url if coverage else "",
            "status": status,
            "status_label": label,
        }

    def _beliefs(self) -> Iterator[dict[str, Any]]:
        """What only the partners themselves say, or nobody is cited for, in the version that the site leads with."""
        for claim in self.claims:
            statement = next((one for one in claim.statements.all() if one.preferred), None)
            if statement is None or strongest(statement) not in {Mark.PARTNER, Mark.NOTHING}:
                continue
            coverage = self._coverage(claim)
            if coverage and statement.value_low is not None and coverage.documented >= statement.value_low:
                continue
            said = f"{statement.figure}." if statement.figure else _("“%(quote)s”.") % {"quote": statement.quote}
            note = f" {statement.note}" if statement.note else ""
            numbers = [one.number for one in self.references.cite(statement.citations.all())]
            yield {"text": f"{claim.label}: {said}{note}", "cites": numbers}


def _text(value: object) -> str:
    """Text as data; where the page’s language has none, what there is, with its language in brackets."""
    return f"{value} ({value.language})" if isinstance(value, OtherLanguage) else str(value)


def _plain_title(record: Any) -> str:
    if isinstance(record, Milestone) and record.period:
        return f"{record.title}, {record.period.print()}"
    # A visit says its day with its title.
    return str(record.title if isinstance(record, Project | Milestone) else record)


def _rank(source: Source) -> int:
    grades = list(Source.Grade)
    return len(grades) - grades.index(Source.Grade(source.grade))


def strongest(statement: Statement) -> Mark:
    """The strongest evidence among a statement’s public sources."""
    marks = [one.source.mark for one in statement.citations.all() if one.source.is_published]
    return min(marks, default=Mark.NOTHING)


_MARKS = {Mark.ON_FILE: "full", Mark.OTHER_BODY: "half", Mark.PARTNER: "ring", Mark.NOTHING: "nothing"}


def _card(kind: str, title: str = "", text: str = "", *, mark: str = "", label: str = "") -> dict[str, Any]:
    return {"kind": kind, "title": title, "text": text, "mark": mark, "label": label}


def _source_card(source: Source) -> dict[str, Any]:
    dated = f", {source.published.print()}" if source.published else ""
    label = capfirst(str(_("document on file") if source.mark == Mark.ON_FILE else source.get_grade_display()))
    card = _card("source", f"{source.publisher}{dated}", source.title, mark=_MARKS[source.mark], label=label)
    return {**card, "language": source.language}


def _source(reference: Any) -> dict[str, Any]:
    source = reference.source
    return {
        "number": reference.number,
        "code": source.code,
        "title": source.title,
        "publisher": source.publisher,
        "published": source.published.print() if source.published else "",
        "language": source.language,
        "grade": capfirst(str(source.get_grade_display())),
        "url": source.url,
        "archive_url": source.archive_url,
        "is_dead": source.is_dead,
        "is_withdrawn": source.is_withdrawn,
        "quotations": reference.quotations,
        "href": source.get_absolute_url(),
    }


def _status(claim: Claim, coverage: Coverage | None) -> tuple[str, str]:
    """How far a claim is shown: counted where the record can count, else by its strongest evidence."""
    preferred = next((one for one in claim.statements.all() if one.preferred), None)
    if coverage is not None:
        if not coverage.documented:
            return "nothing", _("Not documented")
        claimed = preferred.value_low if preferred else None
        if claimed is not None and coverage.documented < claimed:
            return "identified", _("Partly")
        return "well", _("Documented")
    mark = strongest(preferred) if preferred else Mark.NOTHING
    words = {
        Mark.ON_FILE: _("Document on file"),
        Mark.OTHER_BODY: _("Published by another body"),
        Mark.PARTNER: _("Stated by the partners"),
        Mark.NOTHING: _("No source yet"),
    }
    return _MARKS[mark], words[mark]


def _squares() -> dict[str, Any]:
    """One square for each claimed project: solid where it is on record, outlined where it is only counted."""
    projects = count_projects()
    rest = unidentified_projects(leading_statements().get("projects"), projects)
    if rest is None or projects.documented + rest.high > MOST_SQUARES:
        return {}
    values = {"documented": projects.documented, "claimed": projects.documented + rest.high}
    words = _("%(documented)s of %(claimed)s projects and pre-studies are on record.") % values
    return {"squares": {"solid": projects.documented, "outlined": rest.high, "words": words}}


def gaps() -> Iterator[dict[str, Any]]:
    """What the record cannot show yet, counted today, the largest first."""
    leading = leading_statements()
    projects, visits, delegates = count_projects(), count_visits(), count_delegates()
    rest = unidentified_projects(leading.get("projects"), projects)
    if rest and rest.high:
        yield _line(
            _("%(rest)s of the %(claimed)s projects and pre-studies: no title, year or report.")
            % {"rest": rest.printed, "claimed": leading["projects"].figure}
        )
    if "visits" in leading:
        values = {"claimed": leading["visits"].figure, "documented": visits.printed}
        yield _line(_("Visits: %(claimed)s are claimed; %(documented)s are documented.") % values)
    if "delegates" in leading:
        values = {"claimed": leading["delegates"].figure, "documented": delegates.printed}
        yield _line(_("Delegates: %(claimed)s are claimed; the number of %(documented)s is documented.") % values)
    identified = Project.objects.identified()
    total = identified.count()
    for words, number in (
        (_("Projects without a year: %(number)s of %(total)s."), identified.lacking("period").count()),
        (_("Projects whose budget is not documented: %(number)s of %(total)s."), _without_budget(identified)),
        (
            _("Projects without a documented result in Sweden: %(number)s of %(total)s."),
            identified.lacking("result_sweden").count(),
        ),
        (
            _("Projects without a documented result in South Africa: %(number)s of %(total)s."),
            identified.lacking("result_south_africa").count(),
        ),
        (_("Projects with only one source: %(number)s of %(total)s."), identified.lacking("second_source").count()),
    ):
        if number:
            yield _line(words % {"number": print_number(number), "total": print_number(total)})
    themes = [str(theme) for theme in Theme.objects.without_projects().founding()]
    if themes:
        yield _line(_("Areas of the founding text without a project: %(themes)s.") % {"themes": ", ".join(themes)})
    if not Document.objects.published().filter(kind=Document.Kind.MEMORANDUM).exists():
        yield _line(_("The Memorandum of Understanding: no copy is on file."))
    if not Document.objects.published().exists():
        yield _line(_("Agreements, applications and final reports: none is on file."))


def _without_budget(projects: Any) -> int:
    return projects.filter(budget_amount__isnull=True).count()


def _line(text: str) -> dict[str, Any]:
    return {"text": text, "cites": []}


def _words(*texts: str) -> int:
    return sum(len(re.findall(r"\w+", text)) for text in texts)
