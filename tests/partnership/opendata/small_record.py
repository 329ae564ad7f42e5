"""A small public record in which no two values are alike, so that a document that swaps two of them is another one."""

from __future__ import annotations

import datetime
from typing import Any

from partnership.models import (
    AwardRound,
    Claim,
    Criterion,
    LoggedSearch,
    MilestoneCitation,
    Partner,
    PartnerCitation,
    PartnerIdentifier,
    PartnerName,
    QuestionSheet,
    Revision,
    Section,
    Source,
    Statement,
    StatementCitation,
    Submission,
    Succession,
)
from partnership.publishing import State, record_models
from projects.models import Goal, Output, OutputCitation, Participation, Project, ProjectCitation, ProjectInference
from tests.factories import make_milestone, make_partner, make_project, make_source, make_theme, make_visit
from visits.models import Delegates, Profession, VisitCitation

FIRST_CHANGE = datetime.datetime(2026, 3, 1, 8, 0, tzinfo=datetime.UTC)


def make_small_record() -> Submission:
    """Hides the record that the tests begin with and makes another; returns its dossier."""
    for model in record_models():
        model._default_manager.exclude(state=State.DRAFT).update(state=State.DRAFT, merged_into=None)
    Statement.objects.update(state=State.DRAFT)
    for model in (LoggedSearch, QuestionSheet, Criterion, Delegates, Profession):
        model.objects.all().delete()
    sources = _sources()
    partners = _partners(sources)
    projects = _projects(sources, partners)
    _visits(sources, partners, projects)
    milestone = make_milestone(
        code="pact", title_en="The pact", title_sv="Pakten", text_en="Both sign.", text_sv="Båda skriver på.",
        period="2009-09-19",
    )  # fmt: skip
    MilestoneCitation.objects.create(milestone=milestone, source=sources["gazette"], locator="p. 12")
    _claim(sources)
    submission = Submission.objects.create(
        code="prize", title_en="The prize", title_sv="Priset", state=State.PUBLISHED,
        round=_round(), applicant=partners["west"], status="submitted", category="Twinning",
    )  # fmt: skip
    Section.objects.create(
        submission=submission, code="choirs", position=3, length="two", title_en="Choirs", title_sv="Körer",
        text_en="They sang {project:choir}.", text_sv="De sjöng {project:choir}.",
    )  # fmt: skip
    _date()
    Revision.objects.create(
        pk=7001, model_name="project", code="choir", version=2, title={"en": "The choir", "sv": "Kören"},
        action="changed", is_public=True,
        reason="The budget was misread.", partner=partners["east"], content={}, fields=["budget_amount"],
    )  # fmt: skip
    Revision.objects.update(made_at=FIRST_CHANGE + datetime.timedelta(days=40))
    return submission


def _round() -> AwardRound:
    award = AwardRound.objects.create(code="song-prize-2018", award="Song prize", year=2018)
    Criterion.objects.create(round=award, code="loud", name_en="Loud", name_sv="Högt", position=1)
    Criterion.objects.create(round=award, code="joint", name_en="Joint", name_sv="Ihop", is_condition=True, position=2)
    return award


def _sources() -> dict[str, Source]:
    return {
        "gazette": make_source(
            code="gazette", title="Körer i söder", publisher="Smålands blad (webben)", grade="press", kind="news",
            language="sv", published="2011-04-13", url="https://gazette.example/41", read_on="2026-01-05",
            archive_url="https://archive.example/gazette/41",
        ),
        "report": make_source(
            code="report", title="Choirs, a report", publisher="The fund", grade="funder", kind="report",
            language="en", published="2012-10", url="https://fund.example/r/52", read_on="2026-01-06",
        ),
        "minutes": make_source(
            code="minutes", title="Notule", publisher="Oosstad", grade="partner", kind="archive", language="af",
            published="2013",
        ),
        "thesis": make_source(
            code="thesis", title="Twinned towns & their songs", publisher="A university", grade="reference_work",
            kind="thesis", language="en", published="2014-02-21", url="https://university.example/t/63",
        ),
    }  # fmt: skip


def _partners(sources: dict[str, Source]) -> dict[str, Partner]:
    partners = {
        "west": make_partner(
            code="west", name_en="Westville", name_sv="Väststad", short_name_en="West", short_name_sv="Väst",
            kind="municipality", country="SE", role="formal", latitude="56.87700", longitude="14.80900",
            town="Lakeside", website="https://west.example/", active="1971-01-02/",
            description_en="A town of lakes.", description_sv="En stad med sjöar.", position=1,
        ),
        "east": make_partner(
            code="east", name_en="Eastville", name_sv="Oststad", kind="municipality", country="ZA", role="formal",
            latitude="-26.71500", longitude="27.10300", description_en="A town of gold.",
            description_sv="En stad med guld.", position=2,
        ),
        "older": make_partner(
            code="older", name_en="Older East", name_sv="Äldre Ost", kind="municipality", country="ZA",
            role="associated", position=3,
        ),
        "fund": make_partner(
            code="fund", name_en="The fund", name_sv="Fonden", kind="funder", country="SE", role="funder", position=4
        ),
    }  # fmt: skip
    Succession.objects.create(predecessor=partners["older"], successor=partners["east"], date="2010-08-03")
    PartnerName.objects.create(
        partner=partners["west"], name_en="Westmarket", name_sv="Västköping", period="/2007-06-30"
    )
    PartnerIdentifier.objects.create(
        partner=partners["east"], scheme="wikidata", value="Q717171", source=sources["thesis"]
    )
    PartnerCitation.objects.create(partner=partners["west"], source=sources["thesis"], about="name", locator="p. 3")
    PartnerCitation.objects.create(partner=partners["fund"], source=sources["report"], locator="p. 1")
    return partners


def _projects(sources: dict[str, Source], partners: dict[str, Partner]) -> dict[str, Project]:
    themes = [
        make_theme(code="song", name_en="Song", name_sv="Sång", dac_sectors="16061", position=5),
        make_theme(code="water", name_en="Water", name_sv="Vatten", dac_sectors="14010", in_founding_list=True),
    ]
    before = make_project(
        code="band", title_en="The band", title_sv="Orkestern", sources=0, themes=[themes[0]], period="2008",
        status="ongoing", in_founding_count="yes",
    )  # fmt: skip
    project = make_project(
        code="choir", title_en="The choir", title_sv="Kören", title_original="Kören – singing, part 2", sources=0,
        themes=themes, period="2011-02-07/2012-11-16", status="completed", summary_en="They sing.",
        summary_sv="De sjunger.", continues=before, budget_amount=345600, budget_currency="SEK",
        budget_basis="granted", external_reference="dnr 2010/77", in_founding_count="yes", note_en="One note.",
        note_sv="En not.", period_note_en="School years.", period_note_sv="Läsår.",
    )  # fmt: skip
    for code, role in (("west", "owner"), ("older", "partner"), ("fund", "funder")):
        Participation.objects.create(project=project, partner=partners[code], role=role)
    Participation.objects.create(project=before, partner=partners["east"], role="participant")
    project.objectives.create(text_en="To sing in two keys", text_sv="Att sjunga i två tonarter")
    Goal.objects.create(project=project, number=11)
    ProjectInference.objects.create(
        project=before, about="period", reason_en="From a photograph.", reason_sv="Av ett foto."
    )
    ProjectCitation.objects.create(
        project=project, source=sources["gazette"], about="period", locator="p. 8", says_en="It began in winter.",
        says_sv="Det började på vintern.",
    )  # fmt: skip
    ProjectCitation.objects.create(project=project, source=sources["report"], about="budget", locator="p. 15")
    ProjectCitation.objects.create(project=before, source=sources["minutes"])
    outputs = [
        Output.objects.create(
            code="songbook", project=project, kind="hard", side="sweden", text_en="A songbook", text_sv="En sångbok",
            state=State.PUBLISHED,
        ),
        Output.objects.create(
            code="courage", project=project, kind="soft", side="south_africa", soft_kind=Output.SoftKind.values[1],
            sphere=Output.Sphere.values[1], text_en="Courage", text_sv="Mod", said_by=partners["older"],
            state=State.PUBLISHED,
        ),
    ]  # fmt: skip
    for output, source, page in zip(outputs, ("report", "thesis"), (16, 94), strict=True):
        OutputCitation.objects.create(output=output, source=sources[source], locator=f"p. {page}", about="result")
    return {"choir": project, "band": before}


def _visits(sources: dict[str, Source], partners: dict[str, Partner], projects: dict[str, Project]) -> None:
    days = make_visit(
        code="tour", sources=0, direction="to_sweden", hosts=[partners["west"]], guests=[partners["older"]],
        projects=[projects["choir"]], period="2011-05-23/2011-05-27", delegates=14, delegates_high=17,
        purpose_en="To sing together; in May", purpose_sv="Att sjunga ihop, i maj", in_founding_count="yes",
        how_known="reported",
    )  # fmt: skip
    VisitCitation.objects.create(visit=days, source=sources["gazette"], about="delegates", locator="p. 9")
    VisitCitation.objects.create(visit=days, source=sources["report"])
    singers = Profession.objects.create(code="singers", name_en="singers", name_sv="sångare", in_founding_list=True)
    players = Profession.objects.create(code="players", name_en="players", name_sv="spelare", position=7)
    days.professions.create(profession=singers, number=9)
    days.professions.create(profession=players)
    autumn = make_visit(
        code="return", sources=0, direction="to_south_africa", hosts=[partners["east"]], guests=[partners["west"]],
        projects=[projects["band"]], period="2012-23", delegates=6, how_known="announced", in_founding_count="unknown",
    )  # fmt: skip
    VisitCitation.objects.create(visit=autumn, source=sources["minutes"], locator="p. 2")
    # One day alone, the last of a year.
    day = make_visit(
        code="day", sources=0, direction="to_south_africa", hosts=[partners["older"]], guests=[partners["fund"]],
        period="2013-12-31", delegates=2, in_founding_count="no",
        title_override_en="New Year", title_override_sv="Nyår",
    )  # fmt: skip
    VisitCitation.objects.create(visit=day, source=sources["thesis"], locator="p. 71")


def _claim(sources: dict[str, Source]) -> None:
    claim = Claim.objects.create(
        code="many-visits", label_en="Visits, as claimed", label_sv="Besök, som det sägs", unit_en="visits",
        unit_sv="besök", counts="visits", counts_until="2013-06-29", state=State.PUBLISHED, position=1,
    )  # fmt: skip
    statement = Statement.objects.create(
        code="many-visits-gazette", claim=claim, value_low=21, value_high=24, qualifier="about", preferred=True,
        wording_en="some twenty visits", wording_sv="ett tjugotal besök", state=State.PUBLISHED,
        as_of="2013-06", quote="ett tjugotal besök hit och dit", quote_language="sv",
    )  # fmt: skip
    StatementCitation.objects.create(statement=statement, source=sources["gazette"], locator="p. 10")


def _date() -> None:
    """Each record is published on a day of its own and changed an hour and some minutes later."""
    number = 0
    for model in record_models():
        for record in model._default_manager.filter(state=State.PUBLISHED).order_by("code"):
            number += 1
            published = FIRST_CHANGE + datetime.timedelta(days=number)
            values: dict[str, Any] = {"published_at": published, "created_at": published}
            changed = published + datetime.timedelta(hours=1, minutes=number)
            model._default_manager.filter(pk=record.pk).update(**values, modified_at=changed)
