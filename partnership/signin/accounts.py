"""Letters with a link to set a password: for new staff, and for those who have forgotten theirs.

No password is ever typed or seen by anybody but its owner. The link carries Django’s own password-reset token: signed,
good for one use and for ``PASSWORD_RESET_TIMEOUT``, void as soon as the password or the e-mail address has changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMessage
from django.db.models import Q
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext as _

from .. import mail
from ..models import Partner, QueuedEmail, User

#: Whoever asks again sooner gets no second letter: the form must not become a way to fill a clerk’s mailbox.
BETWEEN_LETTERS = timedelta(minutes=5)


def link_for(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("admin:set_password", args=[uid, default_token_generator.make_token(user)])
    return f"{settings.SITE_URL}{path}"


def password_letter(email: QueuedEmail) -> EmailMessage | None:
    """In both languages, that of the reader’s country first. Made when it is sent: no link is ever stored."""
    user = email.to
    if user is None or not user.is_active or not user.email:
        return None
    is_swedish = user.partner is not None and user.partner.country == Partner.Country.SWEDEN
    context = {
        "user": user,
        "link": link_for(user),
        "is_new": not user.has_usable_password(),
        "days": settings.PASSWORD_RESET_TIMEOUT // (24 * 60 * 60),
        "site_url": settings.SITE_URL,
    }
    subjects, texts = [], []
    for language in sorted((code for code, _name in settings.LANGUAGES), key=lambda code: (code == "sv") != is_swedish):
        with translation.override(language):
            subjects.append(_("Your account in the record office"))
            texts.append(render_to_string("registration/letter.txt", context).strip())
    return mail.letter(email, " / ".join(subjects), "\n\n---\n\n".join(texts) + "\n")


def queue_link(user: User) -> None:
    """A letter with a new link will go out; the account notes when it was asked for."""
    QueuedEmail.objects.create(to=user, purpose=QueuedEmail.Purpose.PASSWORD)
    User.objects.filter(pk=user.pk).update(link_sent_at=timezone.now())


def who_asks(email: str) -> Iterable[User]:
    """The account of somebody who asks for a new password; none that had a letter a moment ago."""
    return User.objects.filter(_had_none_lately(), email__iexact=email, is_active=True, is_staff=True).exclude(email="")


def _had_none_lately() -> Q:
    return Q(link_sent_at=None) | Q(link_sent_at__lt=timezone.now() - BETWEEN_LETTERS)


class AnswerThenQueue(HttpResponseRedirect):
    """Answers first and queues letters after: how long the answer takes must not tell whether there is an account."""

    def __init__(self, url: str, users: Iterable[User]):
        super().__init__(url)
        self._users = list(users)

    def close(self) -> None:
        super().close()
        for user in self._users:
            # Of those who ask for it at the same moment one gets a letter.
            if User.objects.filter(_had_none_lately(), pk=user.pk).update(link_sent_at=timezone.now()):
                queue_link(user)
