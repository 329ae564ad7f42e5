"""A redacted passage is erased everywhere, and the redaction is logged."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from partnership.models import QueuedEmail, Redaction, Revision
from partnership.search import search
from projects.models import Project
from tests.base import fetch, filled_in, url
from tests.factories import make_project

PASSAGE = "Anna “Annie” Åkesson"
ASKED = {"reason": "A private person", "decision": "KS 2026/1"}


@pytest.fixture
def administrator(staff):
    return staff("Administrator").username


def test_a_passage_is_erased_from_the_record_its_versions_and_the_search(staff_client, administrator):
    client = staff_client("Publisher")
    project = make_project(
        code="test-project", title_en=f"With {PASSAGE}", summary_en=f"{PASSAGE} came. {PASSAGE} left."
    )
    project.objectives.create(text_en=f"Meet {PASSAGE}")
    data = filled_in(client.get(url(Project, "change", project.pk)))
    client.post(url(Project, "change", project.pk), data | {"period": "2012", "reason": f"Said by {PASSAGE}"})
    assert search("Åkesson", "en").total == 1

    call_command("redact", PASSAGE, by=administrator, **ASKED)

    project.refresh_from_db()
    assert project.summary_en == "[…] came. […] left."
    assert "Åkesson" not in fetch(project.get_absolute_url()).html
    assert "Åkesson" not in fetch("/en/changes/").html
    for revision in Revision.objects.of(project):
        assert "Åkesson" not in f"{revision.content} {revision.title} {revision.reason}"
    assert search("Åkesson", "en").total == 0


def test_that_it_was_done_is_kept_without_what_it_was(administrator):
    make_project(code="test-project", summary_en=PASSAGE)

    call_command("redact", PASSAGE, by=administrator, **ASKED)

    redaction = Redaction.objects.get()
    assert (redaction.by.username, redaction.reason, redaction.decision) == (
        administrator,
        "A private person",
        "KS 2026/1",
    )
    assert redaction.places == ["project/test-project: summary_en"]
    assert "Åkesson" not in str(redaction.__dict__)


@pytest.mark.parametrize("group", ["Editor", "Publisher"])
def test_only_an_administrator_erases(group, staff):
    make_project(summary_en=PASSAGE)

    with pytest.raises(CommandError, match="is no administrator"):
        call_command("redact", PASSAGE, by=staff(group).username, **ASKED)

    assert Project.objects.filter(summary_en=PASSAGE).exists()


@pytest.mark.parametrize("passage", ["an", "   ", "Nobody ever wrote this"])
def test_what_is_too_short_or_nowhere_is_refused(passage, administrator):
    with pytest.raises(CommandError):
        call_command("redact", passage, by=administrator, **ASKED)

    assert not Redaction.objects.exists()


def test_queued_mail_is_no_part_of_the_record(administrator, staff):
    QueuedEmail.objects.create(to=staff("Editor"), subject="Published", body=PASSAGE)

    with pytest.raises(CommandError, match="nowhere on record"):
        call_command("redact", PASSAGE, by=administrator, **ASKED)

    assert QueuedEmail.objects.get().body == PASSAGE
