"""Staff in the admin: invited, sent a new link, freed from a lost telephone or from a wait. Only by administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop
from django_otp import user_has_device

from ..models import ROLES, FailedSignIn, User
from . import lockout, second_factor
from .accounts import MailError, send_link
from .forms import StaffForm

#: What the log says was added or taken away; Django translates it for each reader.
_LINK, _FACTOR = gettext_noop("link to set a password"), gettext_noop("second factor")


class ForAdministrators:
    """Only administrators inside the EU see who works here: see ``User.works_outside_the_eu``."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_authenticated and request.user.may_see_staff

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_module_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class StaffAdmin(ForAdministrators, admin.ModelAdmin):
    form = StaffForm
    change_form_template = "admin/staff_change_form.html"
    list_display = ["username", "email", "partner", "role_name", "is_active", "link_sent_at", "last_login"]
    list_select_related = ["partner"]
    list_filter = ["is_active"]
    search_fields = ["username", "email"]
    ordering = ["username"]
    autocomplete_fields = ["partner"]
    readonly_fields = ["link_sent_at", "last_login"]
    fieldsets = [
        (None, {"fields": ("username", "email", "partner", "role", "is_active")}),
        (_("Account"), {"fields": (("link_sent_at", "last_login"),)}),
    ]
    add_fieldsets = [(None, {"fields": ("username", "email", "partner", "role")})]

    def get_fieldsets(self, request, obj=None):
        return self.fieldsets if obj else self.add_fieldsets

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request, obj=None):
        """Nobody shuts out themselves by mistake."""
        own = ["is_active"] if obj and obj.pk == request.user.pk else []
        return [*self.readonly_fields, *own]

    def lookup_allowed(self, lookup, value, request):
        """No guessing at hashes by what the list finds."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request, obj=None):
        """A superuser’s address leads to a superuser’s password; only another superuser may change it."""
        may = super().has_change_permission(request, obj)
        return may and (obj is None or not obj.is_superuser or request.user.is_superuser)

    @admin.display(description=_("role"))
    def role_name(self, user: User) -> str:
        return str(ROLES.get(user.role.name, user.role.name)) if user.role else "–"

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
            request.invited = obj
        super().save_model(request, obj, form, change)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Sends the letter after the account is stored: a slow mail server must hold no lock and undo nothing."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if hasattr(request, "invited"):
            self._send(request, request.invited)
        return response

    def _send(self, request: HttpRequest, user: User) -> None:
        try:
            send_link(user)
        except MailError:
            text = _(
                "The account is kept, but the letter to %(email)s could not be sent: the mail server does not answer. "
                "Send the link again later."
            )
            self.message_user(request, text % {"email": user.email}, messages.ERROR)
        else:
            text = _("A letter with a link to set a password has gone to %(email)s.")
            self.message_user(request, text % {"email": user.email}, messages.SUCCESS)

    # Buttons of the form

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/link/", wrap(self.link_view), name="partnership_user_link"),
            path("<int:pk>/device/", wrap(self.device_view), name="partnership_user_device"),
            *super().get_urls(),
        ]

    def _changeable(self, request: HttpRequest, pk: int) -> User:
        user = get_object_or_404(User, pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def _back_to(self, user: User) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:partnership_user_change", args=[user.pk]))

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sends the link again. It is also how a new password is started; nobody else ever sees one."""
        user = self._changeable(request, pk)
        self._send(request, user)
        self.log_change(request, user, [{"added": {"name": _LINK, "object": user.email}}])
        return self._back_to(user)

    def device_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Takes a lost telephone, and the recovery codes, away from somebody."""
        user = self._changeable(request, pk)
        second_factor.take_away(user)
        self.log_change(request, user, [{"deleted": {"name": _FACTOR, "object": user.username}}])
        self.message_user(request, _("At the next sign-in a new telephone is set up."), messages.SUCCESS)
        return self._back_to(user)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.has_change_permission(request, obj):
            context |= {"may_send": obj.is_active and obj.email, "has_device": user_has_device(obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)


class FailedSignInAdmin(ForAdministrators, admin.ModelAdmin):
    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "waits"]
    search_fields = ["username"]
    actions = ["unlock"]
    # A row is no page: all there is to know stands in the list.
    list_display_links = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=_("has to wait until"))
    def waits(self, failure: FailedSignIn) -> str:
        of_this = FailedSignIn.objects.filter(username=failure.username, ip_address=failure.ip_address)
        wait = lockout.wait_for(of_this)
        if not wait.total_seconds() > 0:
            return "–"
        return f"{timezone.localtime(timezone.now() + wait):%H:%M}"

    @admin.action(description=_("Unlock: forget the failures"), permissions=["view"])
    def unlock(self, request, chosen):
        for failure in chosen:
            FailedSignIn.objects.filter(username=failure.username, ip_address=failure.ip_address).delete()
        self.message_user(request, _("They can try again at once."), messages.SUCCESS)
