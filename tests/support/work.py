"""What is done to a site in a process of its own, before a test or while it runs; see tests/support/call.py."""

from __future__ import annotations

import json
import logging
import sys
import time
from base64 import b32encode
from datetime import timedelta
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone, translation
from django_otp.plugins.otp_totp.models import TOTPDevice

from partnership.award import editions, views
from partnership.models import Follower, Partner, PrivateLink, QueuedEmail, Revision, Source, Submission, User
from partnership.operations import static_export
from partnership.signin.accounts import queue_link
from projects.models import Project, ProjectCitation
from tests.factories import make_document, make_photo, make_project, make_source, make_visit

PASSWORD = "a long enough password"


def migrate() -> None:
    call_command("migrate", verbosity=0)


def roll_back() -> None:
    call_command("roll_back", verbosity=0)


def refusal(name: str, **options: Any) -> str:
    """What a command says that refuses to run."""
    try:
        call_command(name, **options)
    except CommandError as error:
        return str(error)
    raise AssertionError(f"{name} was not refused.")


def values_of(label: str, field: str) -> list[Any]:
    """The values of a field in all rows of a model."""
    return list(apps.get_model(label).objects.values_list(field, flat=True))


def update_project(code: str, **values: Any) -> None:
    """Updates a project without saving it, as from a shell."""
    Project.objects.filter(code=code).update(**values)


def write_drafts(number: str) -> None:
    """Drafts of projects that wait for review. Codes are written out: each process counts its own anew."""
    source = make_source(code="errand")
    for place in range(int(number)):
        project = make_project(
            sources=0, code=f"errand-{place}", title_sv=f"Ärende {place}", period="2021", state="draft"
        )
        ProjectCitation.objects.create(project=project, source=source)


def draft_visit() -> str:
    """The key of a visit that is a draft."""
    return str(make_visit(sources=0, code="errand", state="draft", period="2022-05").pk)


def update_first_source(**values: Any) -> str:
    """Updates a source without saving it; its title before."""
    source = Source.objects.order_by("pk").first()
    Source.objects.filter(pk=source.pk).update(**values)
    return source.title


def is_loaded(module: str) -> bool:
    return module in sys.modules


def add_staff(name: str, group: str, partner: str) -> None:
    """Makes a member of staff with the usual password."""
    user = User.objects.create_user(
        name, f"{name}@example.org", PASSWORD, is_staff=True, partner=Partner.objects.get(code=partner)
    )
    user.groups.add(Group.objects.get(name=group))


def add_telephone(name: str) -> str:
    """The key of a telephone that a member of staff has from now on, in base 32."""
    device = TOTPDevice.objects.create(user=User.objects.get(username=name), name="telephone")
    return b32encode(device.bin_key).decode()


def let_codes_be_used_again(name: str) -> None:
    """The next code of an app comes only after half a minute."""
    TOTPDevice.objects.filter(user__username=name).update(last_t=-1)


def invite(name: str, group: str, partner: str) -> None:
    """Makes a member of staff without a password, who gets a letter with a link."""
    user = User(username=name, email=f"{name}@example.org", is_staff=True, partner=Partner.objects.get(code=partner))
    user.set_unusable_password()
    user.save()
    user.groups.add(Group.objects.get(name=group))
    queue_link(user)
    call_command("send_mail_queue", verbosity=0)


def open_session() -> str:
    """Makes a member of staff who may do everything and is signed in; the key of the session."""
    user, _new = User.objects.get_or_create(username="clerk", is_staff=True, is_superuser=True)
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session["ends"] = 2_000_000_000
    session.save()
    return session.session_key


def freeze_editions_and_make_links() -> str:
    """Two editions that differ in a title, and the addresses of private links: one open, one expired, one revoked."""
    submission, leseding = Submission.objects.get(code="platforma-2018"), Project.objects.filter(code="leseding")
    title = leseding.get().title_en
    editions.freeze(submission, None, public=True)
    leseding.update(title_en="Leseding")
    editions.freeze(submission, None, public=True)
    leseding.update(title_en=title)
    today = timezone.localdate()
    ends = [(today + timedelta(days=3), None), (today - timedelta(days=1), None), (today, timezone.now())]
    with translation.override("sv"):
        return "\n".join(
            views.private_url(
                PrivateLink.objects.create(submission=submission, purpose="Test", expires_on=day, revoked_at=revoked)
            )
            for day, revoked in ends
        )


def upload() -> None:
    """A photograph, a document and a frozen edition."""
    make_photo()
    make_document()
    editions.freeze(Submission.objects.get(code="platforma-2018"), None)


def queue_letter(address: str) -> None:
    QueuedEmail.objects.create(address=address, subject="x", body="y")


def write_on_and_on() -> None:
    """Writes drafts, each with its citation in the same transaction, until it is ended; prints how many there are."""
    source = Source.objects.order_by("pk").first()
    for number in count():
        with transaction.atomic():
            project = Project.objects.create(code=f"written-{number}", title_en=f"Written {number}")
            ProjectCitation.objects.create(project=project, source=source)
        print(number + 1, flush=True)


def delete_written(first: str) -> None:
    """Deletes what ``write_on_and_on`` has written from this number on."""
    numbers = range(int(first), int(first) + 100_000)
    Project.objects.filter(code__in=[f"written-{number}" for number in numbers]).delete()


def write_for(name: str, seconds: str) -> str:
    """Saves a record some ten times a second, once a line is sent; the numbers of saves and of refusals for a lock.

    Each reads and writes within one transaction, as every save in the admin does.
    """
    print("ready", flush=True)
    input()
    ends = time.monotonic() + float(seconds)
    saves = locked = 0
    while time.monotonic() < ends:
        try:
            with transaction.atomic():
                source = Source.objects.order_by("pk").first()
                source.staff_note = f"{name} {saves}"
                source.save()
            saves += 1
        except OperationalError as error:
            locked += 1
            print(error, file=sys.stderr)
        time.sleep(0.09)
    return f"{saves} {locked}"


def log_one_of_each(logger: str) -> None:
    logging.getLogger(logger).warning("a warning")
    logging.getLogger(logger).error("an error")


def copy_while_another_writes(folder: str) -> str:
    """Copies the site while somebody else writes: the title of a source in the copy, and the one it has then."""

    def start() -> list[str]:
        # The first read of the copy; only then does another connection write.
        Source.objects.exists()
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute(
                "UPDATE partnership_source SET title = %s WHERE code = 'platforma-2018'", ["Written meanwhile"]
            )
        other.close()
        return ["/en/sources/platforma-2018.json"]

    static_export._start_urls = start  # type: ignore[assignment]
    export = static_export.export(Path(folder))
    (record,) = json.loads((export.folder / "en/sources/platforma-2018.json").read_bytes())["records"]
    return f"{record['title']}\n{Source.objects.get(code='platforma-2018').title}"


def let_hours_pass() -> None:
    """As if what has happened had happened two hours ago, and every follower had been told before that."""
    Revision.objects.update(made_at=F("made_at") - timedelta(hours=2))
    Follower.objects.update(told_until=F("told_until") - timedelta(hours=3))
