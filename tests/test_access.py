"""Who may open what: every address of the site, in every state of what it is about, for every role.

The table is the whole promise. An address that is not in it fails the test, and so does a line that no address needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from typing import Any

import pytest
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from partnership.award import editions
from partnership.award.views import private_url
from partnership.models import (
    Contribution,
    DataRelease,
    Edition,
    FailedSignIn,
    Follower,
    PrivateLink,
    QuestionSheet,
    Revision,
    SecurityEvent,
    Submission,
    User,
)
from partnership.opendata import package
from partnership.pictures.alone import PICTURES
from partnership.record import history
from partnership.record.confirmations import CONFIRMABLE
from partnership.web.page_cache import PageCache
from tests.base import ended
from tests.factories import make_document, make_image, make_photo
from tests.partnership.contributions.test_inbox import add_file, make_contribution
from tests.partnership.following.test_newsletters import make_newsletter
from tests.support.worker import environ

ROLES = ["visitor", "editor", "publisher", "administrator"]
STATES = ["draft", "published", "withdrawn"]


def each(visitor: int, editor: int, publisher: int, administrator: int) -> dict[str, int]:
    return dict(zip(ROLES, [visitor, editor, publisher, administrator], strict=True))


def everyone(status: int, names: str) -> dict[str, dict[str, int]]:
    return {name: dict.fromkeys(ROLES, status) for name in names.split()}


def public_only(names: str, *, draft: int = 404, published: int = 200, withdrawn: int) -> dict[str, dict[str, int]]:
    """The same for all: whoever works here sees in public what everyone sees."""
    by_state = {"draft": draft, "published": published, "withdrawn": withdrawn}
    return {
        f"{name} {state}": dict.fromkeys(ROLES, status) for name in names.split() for state, status in by_state.items()
    }


def always_public(name: str) -> dict[str, dict[str, int]]:
    """What readers see from its first day: publishers change it, with versions, and nobody deletes it."""
    pages = {
        "changelist": each(302, 200, 200, 200),
        "add": each(302, 403, 200, 200),
        "short": each(302, 302, 302, 302),
        "history": each(302, 200, 200, 200),
        "change": each(302, 200, 200, 200),
        "change POST": each(302, 403, 200, 200),
        "delete": each(302, 403, 403, 403),
        "restore": each(302, 403, 403, 403),
        "restore POST": each(302, 403, 302, 302),
        "confirm POST": each(302, 403, 403, 403),
        "suggest POST": each(302, 200, 200, 200),
        "remark POST": each(302, 403, 404, 404),
    }
    return {f"admin:{name}_{page}": statuses for page, statuses in pages.items()}


#: “Address name, then state and method where they matter”: the status for each role. A redirect of a visitor from
#: the admin leads to sign-in. “record” stands for every kind that is a draft, published or withdrawn.
ACCESS: dict[str, dict[str, int]] = {
    # Public
    **everyone(200, "home card feed calendar history claims sources search changes changes-feed data about"),
    **everyone(200, "questions questions-in press stories pictures"),
    **everyone(200, " ".join(f"picture-{name} picture-{name}-svg" for name in PICTURES)),
    **public_only("story", withdrawn=410),
    **everyone(200, "accessibility privacy contribute partners projects:list themes:list visits:list"),
    **everyone(200, "robots django.contrib.sitemaps.views.sitemap datapackage data-catalogue data-table data-archive"),
    **everyone(200, "data-versions data-workbook data-openapi data-changes data-sources-cited data-using"),
    **everyone(303, "data-catalogue-name data-set-name data-distribution-name"),
    **everyone(307, "data-newest-archive"),
    **everyone(200, "projects-data visits-data themes-data partners-data history-data claims-data sources-data"),
    **everyone(302, "root"),
    # The jury room
    **everyone(
        200, "memorandum searches edition edition-file edition-pack edition-criteria differences differences-between"
    ),
    **everyone(200, "differences-data differences-between-data"),
    **everyone(200, "private private-pdf"),
    **everyone(302, "dossiers"),
    **everyone(303, "edition-short"),
    **public_only("dossier dossier-pdf criteria", withdrawn=410),
    # Until the operator has an identifier, the activity file is for staff; until it has a contact, there is none.
    **everyone(404, "iati security data-unknown"),
    **public_only("projects:detail themes:detail visits:detail partner source", withdrawn=410),
    **public_only("projects:card themes:card", withdrawn=404),
    **public_only("project-data visit-data theme-data partner-data source-data id-data", withdrawn=410),
    **public_only("photo document", withdrawn=404),
    **public_only("id", published=303, withdrawn=303),
    # What people know
    **everyone(200, "contribute-send contribute-about contribution contribution-forget"),
    **everyone(405, "contribution-files"),
    **everyone(200, "follow follow-about follow-sent follow-confirm follower leave newsletters newsletters-feed"),
    **public_only("newsletter", withdrawn=410),
    # The way in
    **everyone(200, "admin:forgotten admin:forgotten_sent admin:set_password admin:session"),
    "admin:login": each(200, 302, 302, 302),
    "admin:code": each(302, 302, 302, 302),
    "admin:device": each(302, 200, 200, 200),
    "admin:account": each(302, 200, 200, 200),
    "admin:passkey": each(302, 302, 302, 302),
    "admin:passkey_remove": each(302, 404, 404, 404),
    "admin:typed": each(302, 302, 302, 302),
    "admin:logout": each(302, 405, 405, 405),
    "admin:logout POST": each(302, 200, 200, 200),
    # The admin
    "admin:index": each(302, 200, 200, 200),
    "admin:app_list": each(302, 200, 200, 200),
    "admin:password_change": each(302, 200, 200, 200),
    "admin:password_change_done": each(302, 200, 200, 200),
    "admin:autocomplete": each(302, 200, 200, 200),
    "admin:jsi18n": each(302, 200, 200, 200),
    "admin:view_on_site": each(302, 302, 302, 302),
    # Without a text to read.
    "admin:read": each(302, 400, 400, 400),
    # A photograph that waits with the form of somebody else, or with none, is the same to everyone.
    "admin:held_photograph": each(302, 404, 404, 404),
    "admin:handbook": each(302, 200, 200, 200),
    "admin:handbook_page": each(302, 200, 200, 200),
    "admin:find": each(302, 200, 200, 200),
    "admin:bin": each(302, 200, 200, 200),
    "admin:papers": each(302, 200, 200, 200),
    "admin:bring_back": each(302, 403, 403, 403),
    "admin:review": each(302, 403, 200, 200),
    "admin:review_proposal": each(302, 403, 302, 302),
    "admin:record_propose": each(302, 200, 200, 200),
    "admin:review_item": each(302, 404, 404, 404),
    "admin:language": each(302, 302, 302, 302),
    "admin:language POST": each(302, 302, 302, 302),
    "admin:elsewhere": each(302, 404, 404, 404),
    "iati-preview": each(302, 200, 200, 200),
    # Records. Whoever may not change one sees it without fields to write in.
    "admin:record_changelist": each(302, 200, 200, 200),
    "admin:record_add": each(302, 200, 200, 200),
    "admin:record_add POST": each(302, 200, 200, 200),
    "admin:record_short": each(302, 302, 302, 302),
    "admin:record_history": each(302, 200, 200, 200),
    "admin:record_preview draft": each(302, 200, 200, 200),
    "admin:record_preview withdrawn": each(302, 200, 200, 200),
    "admin:record_change draft": each(302, 200, 200, 200),
    "admin:record_change published": each(302, 200, 200, 200),
    "admin:record_change draft POST": each(302, 200, 200, 200),
    "admin:record_change published POST": each(302, 403, 200, 200),
    "admin:record_change withdrawn POST": each(302, 403, 200, 200),
    "admin:record_delete draft": each(302, 200, 200, 200),
    "admin:record_delete published": each(302, 403, 403, 403),
    "admin:record_delete withdrawn": each(302, 403, 403, 403),
    "admin:record_restore draft": each(302, 403, 403, 403),
    "admin:record_restore draft POST": each(302, 302, 302, 302),
    "admin:record_restore published POST": each(302, 403, 302, 302),
    "admin:record_restore withdrawn POST": each(302, 403, 302, 302),
    # Colleagues. Only publishers speak for their side, and only of what can be confirmed.
    "admin:record_confirm POST": each(302, 403, 403, 403),
    "admin:confirmable_confirm draft POST": each(302, 403, 403, 403),
    "admin:confirmable_confirm published POST": each(302, 403, 302, 403),
    "admin:keep": each(302, 405, 405, 405),
    "admin:record_look": each(302, 403, 403, 403),
    "admin:record_look published POST": each(302, 403, 302, 302),
    "admin:record_look draft POST": each(302, 403, 403, 403),
    # Two records become one
    "admin:record_merge draft": each(302, 200, 200, 200),
    "admin:record_merge published": each(302, 403, 200, 200),
    "admin:record_merge withdrawn": each(302, 403, 403, 403),
    "admin:record_compare published": each(302, 403, 404, 404),
    "admin:record_compare published POST": each(302, 403, 404, 404),
    "admin:record_unmerge": each(302, 403, 403, 403),
    "admin:record_unmerge POST": each(302, 404, 404, 404),
    "admin:record_suggest": each(302, 403, 403, 403),
    "admin:record_suggest POST": each(302, 200, 200, 200),
    "admin:record_remark published POST": each(302, 403, 404, 404),
    "admin:statement_history": each(302, 302, 302, 302),
    # Files, before and after they are public
    **{f"admin:{kind}_kept {state}": each(302, 200, 200, 200) for kind in ("photo", "document") for state in STATES},
    "admin:photo_withdraw draft POST": each(302, 403, 403, 403),
    "admin:photo_withdraw published": each(302, 403, 403, 403),
    "admin:photo_withdraw published POST": each(302, 302, 302, 302),
    "admin:photo_erase": each(302, 403, 403, 403),
    "admin:photo_erase POST": each(302, 302, 302, 302),
    "admin:record_photographs draft": each(302, 200, 200, 200),
    "admin:record_photographs published": each(302, 403, 200, 200),
    # Spreadsheets
    **{f"admin:record_{page}": each(302, 200, 200, 200) for page in ("export", "file", "import", "template")},
    "admin:record_import POST": each(302, 200, 200, 200),
    # Someone else’s file, or one that is no longer there, is the same to everyone.
    "admin:record_run": each(302, 404, 404, 404),
    "admin:record_columns": each(302, 404, 404, 404),
    # Awards
    "admin:submission_freeze": each(302, 403, 403, 403),
    "admin:submission_freeze published POST": each(302, 403, 302, 302),
    "admin:submission_link published POST": each(302, 403, 200, 200),
    "admin:submission_revoke published POST": each(302, 403, 302, 302),
    "admin:edition_changelist": each(302, 200, 200, 200),
    "admin:edition_add": each(302, 403, 403, 403),
    "admin:edition_short": each(302, 302, 302, 302),
    "admin:edition_history": each(302, 200, 200, 200),
    "admin:edition_change": each(302, 200, 200, 200),
    "admin:edition_change POST": each(302, 403, 403, 403),
    "admin:edition_delete": each(302, 403, 403, 403),
    "admin:edition_delete POST": each(302, 403, 403, 403),
    "admin:edition_release": each(302, 403, 403, 403),
    "admin:edition_release POST": each(302, 403, 302, 302),
    **always_public("awardround"),
    "admin:criterion_changelist": each(302, 200, 200, 200),
    "admin:criterion_add": each(302, 403, 403, 403),
    "admin:criterion_short": each(302, 302, 302, 302),
    "admin:criterion_history": each(302, 200, 200, 200),
    "admin:criterion_change POST": each(302, 403, 403, 403),
    "admin:criterion_delete": each(302, 403, 403, 403),
    # What was sent in
    "admin:contribution_changelist": each(302, 200, 200, 200),
    "admin:contribution_add": each(302, 403, 200, 200),
    "admin:contribution_short": each(302, 302, 302, 302),
    "admin:contribution_history": each(302, 200, 200, 200),
    "admin:contribution_change": each(302, 200, 200, 200),
    "admin:contribution_delete": each(302, 403, 403, 403),
    "admin:contribution_do": each(302, 403, 403, 403),
    "admin:contribution_do POST": each(302, 403, 302, 302),
    "admin:contribution_preview": each(302, 200, 200, 200),
    "admin:contribution_original": each(302, 403, 200, 200),
    "admin:contribution_notices": each(302, 403, 403, 403),
    "admin:contribution_notices POST": each(302, 302, 302, 302),
    "admin:newsletter_send": each(302, 403, 403, 403),
    "admin:newsletter_send POST": each(302, 403, 302, 302),
    "admin:newsletter_me": each(302, 403, 403, 403),
    "admin:newsletter_me POST": each(302, 302, 302, 302),
    "admin:newsletter_stop": each(302, 403, 403, 403),
    "admin:newsletter_stop POST": each(302, 403, 302, 302),
    "admin:follower_changelist": each(302, 200, 200, 200),
    "admin:follower_add": each(302, 403, 403, 403),
    "admin:follower_short": each(302, 302, 302, 302),
    "admin:follower_history": each(302, 403, 403, 403),
    "admin:follower_change": each(302, 403, 403, 403),
    "admin:follower_delete": each(302, 403, 403, 403),
    # Searches and issuers
    **always_public("loggedsearch"),
    **always_public("issuer"),
    # Questions and answers: a text in a language of the site is public, and stays.
    **always_public("questionsheet"),
    "admin:questionsheet_add": each(302, 200, 200, 200),
    "admin:questionsheet_preview": each(302, 200, 200, 200),
    # Synonyms
    **always_public("synonyms"),
    "admin:synonyms_delete": each(302, 403, 200, 200),
    # Professions
    **always_public("profession"),
    # Staff
    "admin:user_changelist": each(302, 403, 403, 200),
    "admin:user_add": each(302, 403, 403, 200),
    "admin:user_add POST": each(302, 403, 403, 200),
    "admin:user_short": each(302, 302, 302, 302),
    "admin:user_history": each(302, 403, 403, 200),
    "admin:user_change": each(302, 403, 403, 200),
    "admin:user_change POST": each(302, 403, 403, 200),
    "admin:user_delete": each(302, 403, 403, 403),
    "admin:user_link": each(302, 403, 403, 403),
    "admin:user_link POST": each(302, 403, 403, 302),
    "admin:user_device": each(302, 403, 403, 403),
    "admin:user_device POST": each(302, 403, 403, 302),
    "admin:user_sessions": each(302, 403, 403, 403),
    "admin:user_sessions POST": each(302, 403, 403, 302),
    "admin:securityevent_changelist": each(302, 403, 403, 200),
    "admin:securityevent_add": each(302, 403, 403, 403),
    "admin:securityevent_short": each(302, 302, 302, 302),
    "admin:securityevent_history": each(302, 403, 403, 200),
    "admin:securityevent_change": each(302, 403, 403, 200),
    "admin:securityevent_change POST": each(302, 403, 403, 403),
    "admin:securityevent_delete": each(302, 403, 403, 403),
    "admin:failedsignin_changelist": each(302, 403, 403, 200),
    "admin:failedsignin_add": each(302, 403, 403, 403),
    "admin:failedsignin_short": each(302, 302, 302, 302),
    "admin:failedsignin_history": each(302, 403, 403, 200),
    "admin:failedsignin_change": each(302, 403, 403, 200),
    "admin:failedsignin_change POST": each(302, 403, 403, 403),
    "admin:failedsignin_delete": each(302, 403, 403, 403),
}

#: The kind of record behind a public address.
KINDS = {
    **{f"{name}:{page}": name.rstrip("s") for name in ("projects", "themes", "visits") for page in ("detail", "card")},
    **{f"{name}-data": name for name in ("project", "theme", "visit", "partner", "source")},
    **{name: name for name in ("partner", "source", "photo", "document", "newsletter", "story")},
    "id": "project",
    "id-data": "project",
    **dict.fromkeys(["dossier", "dossier-pdf", "criteria"], "submission"),
}
#: Pages that only some kinds of record have, or have in a way of their own.
OWN_PAGES = {"statement_history", "photo_withdraw", "submission_freeze", "submission_link", "submission_revoke"}
OWN_PAGES |= {"photo_kept", "photo_erase", "document_kept"}
_OF_CONTRIBUTION = "changelist add short history change delete do preview original notices"
OWN_PAGES |= {f"contribution_{page}" for page in _OF_CONTRIBUTION.split()}
OWN_PAGES |= {f"newsletter_{page}" for page in ("send", "me", "stop")}
OWN_PAGES |= {f"follower_{page}" for page in ("changelist", "add", "short", "history", "change", "delete")}


def patterns() -> Iterator[tuple[str, str]]:
    """Every address of the site, once: its name and, in the admin, which model it is about."""

    def walk(url_patterns: Any, prefix: str, namespace: str) -> Iterator[tuple[str, str]]:
        for pattern in url_patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                yield f"{namespace}{pattern.name}", route
            else:
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from walk(pattern.url_patterns, route, inner)

    for name, route in walk(get_resolver().url_patterns, "", ""):
        model = re.match(r"admin/(partnership|projects|visits)/(\w+)/", route)
        if not model:
            yield ("admin:elsewhere", "") if route.endswith("(?P<url>.*)$") else (name, "")
            continue
        page = "short" if name.endswith(":None") else name.rpartition("_")[2]
        yield f"admin:{model[2]}_{page}", ".".join(model.groups())


def has_states(model: Any) -> bool:
    return any(field.name == "state" for field in model._meta.fields)


def line_of(name: str, label: str) -> str:
    """The address name under which the table has it."""
    if not label or not has_states(apps.get_model(label)) or name.removeprefix("admin:") in OWN_PAGES:
        return name
    if name.endswith("_confirm") and apps.get_model(label) in CONFIRMABLE:
        return "admin:confirmable_confirm"
    return re.sub(r":\w+_", ":record_", name)


PATTERNS = sorted(set(patterns()))


def test_every_address_is_in_the_table_and_every_line_is_needed():
    listed = {key.split()[0] for key in ACCESS}

    assert {line_of(*pattern) for pattern in PATTERNS} == listed


def example(label: str, state: str) -> Any:
    """A record of this kind in this state; for other kinds any."""
    model: Any = apps.get_model(label)
    if model is FailedSignIn:
        return FailedSignIn.objects.create(username="x", ip_address="203.0.113.7", failures_since_start=1)
    if model is SecurityEvent:
        return SecurityEvent.objects.create(what="signed_in")
    if model is User:
        return User.objects.create_user("colleague", "colleague@example.org", is_staff=True)
    if model is Edition:
        return Edition.objects.get()
    if model is Follower:
        return Follower.objects.create(email="eva@vaxjo.se")
    if model is Contribution:
        contribution = make_contribution()
        add_file(contribution, state="clean", preview=make_image())
        return contribution
    makers: dict[str, Any] = {
        "partnership.photo": lambda: make_photo(file=make_image(600, 400)),
        "partnership.document": make_document,
    }
    makers["partnership.newsletter"] = make_newsletter
    record = makers[label]() if label in makers else model.objects.first()
    if not has_states(model):
        return record
    values: dict[str, Any] = {"state": state}
    names = {field.name for field in model._meta.get_fields()}
    if "withdrawn_on" in names:
        withdrawn = state == "withdrawn"
        values |= {
            "withdrawn_on": "2026-05-03" if withdrawn else None,
            "withdrawal_reason_en": "x" if withdrawn else "",
        }
        values["published_at"] = None if state == "draft" else "2026-01-02T03:04:05Z"
    model.objects.filter(pk=record.pk).update(**values)
    return model.objects.get(pk=record.pk)


def private_link() -> PrivateLink:
    submission = Submission.objects.get()
    return PrivateLink.objects.create(submission=submission, purpose="A test", expires_on=timezone.localdate())


def jury_address(name: str) -> str:
    """The address of an edition, or of a private link that has just been made."""
    if name in {"private", "private-pdf"}:
        return private_url(private_link()) + ("dossier.pdf" if name == "private-pdf" else "")
    edition = Edition.objects.get()
    if name == "edition-short":
        return reverse(name, args=[edition.pk])
    more: list[Any] = ["edition.json"] if name == "edition-file" else []
    if name.startswith("differences-between"):
        more = [editions.freeze(edition.submission, None, public=True).number]
    return reverse(name, args=[edition.submission.slug, edition.number, *more])


def address(name: str, label: str, state: str) -> str:
    if name == "admin:elsewhere":
        return "/admin/nothing/of/the/kind/"
    if label:
        return admin_address(name, label, state)
    if name.startswith(("edition", "differences", "private")):
        return jury_address(name)
    if name in {"follow-confirm", "follower", "leave"}:
        follower = Follower.objects.create(email="eva@vaxjo.se")
        return reverse(name, args=[follower.confirm_key if name == "follow-confirm" else follower.key])
    if name == "questions-in":
        sheet = QuestionSheet.objects.create(code="tn", language_name="Setswana", approved_on=timezone.localdate())
        return reverse(name, args=[sheet.code])
    if name.startswith("contribution"):
        return reverse(name, args=[make_contribution().private_key()])
    project = ContentType.objects.get(model="project")
    arguments: dict[str, list] = {
        "admin:set_password": ["MQ", "set-password"],
        "admin:app_list": ["projects"],
        "admin:handbook_page": ["visit"],
        "admin:bring_back": ["project", 999],
        "admin:review_item": ["project", 999],
        "admin:review_proposal": [999],
        "admin:held_photograph": ["none"],
        "admin:passkey_remove": [999],
        "admin:view_on_site": [project.pk, example("projects.project", "published").pk],
        "contribute-about": ["project", "leseding"],
        "follow-about": ["project", "leseding"],
        "data-catalogue": ["ttl"],
        "data-changes": ["json"],
        "data-sources-cited": ["bib"],
        "data-distribution-name": ["projects"],
        "data-unknown": ["no/such/place"],
        "data-table": ["projects", "csv"],
    }
    if name in KINDS:
        kind = KINDS[name]
        app = {"project": "projects", "theme": "projects", "visit": "visits"}.get(kind, "partnership")
        record = example(f"{app}.{kind}", state)
        if name == "id-data":
            return reverse(name, args=["project", record.code, "json"])
        more = {"id": [record.code], "photo": [480, "jpg"]}.get(name, ["json"] if name.endswith("-data") else [])
        return reverse(name, args=["project", *more] if name == "id" else [record.slug, *more])
    if name == "data-archive":
        newest = Client(headers={"host": "localhost"}).get(reverse("data-newest-archive"))
        return newest["Location"]
    if name == "admin:autocomplete":
        return f"{reverse(name)}?app_label=projects&model_name=participation&field_name=partner&term=tlokwe"
    suffix = ["csv"] if name.endswith("-data") else []
    return reverse(name, args=arguments.get(name, suffix))


def admin_address(name: str, label: str, state: str) -> str:
    page = name.rpartition("_")[2]
    prefix = label.replace(".", "_")
    if page in {"changelist", "add", "notices"}:
        return reverse(f"admin:{prefix}_{page}")
    sheet = f"{label.rpartition('.')[2]}s"
    if page in {"export", "import", "template", "file", "run", "columns"}:
        page = {"file": "export_file", "run": "dry_run"}.get(page, page)
        more = {"export": [], "import": [sheet], "dry_run": [sheet, 999], "columns": [sheet, 999]}.get(
            page, [sheet, "csv"]
        )
        return reverse(f"admin:{prefix}_{page}", args=more)
    record = example(label, state)
    if page == "short":
        return f"{reverse(f'admin:{prefix}_changelist')}{record.pk}/"
    if label == "partnership.submission" and page in {"freeze", "link", "revoke"}:
        return reverse(f"admin:submission_{page}", args=[record.pk, *([private_link().pk] if page == "revoke" else [])])
    if page == "preview" and label == "partnership.questionsheet":
        return reverse("admin:questionsheet_preview", args=[record.pk])
    if page == "release":
        return reverse("admin:edition_release", args=[record.pk])
    if page == "do":
        return reverse(f"admin:{prefix}_{page}", args=[record.pk, "reply"])
    if page in {"preview", "original"} and label == "partnership.contribution":
        return reverse(f"admin:{prefix}_{page}", args=[record.pk, record.files.get().pk])
    if page in {"remark", "compare", "unmerge"}:
        return reverse(f"admin:{prefix}_{page}", args=[record.pk, 999])
    if page == "restore":
        user = User.objects.filter(is_staff=True).first()
        history.note(record, {}, user)
        return reverse(f"admin:{prefix}_{page}", args=[record.pk, Revision.objects.of(record).latest("pk").pk])
    return reverse(f"admin:{prefix}_{page}", args=[record.pk])


def may_be_kept(path: str, client: Client | None = None) -> bool:
    """Whether nginx is told that it may keep the page."""
    client = client or Client(headers={"host": "localhost"})
    headers: dict[str, str] = {}

    def respond(environ, start_response):
        response: Any = client.get(path)
        # The client has ended the request.
        response.close = lambda: None
        start_response(f"{response.status_code} x", list(response.items()))
        return response

    cache = PageCache(respond, max_bytes=1_000_000, version=lambda: 1)
    cache(environ(path), lambda _status, sent: headers.update(sent))
    return "X-Accel-Expires" in headers


def test_a_proxy_keeps_no_draft_nor_what_is_somebodys(settings, staff_client, edition):
    settings.BEHIND_PROXY = True
    assert may_be_kept("/en/")

    private = {"private", "private-pdf", "follow-confirm", "follower", "leave"}
    private |= {name for name, _label in PATTERNS if name.startswith("contribution")}
    states = dict.fromkeys(sorted(private), "published")
    states |= dict.fromkeys(["projects:detail", "visits:detail", "source"], "draft")
    staff = staff_client("Publisher")
    marked = [path for path in ("/admin/", "/admin/projects/project/") if may_be_kept(path, staff)]
    for name, state in states.items():
        with transaction.atomic():
            if may_be_kept(address(name, "", state)):
                marked.append(name)
            transaction.set_rollback(True)
    assert marked == []


@pytest.fixture(scope="module")
def built(frozen, django_db_blocker) -> package.Package:
    """The data set of the frozen edition. A role that is rolled back would have the next one build it again."""
    with django_db_blocker.unblock(), transaction.atomic():
        DataRelease.objects.bulk_create([copy(frozen[0].data_release)])
        data = package.build.__wrapped__(0)
        transaction.set_rollback(True)
    return data


@pytest.mark.parametrize(("name", "label"), PATTERNS, ids=lambda part: part)
def test_each_role_gets_what_the_table_says(name, label, staff_client, edition, built, monkeypatch):
    monkeypatch.setattr(package, "build", lambda _version: built)
    clients = {"visitor": Client(headers={"host": "localhost"})}
    clients |= {role: staff_client(role.capitalize()) for role in ROLES[1:]}
    for key, expected in ACCESS.items():
        line, *rest = key.split()
        if line != line_of(name, label):
            continue
        state = next((word for word in rest if word in STATES), "published")
        got = {}
        with transaction.atomic():
            path = address(name, label, state)
            for role, client in clients.items():
                with transaction.atomic():
                    response = client.post(path) if "POST" in rest else client.get(path)
                    got[role] = response.status_code
                    ended(response)
                    transaction.set_rollback(True)
            transaction.set_rollback(True)
        assert got == expected, f"{key}: {path}"
