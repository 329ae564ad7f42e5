"""The criteria of a round of an award stand in its form, and in its versions."""

from __future__ import annotations

from partnership.models import AwardRound, Revision
from tests.base import filled_in, url


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
