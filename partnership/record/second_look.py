"""Records that are due for a second look: is it still true?

How long a record stands before somebody looks again follows from its kind and from what may have changed meanwhile: a
project that is under way ends, a visit that was announced takes place or does not, a body changes its name.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from projects.models import Project
from visits.models import Visit

from ..models import Claim, Partner, SecondLook
from ..publishing import Record

#: Days from the last look, by kind; what looks back on something that has ended stands for good.
AFTER_A_PLAN, AFTER_PROJECT, AFTER_CLAIM, AFTER_PARTNER = 30, 365, 365, 730


def looked_at(model: type[Record]) -> models.QuerySet:
    """The public records of a kind with ``looked_at``: when somebody last changed one or said that it holds."""
    looks = SecondLook.objects.filter(model_name=model._meta.model_name, code=models.OuterRef("code"))
    last = models.Subquery(looks.values("looked_at")[:1])
    published = model._default_manager.filter(state="published")
    return published.annotate(looked_at=Coalesce(last, models.F("modified_at")))


#: The kinds of which records can be due.
LOOKED_AT_AGAIN: tuple[type[Record], ...] = (Visit, Project, Partner, Claim)


def due(model: type[Record]) -> models.QuerySet:
    """The records of a kind that are due, longest waiting first; none of a kind that stands for good."""
    today = timezone.localdate()
    records = looked_at(model).order_by("looked_at")
    if model is Visit:
        ended = records.filter(
            how_known__in=[Visit.HowKnown.PLANNED, Visit.HowKnown.ANNOUNCED],
            latest__lt=today - timedelta(days=AFTER_A_PLAN),
        )
        return ended.filter(looked_at__date__lte=models.F("latest"))
    if model is Project:
        open_ended = [Project.Status.PLANNED, Project.Status.ONGOING]
        return records.filter(status__in=open_ended, looked_at__lt=_days_ago(AFTER_PROJECT))
    if model is Partner:
        current = Partner.objects.current()
        return records.filter(pk__in=current.values("pk"), looked_at__lt=_days_ago(AFTER_PARTNER))
    if model is Claim:
        return records.filter(looked_at__lt=_days_ago(AFTER_CLAIM))
    return records.none()


def _days_ago(days: int) -> Any:
    return timezone.now() - timedelta(days=days)


def say_still_true(record: Record, user: Any) -> None:
    """Somebody has looked, and it holds: the next look is due a whole while from now."""
    SecondLook.objects.update_or_create(
        model_name=record._meta.model_name, code=record.code, defaults={"by": user, "looked_at": timezone.now()}
    )
