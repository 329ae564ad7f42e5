"""What staff write to a sender: on the private page, and as a letter where there is an address."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .. import mail
from ..models import Contribution, ContributionMessage, QueuedEmail, Suppression, User
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


#: Colleagues who wish hear of what is new, not more often than this.
BETWEEN_NOTICES = timedelta(hours=1)


def tell_staff() -> None:
    """Queues a notice for each colleague who wishes one: how many are new. Nothing of what they say is in it."""
    now = timezone.now()
    readers = User.objects.filter(is_active=True, wants_inbox_notices=True).exclude(email="").select_related("partner")
    for user in readers:
        since = user.inbox_notice_at
        if since and now - since < BETWEEN_NOTICES:
            continue
        new = Contribution.objects.unread()
        count = new.filter(received_at__gt=since).count() if since else new.count()
        if not count:
            continue
        with translation.override(mail.language_of(user)):
            words = ngettext("%(count)s new contribution", "%(count)s new contributions", count) % {"count": count}
            url = (
                f"{settings.SITE_URL}{reverse('admin:partnership_contribution_changelist', urlconf='partnership.urls')}"
            )
            QueuedEmail.objects.create(to=user, subject=words, body=f"{words}\n\n{url}\n")
        User.objects.filter(pk=user.pk).update(inbox_notice_at=now)
