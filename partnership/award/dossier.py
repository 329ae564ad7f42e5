"""A dossier as data: each section with its references resolved, the evidence for each paragraph, and what is missing.

The page, the frozen edition and the PDF are all rendered from this mapping of text, numbers and lists. Its keys are
part of the format of editions (``formats.FORMAT``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse
from django.utils import translation
from django.utils.dateformat import format as in_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from projects.models import Output, OutputCitation, Project, Theme
from visits.models import Visit

from ..coverage import (
    Coverage,
    count_all_facts,
    count_delegates,
    count_projects,
    count_visits,
    coverage_of,
    leading_statements,
    unidentified_projects,
    with_statements,
)
from ..fields.markdown import Block, Reference, Run, parse
from ..fields.numbers import print_number
from ..fields.translated import OtherLanguage
from ..figures import NUMBERS
from ..models import Claim, Document, Milestone, Partner, Section, Source, Statement, StatementCitation, Submission
from ..models.evidence import Mark
from ..pictures.alone import on_paper
from ..publishing import State
from ..references import References
from ..search import PAGES
from .record_references import ReferencedRecords, is_public, reference_pages

#: The lengths of sections in each reading, shortest first. The names are upper limits in minutes.
LENGTHS = {"two": ("two",), "ten": ("two", "ten"), "full": ("two", "ten", "full")}
#: Words per minute of a careful reader of prose, for the reading time.
WORDS_A_MINUTE = 200
#: Cards for sources in the margin of one paragraph; further sources are only counted.
MOST_CARDS = 2
#: Results and gaps in the reading of two minutes.
MOST_RESULTS = MOST_GAPS = 3
#: Claimed projects up to which each is drawn as a square.
MOST_SQUARES = 150


def content_of(submission: Submission, language: str, *, length: str = "full") -> dict[str, Any]:
    """The dossier in a language; ``length`` is “two” or “ten” (minutes of reading) or “full”."""
    with translation.override(language):
        return reading(TextWriter(list(submission.sections.all()), language).content(submission), length)


def with_pictures(content: dict[str, Any], language: str) -> dict[str, Any]:
    """The content for paper and for an edition, which hold their pictures themselves; older editions have none."""
    with translation.override(language):
        return {**content, "pictures": on_paper()}


def reading(content: dict[str, Any], length: str) -> dict[str, Any]:
    """The reading of a whole dossier, of today or frozen, in “two” or “ten” minutes, or “full”.

    Two minutes are the strongest results and the largest gaps; numbers of sources stay what they are in the whole.
    """
    if length == "full":
        return content
    is_short = length == "two"
    sections = [_shortened(section) if is_short else section for section in content["sections"]]
    sections = [section for section in sections if section["length"] in LENGTHS[length]]
    strongest = content.get("strongest", []) if is_short else []
    cited = {*content["cites"], *(number for section in sections for number in _numbers_in(section))}
    return {
        **content,
        "sections": sections,
        "strongest": strongest,
        "words": sum(section["words"] for section in sections) + _words_of_results(strongest),
        "sources": [source for source in content["sources"] if source["number"] in cited],
    }


def _words_of_results(results: list[dict[str, Any]]) -> int:
    return sum(
        _words(result["text"], result["project"], *(evidence["says"] for evidence in result["evidence"]))
        for result in results
    )


def _shortened(section: dict[str, Any]) -> dict[str, Any]:
    """A list of gaps cut to its largest, which follow the count of all facts."""
    lines = section.get("lines", [])
    if "squares" not in section or len(lines) <= MOST_GAPS + 1:
        return section
    dropped = sum(_words(line["text"]) for line in [lines[0], *lines[MOST_GAPS + 1 :]])
    return {**section, "lines": lines[1 : MOST_GAPS + 1], "words": section["words"] - dropped}


def _numbers_in(content: Any) -> Iterator[int]:
    """The numbers of all sources that are cited anywhere in a part of a dossier."""
    if isinstance(content, dict):
        yield from content.get("cites", [])
        content = [value for key, value in content.items() if key != "cites"]
    if isinstance(content, list):
        for part in content:
            yield from _numbers_in(part)


class TextWriter:
    """Resolves the texts of sections, and what is written like them, numbering the sources as they are first cited."""

    def __init__(self, sections: list[Any], language: str):
        self.language = language
        self.sections = sections
        self.parsed = {section.pk: parse(str(section.text))[0] for section in sections}
        self.records = ReferencedRecords(
            reference for blocks in self.parsed.values() for block in blocks for reference in block.references()
        )
        self.references = References()
        self.claims = list(with_statements(Claim.objects.published()))
        self._coverages: dict[str, Coverage | None] = {}

    def content(self, submission: Submission) -> dict[str, Any]:
        # The entry first: its citations get the first numbers.
        entry = self._entry(submission)
        sections = [self._section(section) for section in self.sections]
        return {
            **entry,
            "sections": sections,
            "strongest": strongest_results(),
            "words": sum(section["words"] for section in sections),
            "sources": [_source(reference) for reference in self.references],
        }

    def _entry(self, submission: Submission) -> dict[str, Any]:
        return {
            "title": _text(submission.title),
            "lead": _text(submission.lead),
            "award": str(submission.round),
            "applicant": _text(submission.applicant.name) if submission.applicant.is_published else "",
            "applicant_href": submission.applicant.get_absolute_url() if submission.applicant.is_published else "",
            "category": submission.category,
            "submitted": submission.submitted.print() if submission.submitted else "",
            "status": capfirst(str(submission.get_status_display())),
            "outcome": _text(submission.outcome),
            "cites": self._cite(submission.citations.all()),
            "note": _text(submission.note),
        }

    def _cite(self, citations: Iterable[Any]) -> list[int]:
        """The numbers of these citations’ sources on the page."""
        return [reference.number for reference in self.references.cite(citations)]

    def _coverage(self, claim: Claim) -> Coverage | None:
        if claim.code not in self._coverages:
            self._coverages[claim.code] = coverage_of(claim)
        return self._coverages[claim.code]

    def _section(self, section: Section) -> dict[str, Any]:
        # Text that introduces generated content needs no evidence of its own.
        blocks = self.blocks(section, leads_over=bool(section.shows))
        generated: dict[str, Any] = {}
        if section.shows == Section.Shows.CLAIMS:
            generated = {"claims": [self._claim(claim) for claim in self.claims]}
        elif section.shows == Section.Shows.GAPS:
            generated = {"lines": list(gaps(self._cite)), **_squares()}
        elif section.shows == Section.Shows.BELIEFS:
            generated = {"lines": list(self._beliefs())}
        words = sum(_words(run["text"]) for block in blocks for row in block["rows"] for run in row)
        words += sum(_words(line["text"]) for line in generated.get("lines", []))
        words += sum(_words(card["title"], card["text"]) for block in blocks for card in block["cards"])
        for row in generated.get("claims", []):
            words += _words(row["label"], *(statement["text"] for statement in row["statements"]))
            words += _words(*(reply for statement in row["statements"] for reply in statement.get("replies", ())))
        return {
            "code": section.code,
            "title": _text(section.title),
            "language": getattr(section.text, "language", self.language),
            "length": section.length,
            "blocks": blocks,
            "words": words,
            **generated,
        }

    # Blocks and their margin

    def blocks(self, section: Any, *, leads_over: bool = False) -> list[dict[str, Any]]:
        """The paragraphs of one text; those that lead over to what is generated need no evidence of their own."""
        return [self._block(block, leads_over=leads_over) for block in self.parsed[section.pk]]

    def _block(self, block: Block, *, leads_over: bool) -> dict[str, Any]:
        cited: list[Any] = []
        rows = [self._row(row, cited) for row in block.rows]
        needs_none = block.kind == "h3" or (leads_over and not cited)
        cards = [] if needs_none else self._cards(block, cited)
        return {"kind": block.kind, "rows": rows, "cards": cards}

    def _row(self, row: list[Run], cited: list[Any]) -> list[dict[str, Any]]:
        """A row of runs. The sources of the records that it names are cited at its end, and not after each name."""
        at_end: list[Any] = []
        runs = [self._run(run, cited, at_end) for run in row]
        numbers = {number for run in runs for number in run.get("cites", [])}
        further = [number for number in self._cite(at_end) if number not in numbers]
        cited += at_end
        return [*runs, {"text": "", "cites": further}] if further else runs

    def _run(self, run: Run, cited: list[Any], at_end: list[Any]) -> dict[str, Any]:
        data: dict[str, Any] = {"text": run.text}
        if run.strong:
            data["strong"] = True
        if run.emphasis:
            data["emphasis"] = True
        if run.href:
            data["href"] = run.href
        if run.reference:
            data |= self._resolved(run.reference, cited, at_end)
        return data

    def _resolved(self, reference: Reference, cited: list[Any], at_end: list[Any]) -> dict[str, Any]:
        """What a reference prints. Citations are added to ``cited``, or to ``at_end`` for the end of the row."""
        if reference.kind == "number":
            return {"text": NUMBERS[reference.code]()}
        if reference.kind == "page":
            name = reference_pages()[reference.code]
            return {"text": str(PAGES[name][0]), "href": reverse(name)}
        record = self.records.get(reference)
        if record is None or not is_public(record):
            # A reader sees that something was here, and nothing of what it was.
            is_draft = record is not None and record.state == State.DRAFT
            return {"text": f"[{_('not public') if is_draft else _('withdrawn')}]", "absent": True}
        if reference.kind == "counted":
            coverage = self._coverage(record)
            return {"text": coverage.printed, "href": coverage.url} if coverage else {"text": ""}
        if reference.kind == "claim":
            record = _preferred(record)
            if record is None:
                return {"text": _("not documented"), "absent": True}
        if isinstance(record, Partner):
            # A partner’s name needs no source; what it does is cited where it is stated.
            return {"text": str(record.name), "href": record.get_absolute_url()}
        if isinstance(record, Project | Visit | Milestone):
            at_end += record.citations.all()
            return {"text": _plain_title(record), "href": record.get_absolute_url()}
        is_source = isinstance(record, Source)
        # A source that the text itself refers to is cited like the sources of records.
        citations = [StatementCitation(source=record)] if is_source else list(record.citations.all())
        cited += citations
        cites = self._cite(citations)
        if is_source:
            return {"text": "", "cites": cites}
        if reference.kind == "quote":
            return {"text": record.quote, "quoted": record.quote_language, "cites": cites}
        if isinstance(record, Statement):
            return {"text": record.figure or record.quote, "cites": cites}
        return {"text": _plain_title(record), "href": record.get_absolute_url(), "cites": cites}

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
        if any(reference.kind == "counted" for reference in block.references()):
            text = _("Each of the records counted names its own sources.")
            cards.append(_card("counted", _("Counted in this record"), text))
        if not cards:
            text = _("This paragraph cites no source.")
            cards.append(_card("nothing", _("No source"), text, mark="nothing", label=_("Not documented")))
        return cards

    def _others(self, block: Block) -> Iterator[dict[str, Any]]:
        """Figures that other sources give for a claim of this paragraph, with their dates."""
        for reference in block.references():
            record = self.records.get(reference)
            claim = record.claim if reference.kind == "statement" and record else record
            if reference.kind not in {"claim", "statement"} or claim is None:
                continue
            codes = {other.code for other in block.references()}
            others = [
                statement
                for statement in claim.statements.all()
                if statement.state == State.PUBLISHED
                and statement.figure
                and statement.code not in codes
                and not (reference.kind == "claim" and statement.preferred)
            ]
            if others:
                text = "; ".join(
                    f"{other.figure} ({other.as_of.print() if other.as_of else _('not dated')})" for other in others
                )
                yield _card("others", _("Other sources say"), text)

    # What is generated from the record

    def _claim(self, claim: Claim) -> dict[str, Any]:
        coverage = self._coverage(claim)
        statements = []
        for statement in claim.statements.all():
            cites = self._cite(statement.citations.all())
            text = statement.figure or capfirst(str(statement.get_qualifier_display()))
            dated = statement.as_of.print() if statement.as_of else ""
            row = {"text": text, "dated": dated, "cites": cites}
            if replies := [_reply(reply) for reply in statement.replies.all()]:
                row["replies"] = replies
            statements.append(row)
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
        """The preferred statements that rest on the partners’ own word alone, or on no source."""
        for claim in self.claims:
            statement = _preferred(claim)
            if statement is None or strongest(statement) not in {Mark.PARTNER, Mark.WITNESS, Mark.NOTHING}:
                continue
            coverage = self._coverage(claim)
            if coverage and statement.value_low is not None and coverage.documented >= statement.value_low:
                continue
            words = f"{statement.figure}." if statement.figure else _("“%(quote)s”.") % {"quote": statement.quote}
            note = f" {statement.note}" if statement.note else ""
            yield {"text": f"{claim.label}: {words}{note}", "cites": self._cite(statement.citations.all())}


def _reply(reply: Any) -> str:
    """A partner’s own words on a statement, with who and when."""
    about = {"partner": reply.partner.brief, "day": in_format(reply.given_on, "j F Y")}
    return f"{_('%(partner)s replies, %(day)s:') % about} {_text(reply.text)}"


def _preferred(claim: Claim) -> Statement | None:
    return next((statement for statement in claim.statements.all() if statement.preferred), None)


def _text(value: object) -> str:
    """Text as data; where the page’s language has none, what there is, with its language in brackets."""
    return f"{value} ({value.language})" if isinstance(value, OtherLanguage) else str(value)


def _plain_title(record: Any) -> str:
    if isinstance(record, Milestone) and record.period:
        return f"{record.title}, {record.period.print()}"
    # The text form of a visit includes its day.
    return str(record.title if isinstance(record, Project | Milestone) else record)


def _rank(source: Source) -> int:
    grades = list(Source.Grade)
    return len(grades) - grades.index(Source.Grade(source.grade))


def strongest(statement: Statement) -> Mark:
    """The strongest evidence among a statement’s public sources."""
    marks = [citation.source.mark for citation in statement.citations.all() if citation.source.is_published]
    return min(marks, default=Mark.NOTHING)


def _card(kind: str, title: str = "", text: str = "", *, mark: str = "", label: str = "") -> dict[str, Any]:
    return {"kind": kind, "title": title, "text": text, "mark": mark, "label": label}


def _source_card(source: Source) -> dict[str, Any]:
    dated = f", {source.published.print()}" if source.published else ""
    if source.is_withdrawn:
        return {**_card("source", "", source.title, mark=source.mark.sign, label=""), "language": source.language}
    label = capfirst(str(source.mark.label if source.mark == Mark.ON_FILE else source.get_grade_display()))
    card = _card("source", f"{source.publisher}{dated}", source.title, mark=source.mark.sign, label=label)
    return {**card, "language": source.language}


def _source(reference: Any) -> dict[str, Any]:
    source = reference.source
    # Of a withdrawn source the title stays, and its page with the reason.
    shown = not source.is_withdrawn
    return {
        "number": reference.number,
        "code": source.code,
        "title": source.title,
        "publisher": source.publisher if shown else "",
        "published": source.published.print() if shown and source.published else "",
        "language": source.language,
        "grade": capfirst(str(source.get_grade_display())) if shown else "",
        "url": source.url if shown else "",
        "archive_url": source.archive_url if shown else "",
        "is_dead": source.is_dead,
        "is_withdrawn": source.is_withdrawn,
        "quotations": reference.quotations if shown else [],
        "sayings": [
            {"says": _text(passage.says), "place": passage.place, "quotation": passage.quotation}
            for passage in (reference.passages if shown else [])
        ],
        "href": source.get_absolute_url(),
    }


def _status(claim: Claim, coverage: Coverage | None) -> tuple[str, str]:
    """The status of a claim and its label: by count where the record can count, else by the strongest evidence."""
    preferred = _preferred(claim)
    if coverage is not None:
        if not coverage.documented:
            return "nothing", capfirst(str(Mark.NOTHING.label)) if not coverage.circular else _(
                "Only by the claim itself"
            )
        claimed = preferred.value_low if preferred else None
        if claimed is not None and coverage.documented < claimed:
            return "identified", _("Counted in part")
        return "well", _("Counted in full")
    mark = strongest(preferred) if preferred else Mark.NOTHING
    return mark.sign, capfirst(str(mark.label))


def _squares() -> dict[str, Any]:
    """One square for each claimed project: solid where it is on record, outlined where it is only counted."""
    projects = count_projects()
    rest = unidentified_projects(leading_statements().get("projects"), projects)
    if rest is None or projects.documented + rest.high > MOST_SQUARES:
        return {}
    values = {"documented": projects.documented, "claimed": projects.documented + rest.high}
    words = _("%(documented)s of %(claimed)s projects and pre-studies are named.") % values
    return {"squares": {"solid": projects.documented, "outlined": rest.high, "words": words}}


def gaps(cite: Callable[[Iterable[Any]], list[int]]) -> Iterator[dict[str, Any]]:
    """What the record cannot show yet, counted today, the largest gap first; what is claimed with who claims it."""
    counted = count_all_facts()
    yield _line(
        _(
            "Evidence to the sentence: %(shown)s of %(total)s facts. Inferred: %(inferred)s. "
            "Without a source: %(unsupported)s."
        )
        % {
            "shown": print_number(counted.shown),
            "total": print_number(counted.total),
            "inferred": print_number(counted.inferred),
            "unsupported": print_number(counted.unsupported),
        }
    )
    leading = leading_statements()
    projects, visits, delegates = count_projects(), count_visits(), count_delegates()
    rest = unidentified_projects(leading.get("projects"), projects)
    if rest and rest.high:
        yield _line(
            _("%(rest)s of the %(claimed)s projects and pre-studies: no title, year or report.")
            % {"rest": rest.printed, "claimed": leading["projects"].figure},
            cite(leading["projects"].citations.all()),
        )
    if "visits" in leading:
        values = {"claimed": leading["visits"].figure, "documented": visits.printed}
        words = _("Visits until January 2018: %(claimed)s are claimed; %(documented)s are named.") % values
        yield _line(words, cite(leading["visits"].citations.all()))
    if "delegates" in leading:
        values = {"claimed": leading["delegates"].figure, "documented": delegates.printed}
        yield _line(
            _("Delegates until January 2018: %(claimed)s are claimed; the number of %(documented)s is known.") % values,
            cite(leading["delegates"].citations.all()),
        )
    identified = Project.objects.identified()
    total = identified.count()
    for words, count in (
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
        (
            _("Projects that one issuer alone tells of: %(number)s of %(total)s."),
            identified.lacking("second_source").count(),
        ),
    ):
        if count:
            yield _line(words % {"number": print_number(count), "total": print_number(total)})
    themes = [str(theme) for theme in Theme.objects.without_projects().founding()]
    if themes:
        yield _line(_("Areas of the entry of 2018 without a project: %(themes)s.") % {"themes": ", ".join(themes)})
    if not Document.objects.published().filter(kind=Document.Kind.MEMORANDUM).exists():
        yield _line(_("The Memorandum of Understanding: no copy is on file."))
    if not Document.objects.published().exists():
        yield _line(_("Agreements, applications and final reports: none is on file."))


def _without_budget(projects: Any) -> int:
    return projects.filter(budget_amount__isnull=True).count()


def _line(text: str, cites: Iterable[int] = ()) -> dict[str, Any]:
    return {"text": text, "cites": list(cites)}


def strongest_results() -> list[dict[str, Any]]:
    """The best result of each project: by its strongest evidence, then hard ones, then those with a side."""
    outputs = list(
        Output.objects.public()
        .filter(project__in=Project.objects.identified(), inferences=None)
        .select_related("project")
        .prefetch_related(
            Prefetch("citations", queryset=OutputCitation.objects.with_marks()),
            Prefetch("project__themes", queryset=Theme.objects.published()),
        )
    )
    outputs = [output for output in outputs if any(citation.source.is_published for citation in output.citations.all())]
    best: list[Output] = []
    for output in sorted(outputs, key=_by_strength):
        if output.project not in [other.project for other in best]:
            best.append(output)
    return [
        {
            "text": _text(output.text),
            "theme": next((theme.code for theme in output.project.themes.all()), ""),
            "project": _text(output.project.title),
            "href": output.project.get_absolute_url(),
            "when": output.project.period.print() if output.project.period else "",
            "evidence": [saying(citation) for citation in output.citations.all() if citation.source.is_published],
        }
        for output in best[:MOST_RESULTS]
    ]


def _by_strength(output: Output) -> tuple[Any, ...]:
    marks = [citation.source.mark for citation in output.citations.all() if citation.source.is_published]
    return min(marks), output.kind != Output.Kind.HARD, output.side == Output.Side.NOT_STATED, output.code


def saying(citation: Any) -> dict[str, str]:
    """What a source says, who it is, and where in it, as data."""
    source = citation.source
    return {
        "sign": source.mark.sign,
        "who": f"{source.issuer} ({source.get_grade_display()})",
        "says": _text(citation.says),
        "kind": capfirst(str(source.get_kind_display())),
        "href": source.get_absolute_url(),
        "locator": citation.place,
        "quotation": citation.quotation,
        "quotation_language": source.language,
    }


def _words(*texts: str) -> int:
    return sum(len(re.findall(r"\w+", text)) for text in texts)
