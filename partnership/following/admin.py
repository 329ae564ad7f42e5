"""What staff see of followers: numbers. An administrator finds one by the whole address, to answer or to delete."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..fields.email_addresses import AddressField
from ..models import Follower, Following, QueuedEmail, Suppression
from .topics import title_of


class FindForm(forms.Form):
    email = AddressField(label=gettext_lazy("The whole address"))


class FollowerAdmin(admin.ModelAdmin):
    """No address is listed or exported."""

    def has_module_permission(self, request):
        return super().has_module_permission(request) and not request.user.works_outside_the_eu

    def has_view_permission(self, request, obj=None):
        return super().has_view_permission(request, obj) and not request.user.works_outside_the_eu

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def change_view(self, request, object_id, form_url="", extra_context=None):
        raise PermissionDenied

    def delete_view(self, request, object_id, extra_context=None):
        raise PermissionDenied

    def history_view(self, request, object_id, extra_context=None):
        raise PermissionDenied

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        user: Any = request.user
        if not self.has_view_permission(request):
            raise PermissionDenied
        may_find = user.has_perm("partnership.delete_follower")
        form = FindForm(request.POST or None)
        if request.method == "POST":
            if not may_find:
                raise PermissionDenied
            if form.is_valid() and (response := self._find(request, form.cleaned_data["email"])):
                return response
        confirmed = Follower.objects.confirmed()
        topics = Following.objects.filter(follower__in=confirmed).values("kind", "code").annotate(number=Count("pk"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Followers"),
            "opts": self.opts,
            "form": form,
            "may_find": may_find,
            "by_language": confirmed.values("language").annotate(number=Count("pk")).order_by("language"),
            "by_topic": [(title_of(row["kind"], row["code"]), row["number"]) for row in topics.order_by("-number")],
            "letters": QueuedEmail.objects.values("state").annotate(number=Count("pk")).order_by("state"),
            "suppressed": Suppression.objects.count(),
        }
        return TemplateResponse(request, "admin/followers.html", context)

    def _find(self, request: HttpRequest, address: str) -> HttpResponse | None:
        follower = Follower.objects.filter(email=address).first()
        if follower is None:
            self.message_user(request, _("Nobody follows with this address."), messages.INFO)
            return None
        action = request.POST.get("action")
        if action == "delete":
            follower.delete()
            self.message_user(request, _("The follower is deleted."), messages.SUCCESS)
        elif action == "complained":
            Suppression.add(follower.email, Suppression.Why.COMPLAINED)
            follower.delete()
            self.message_user(request, _("The follower is deleted and is not written to again."), messages.SUCCESS)
        else:
            topics = ", ".join(title_of(topic.kind, topic.code) for topic in follower.topics.all())
            text = _("This address follows: %(topics)s. State: %(state)s.")
            self.message_user(request, text % {"topics": topics or "–", "state": follower.state}, messages.INFO)
        return HttpResponseRedirect(reverse("admin:partnership_follower_changelist"))
