"""Sample records for measuring the site with a large record. Every title says that it is sample data.

They never stand beside the real record: ``manage.py sample_record`` refuses a database that holds anything else, and
each page of a database with samples says so.
"""

from __future__ import annotations

import random
from datetime import date

from django.db import connection

from projects.models import Participation, Project, ProjectCitation, Theme
from visits.models import Visit, VisitCitation

from ..models import Contribution, Follower, Following, Partner, Revision, SeededRecord, Source
from ..models.contributions import key_hash
from ..models.evidenced import COUNTED_ON
from ..models.mail import random_key
from ..models.seed import SAMPLE_PREFIX
from ..publishing import State

#: The first projects and visits share a year, a theme and a partner: a page of these has the same length however large
#: the record is, so that measurements can be compared.
ALIKE = 40


def holds_anything() -> bool:
    """Whether there is a record, sample or real, or a trace of work on one; tables need not exist yet."""
    tables = connection.introspection.table_names()
    checked = (Source, Theme, Partner, Project, Visit, Revision, SeededRecord)
    return any(model._meta.db_table in tables and model._default_manager.exists() for model in checked)


_WORDS = (
    "library school water budget health rescue planning youth care sport culture energy training women leadership "
    "finance road housing waste climate mentor exchange council archive garden market traffic nursing music safety"
).split()

_SWEDISH_WORDS = (
    "bibliotek skola vatten budget omsorg brandkår planering ungdom vård idrott kultur energi utbildning kvinnor "
    "ledarskap ekonomi väg bostad avfall klimat mentor utbyte nämnd arkiv trädgård marknad trafik vårdcentral musik"
).split()


def _words(chance: random.Random, count: int, words: list[str] = _WORDS) -> str:
    return " ".join(chance.choice(_words_of(chance, words)) for _word in range(count))


def _words_of(chance: random.Random, words: list[str]) -> list[str]:
    # Mostly common words, and a rare one now and then, as in real text.
    return words if chance.random() < 0.9 else [f"term{chance.randrange(2000)}"]


def year(n: int) -> int:
    """The year of the nth project or visit."""
    return 2007 if n < ALIKE else 2006 + n % 20


def make(projects: int, visits: int) -> None:
    """Fills an empty database with the given numbers of projects and visits. Deterministic."""
    chance = random.Random(2006)
    sources = _make_sources(chance)
    themes = _make_themes()
    partners = _make_partners()
    sample_projects = _make_projects(projects, chance)
    _link(Project.themes.through, "project_id", "theme_id", sample_projects, themes, chance)
    _link(Participation, "project_id", "partner_id", sample_projects, partners, chance)
    _cite(ProjectCitation, "project", sample_projects, sources, chance)
    sample_visits = _make_visits(visits, chance)
    _cite(VisitCitation, "visit", sample_visits, sources, chance)
    _link(Visit.hosts.through, "visit_id", "partner_id", sample_visits, partners, chance)
    _link(Visit.guests.through, "visit_id", "partner_id", sample_visits, partners, chance)
    if sample_projects:
        _link(Visit.projects.through, "visit_id", "project_id", sample_visits, sample_projects, chance)
    _make_contributions(sample_projects)
    _make_followers()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _make_sources(chance: random.Random) -> list[Source]:
    return Source.objects.bulk_create(
        Source(
            code=f"{SAMPLE_PREFIX}s{n}",
            slug=f"{SAMPLE_PREFIX}s{n}",
            title=f"Sample source, exempelkälla: {_words(chance, 5)}",
            publisher="Sample publisher",
            grade="funder",
            language="en",
            state="published",
        )
        for n in range(60)
    )


def _make_themes() -> list[Theme]:
    return Theme.objects.bulk_create(
        Theme(
            code=f"{SAMPLE_PREFIX}t{n}",
            slug=f"{SAMPLE_PREFIX}t{n}",
            name_en=f"Sample theme {n}",
            name_sv=f"Exempeltema {n}",
            in_founding_list=n < 13,
            position=n,
            state=State.PUBLISHED,
        )
        for n in range(19)
    )


def _make_partners() -> list[Partner]:
    return Partner.objects.bulk_create(
        Partner(
            code=f"{SAMPLE_PREFIX}p{n}",
            slug=f"{SAMPLE_PREFIX}p{n}",
            name_en=f"Sample body {n}",
            name_sv=f"Exempelorgan {n}",
            kind="municipality",
            country="SE" if n % 2 else "ZA",
            role="formal" if n < 3 else "associated",
            state=State.PUBLISHED,
        )
        for n in range(25)
    )


def _make_projects(count: int, chance: random.Random) -> list[Project]:
    projects = Project.objects.bulk_create(
        (
            Project(
                code=f"{SAMPLE_PREFIX}{n}",
                slug=f"{SAMPLE_PREFIX}{n}",
                state=State.PUBLISHED,
                title_en=f"Sample {_words(chance, 4)} {n}",
                title_sv=f"Exempel {_words(chance, 4, _SWEDISH_WORDS)} {n}",
                summary_en=f"Sample data: {_words(chance, 30)}.",
                summary_sv=f"Exempeldata: {_words(chance, 30, _SWEDISH_WORDS)}.",
                kind="project" if n % 3 else "pre_study",
                status=("completed", "ongoing", "unknown")[n % 3],
                in_founding_count="yes" if n < 38 else "no",
                period=str(year(n)) if n % 4 or n < ALIKE else "",
                earliest=date(year(n), 1, 1) if n % 4 or n < ALIKE else None,
                latest=date(year(n), 12, 31) if n % 4 or n < ALIKE else None,
            )
            for n in range(count)
        ),
        batch_size=1000,
    )
    for index in range(4, count, 5):
        projects[index].continues = projects[index - 1]
    Project.objects.bulk_update(projects[4::5], ["continues"], batch_size=1000)
    return projects


def _make_visits(count: int, chance: random.Random) -> list[Visit]:
    return Visit.objects.bulk_create(
        (
            Visit(
                code=f"{SAMPLE_PREFIX}v{n}",
                slug=f"{SAMPLE_PREFIX}v{n}",
                state=State.PUBLISHED,
                direction="to_sweden" if n % 3 else "to_south_africa",
                period=f"{year(n)}-0{1 + n % 9}",
                earliest=date(year(n), 1 + n % 9, 1),
                latest=date(year(n), 1 + n % 9, 28),
                purpose_en=f"Sample data: {_words(chance, 15)}.",
                purpose_sv=f"Exempeldata: {_words(chance, 15, _SWEDISH_WORDS)}.",
                delegates=n % 17 or None,
                in_founding_count="yes" if n < 100 and year(n) < COUNTED_ON.year else "no",
            )
            for n in range(count)
        ),
        batch_size=1000,
    )


def _make_contributions(projects: list[Project]) -> None:
    """One in each state that staff meet first. Their private pages open with no key that anybody knows."""
    states = [Contribution.State.RECEIVED, Contribution.State.IN_HAND, Contribution.State.ASKED]
    for n, state in enumerate([*states, Contribution.State.RECEIVED]):
        contribution = Contribution(
            text=f"Sample contribution {n}, exempelbidrag: I was in the group that came in {year(n)}.",
            known_how=Contribution.KnownHow.THERE,
            what=Contribution.What.MEMORY,
            state=state,
            suspected=["links"] if n == len(states) else [],
            model_name="project" if projects else "",
            code=projects[0].code if projects else "",
            key_hash=key_hash(random_key()),
        )
        contribution.give_reference()
        contribution.save()


def _make_followers() -> None:
    """Addresses under .example lead to nobody, and none is confirmed: no letter ever goes out."""
    for n, language in enumerate(["en", "sv"]):
        follower = Follower.objects.create(email=f"sample-{n}@record.example", language=language)
        Following.objects.create(follower=follower, kind=Following.Kind.RECORD)


def _cite(table, owner: str, records, sources: list[Source], chance: random.Random) -> None:
    rows = [table(**{owner: record}, source=chance.choice(sources)) for record in records]
    table.objects.bulk_create(rows, batch_size=2000)


def _link(table, owner: str, target: str, records, targets, chance: random.Random) -> None:
    rows = [
        table(**{owner: record.pk, target: (targets[0] if index < ALIKE else chance.choice(targets)).pk})
        for index, record in enumerate(records)
    ]
    table.objects.bulk_create(rows, batch_size=2000)
