"""What can be followed, and which topics a changed record belongs to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from projects.models import Output, Project, Theme
from visits.models import Visit

from ..models import Follower, Following, Partner
from ..publishing import State

Topic = tuple[str, str]
EVERYTHING: Topic = (Following.Kind.RECORD, "")
MODELS: dict[str, Any] = {
    Following.Kind.PROJECT: Project,
    Following.Kind.THEME: Theme,
    Following.Kind.PARTNER: Partner,
}


def record_to_follow(kind: str, code: str) -> Any:
    """The record that a topic is; Http404 for what cannot be followed. A withdrawn one says so itself."""
    if kind not in MODELS:
        raise Http404
    record = MODELS[kind]._default_manager.exclude(state=State.DRAFT).filter(code=code).first()
    if record is None:
        raise Http404
    return record.survivor


def titles_of(topics: Iterable[Topic]) -> dict[Topic, str]:
    """Each topic in words of the active language, with one query for each kind. A withdrawn record says so."""
    topics = list(topics)
    titles = {topic: topic[1] for topic in topics}
    titles |= {(Following.Kind.RECORD, ""): _("the whole record"), (Following.Kind.NEWSLETTER, ""): _("the newsletter")}
    for kind, model in MODELS.items():
        codes = [code for name, code in topics if name == kind]
        for record in model._default_manager.exclude(state=State.DRAFT).filter(code__in=codes) if codes else []:
            titles[kind, record.code] = f"{record} ({_('withdrawn')})" if record.is_withdrawn else str(record)
    return titles


def topics_of(follower: Follower) -> dict[Topic, str]:
    """What somebody follows, in words of the active language."""
    topics = [(topic.kind, topic.code) for topic in follower.topics.all()]
    titles = titles_of(topics)
    return {topic: titles[topic] for topic in topics}


def topics_by_record(names: Iterable[Topic]) -> dict[Topic, set[Topic]]:
    """The topics that each record belongs to: of a project its themes too, of outputs and visits their projects.

    A fixed number of queries, however many records there are.
    """
    codes: dict[str, set[str]] = defaultdict(set)
    for name, code in names:
        codes[name].add(code)
    topics: dict[Topic, set[Topic]] = {
        (name, code): {EVERYTHING, (name, code)} for name, codes_of_kind in codes.items() for code in codes_of_kind
    }
    for project in Project.objects.filter(code__in=codes["project"]).prefetch_related("themes"):
        topics["project", project.code] |= {("theme", theme.code) for theme in project.themes.all()}
    for output in Output.objects.filter(code__in=codes["output"]).select_related("project"):
        topics["output", output.code].add(("project", output.project.code))
    for visit in Visit.objects.filter(code__in=codes["visit"]).prefetch_related("projects"):
        topics["visit", visit.code] |= {("project", project.code) for project in visit.projects.all()}
    if codes["partner"]:
        lineages, by_key = Partner.lineages(), dict(Partner.objects.values_list("pk", "code"))
        for key, code in by_key.items():
            if code in codes["partner"]:
                topics["partner", code] |= {("partner", by_key[other]) for other in lineages.get(key, ())}
    return topics
