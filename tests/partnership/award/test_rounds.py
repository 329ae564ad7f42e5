"""Rounds of awards, with their criteria, and professions are records: rights, versions, conflicts and changes."""

from __future__ import annotations

import pytest

from partnership.models import AwardRound, Revision
from tests.base import filled_in, url
from visits.models import Profession


@pytest.mark.parametrize("model", [AwardRound, Profession])
def test_what_the_public_reads_is_changed_by_publishers_only(model, staff_client):
    record = model.objects.first()
    path = url(model, "change", record.pk)
    assert record.is_published

    assert staff_client("Editor").post(path, {}).status_code == 403

    publisher = staff_client("Publisher")
    response = publisher.post(path, filled_in(publisher.get(path)) | {"note_en": "What a reader should know."})
    assert response.status_code == 302, response.context["errors"]
    revision = Revision.objects.of(record).first()
    assert (revision.is_public, revision.fields) == (True, ["note"])


def test_criteria_are_versions_of_their_round(staff_client):
    award_round = AwardRound.objects.filter(criteria__isnull=False).first()
    client = staff_client("Publisher")
    path = url(AwardRound, "change", award_round.pk)

    client.post(path, filled_in(client.get(path)) | {"criteria-0-name_sv": "Ett annat namn"})

    assert Revision.objects.of(award_round).first().fields == ["criteria"]
    assert award_round.criteria.filter(name_sv="Ett annat namn").exists()


def test_a_person_in_a_criterion_is_asked_about(staff_client):
    award_round = AwardRound.objects.filter(criteria__isnull=False).first()
    client = staff_client("Publisher")
    path = url(AwardRound, "change", award_round.pk)

    response = client.post(path, filled_in(client.get(path)) | {"criteria-0-name_sv": "Ring 070-123 45 67"})

    assert "070-123 45 67" in response.content.decode()
    assert not Revision.objects.of(award_round).exists()
