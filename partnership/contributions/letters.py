"""What staff write to a sender: on the private page, and as a letter where there is an address."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from ..models import Contribution, ContributionMessage, QueuedEmail, Suppression
from ..web.public_forms import can_send_letters


def write_to_sender(contribution: Contribution, user: Any, text: str) -> bool:
    """Whether a letter goes as well. Staff’s words alone are in it, and the way to the page."""
    ContributionMessage.objects.create(contribution=contribution, by=user, is_from_staff=True, text=text)
    key = contribution.private_key()
    if (
        not contribution.email
        or not key
        or contribution.is_spam
        or not can_send_letters()
        or Suppression.covers(contribution.email)
    ):
        return False
    with translation.override(contribution.language):
        link = f"{settings.SITE_URL}{reverse('contribution', args=[key], urlconf='partnership.public_urls')}"
        QueuedEmail.objects.create(
            purpose=QueuedEmail.Purpose.REPLY,
            contribution=contribution,
            address=contribution.email,
            language=contribution.language,
            subject=_("About what you sent (%(reference)s)") % {"reference": contribution.reference},
            body=f"{text}\n\n{_('Your page, where you can answer:')}\n{link}\n",
        )
    return True


def texts_to_begin_from(contribution: Contribution, links: list[str]) -> dict[str, str]:
    """Words for a question and for thanks, in the sender’s language."""
    with translation.override(contribution.language):
        return {
            "ask": _("Thank you for what you sent. We have a question:"),
            "thank": _(
                "Thank you. What you told us is now in the record: %(links)s. It is cited as contribution "
                "%(reference)s and does not name you."
            )
            % {"links": ", ".join(links) or "…", "reference": contribution.reference},
        }
