"""From what somebody knows to the letter that tells of it, and out with one click."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from partnership.following import digests
from partnership.models import Follower, Revision, Source
from projects.models import Project
from tests.base import fetch, filled_in, letters, url
from tests.partnership.contributions.test_inbox import do, make_contribution
from tests.partnership.following.test_following import make_follower


@pytest.mark.django_db
def test_what_somebody_told_is_cited_told_to_followers_and_can_be_left(staff_client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    Revision.objects.all().delete()
    contribution = make_contribution(model_name="project", code="leseding", email="")
    follower = make_follower(topics=[("project", "leseding")], rhythm="at_once")
    clerk = staff_client("Publisher")

    form_url = do(clerk, contribution, "source")["Location"]
    response = clerk.post(form_url, filled_in(clerk.get(form_url)) | {"state": "published"})
    assert response.status_code == 302, response.context["errors"]
    project = Project.objects.get(code="leseding")
    cite_url = f"{url(Project, 'change', project.pk)}?cite={Source.objects.get(kind='contribution').pk}"
    response = clerk.post(cite_url, filled_in(clerk.get(cite_url)) | {"reason": "Somebody who was there told us."})
    assert response.status_code == 302, response.context["errors"]
    do(clerk, contribution, "result", record="project/leseding")
    do(clerk, contribution, "close", state="used", text="Thank you.")

    assert "Told to the record on" in fetch("/en/projects/leseding/").text
    digests._remembered.cache_clear()
    digests.prepare_digests(timezone.now() + timedelta(hours=2))
    told = {letter.to[0]: letter for letter in letters()}
    assert "Leseding" in told["eva@vaxjo.se"].body
    assert reverse("leave", args=[follower.key]) in told["eva@vaxjo.se"].body
    assert "Mrs Example" not in told["eva@vaxjo.se"].body
    assert Client(headers={"host": "localhost"}).post(f"/u/{follower.key}").status_code == 200
    assert not Follower.objects.exists()
