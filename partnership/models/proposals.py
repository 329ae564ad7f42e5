"""Changes that colleagues propose to public records. The record stays as it is until a publisher takes them in."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..fields import texts


class ProposalQuerySet(models.QuerySet):
    def waiting(self) -> Self:
        return self.filter(state=Proposal.State.WAITING)

    def open(self) -> Self:
        """Those that wait for a publisher, or for their author."""
        return self.exclude(state=Proposal.State.DECIDED)

    def of(self, record: Any) -> Self:
        return self.filter(model_name=record._meta.model_name, code=record.code)


class Proposal(models.Model):
    """A version of a public record that waits, in the form of the record files."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waits for a publisher")
        RETURNED = "returned", _("returned to its author")
        DECIDED = "decided", _("decided")

    model_name = models.CharField(_("kind"), max_length=20)
    code = texts.CharField(_("code"), max_length=80)
    #: What the author began from, what the author made of it, and the form as it was sent, to go on from.
    base = models.JSONField(default=dict)
    content = models.JSONField(default=dict)
    typed = models.JSONField(default=dict)
    comment = texts.TextField(_("reason"), max_length=300, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.SET_NULL, null=True, related_name="proposals"
    )
    made_at = models.DateTimeField(_("when"), auto_now_add=True)
    changed_at = models.DateTimeField(_("last changed"), auto_now=True)
    answer = texts.TextField(_("answer"), max_length=2000, blank=True)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("done by"), on_delete=models.SET_NULL, null=True, related_name="+"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposed change")
        verbose_name_plural = _("proposed changes")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["model_name", "code", "by"],
                condition=~models.Q(state="decided"),
                name="%(app_label)s_%(class)s_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.model_name}/{self.code}"
