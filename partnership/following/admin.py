"""What staff see of followers: numbers. An administrator finds one by the whole address, to answer or to delete."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ..fields.email_addresses import AddressField
from ..fields.translated import language_columns
from ..models import Follower, Following, Newsletter, QueuedEmail, Suppression
from ..staff.record_admin import RecordAdmin
from . import newsletters
from .topics import titles_of, topics_of


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
        rows = list(topics.order_by("-number"))
        titles = titles_of((row["kind"], row["code"]) for row in rows)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Followers"),
            "opts": self.opts,
            "form": form,
            "may_find": may_find,
            "by_language": confirmed.values("language").annotate(number=Count("pk")).order_by("language"),
            "by_topic": [(titles[row["kind"], row["code"]], row["number"]) for row in rows],
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
            topics = ", ".join(topics_of(follower).values())
            text = _("This address follows: %(topics)s. State: %(state)s.")
            self.message_user(request, text % {"topics": topics or "–", "state": follower.state}, messages.INFO)
        return HttpResponseRedirect(reverse("admin:partnership_follower_changelist"))


class NewsletterAdmin(RecordAdmin):
    """Written and published as every record; then sent once, by somebody else than its writer where there is one."""

    change_form_template = "admin/newsletter_change_form.html"
    preview_page = staticmethod(newsletters.newsletter_page)
    preview_records = staticmethod(Newsletter.objects.all)
    list_display = ["number", "__str__", "state"]
    list_filter = ["state"]
    fieldsets = [
        RecordAdmin.publishing_fields,
        (None, {"fields": ("number", language_columns("title"), language_columns("lead"), language_columns("text"))}),
        RecordAdmin.note_fields,
        RecordAdmin.address_fields,
        RecordAdmin.withdrawal_fields,
    ]

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/send/", wrap(self.send_view), name="partnership_newsletter_send"),
            path("<int:pk>/me/", wrap(self.me_view), name="partnership_newsletter_me"),
            path("<int:pk>/stop/", wrap(self.stop_view), name="partnership_newsletter_stop"),
            *super().get_urls(),
        ]

    def record_context(self, request, record):
        people = newsletters.receivers()
        return {
            **super().record_context(request, record),
            "mailing": getattr(record, "mailing", None),
            "may_send": self._may_send(request),
            "obstacles": newsletters.what_keeps_from_sending(record, request.user),
            "receivers": [(row["language"], row["number"]) for row in _by_language(people)],
        }

    def _may_send(self, request: HttpRequest) -> bool:
        user: Any = request.user
        return user.has_perm("partnership.publish_newsletter")

    def _posted_newsletter(self, request: HttpRequest, pk: int) -> Newsletter:
        newsletter = get_object_or_404(Newsletter, pk=pk)
        if request.method != "POST" or not self.has_view_permission(request, newsletter):
            raise PermissionDenied
        return newsletter

    def _back(self, newsletter: Newsletter) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:partnership_newsletter_change", args=[newsletter.pk]))

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        newsletter = self._posted_newsletter(request, pk)
        if not self._may_send(request):
            raise PermissionDenied
        try:
            count = newsletters.send_newsletter(newsletter, request.user)
        except ValidationError as error:
            for message in error.messages:
                self.message_user(request, message, messages.ERROR)
        else:
            text = ngettext("It goes to %(count)s follower.", "It goes to %(count)s followers.", count)
            self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return self._back(newsletter)

    def me_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        newsletter = self._posted_newsletter(request, pk)
        try:
            newsletters.send_to_me(newsletter, request.user)
        except ValidationError as error:
            for message in error.messages:
                self.message_user(request, message, messages.ERROR)
        else:
            self.message_user(request, _("It is on its way to you in each language."), messages.SUCCESS)
        return self._back(newsletter)

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        newsletter = self._posted_newsletter(request, pk)
        if not self._may_send(request):
            raise PermissionDenied
        count = newsletters.stop(newsletter)
        text = ngettext("Stopped: %(count)s letter had not gone.", "Stopped: %(count)s letters had not gone.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
        return self._back(newsletter)


def _by_language(people: Any) -> Any:
    return people.values("language").annotate(number=Count("pk")).order_by("language")
