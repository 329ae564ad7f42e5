"""Admin of staff accounts and of failed sign-ins, for administrators."""

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
from ..staff.autocomplete import ChoiceByName
from . import lockout, second_factor, security_log, sessions
from .accounts import queue_link
from .forms import StaffForm
from .security_log import What

#: Names in log entries; Django translates them when it shows the entry.
_LINK, _FACTOR = gettext_noop("link to set a password"), gettext_noop("second factor")


class AdministratorsOnly:
    """Only administrators inside the EU see staff accounts: see ``User.works_outside_the_eu``."""

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


class StaffAdmin(AdministratorsOnly, ChoiceByName, admin.ModelAdmin):
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
        """Users cannot deactivate themselves."""
        is_own_account = obj and obj.pk == request.user.pk
        return [*self.readonly_fields, *(["is_active"] if is_own_account else [])]

    def lookup_allowed(self, lookup, value, request):
        """Password hashes cannot be guessed through filters of the list."""
        return not lookup.startswith("password") and super().lookup_allowed(lookup, value, request)

    def has_change_permission(self, request, obj=None):
        """The e-mail address of a superuser leads to its password, so only another superuser may change it."""
        is_protected = obj is not None and obj.is_superuser and not request.user.is_superuser
        return super().has_change_permission(request, obj) and not is_protected

    @admin.display(description=_("role"))
    def role_name(self, user: User) -> str:
        return str(ROLES.get(user.role.name, user.role.name)) if user.role else "–"

    def save_model(self, request, obj, form, change):
        if not change:
            obj.is_staff = True
            obj.set_unusable_password()
            request.invited = obj
        request.role_before = obj.role.name if change and obj.role else ""
        super().save_model(request, obj, form, change)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        user = User.objects.get(pk=form.instance.pk)
        role = user.role.name if user.role else ""
        if role != request.role_before or "is_active" in form.changed_data:
            words = (
                f"{user.username}: {request.role_before or '–'} → {role or '–'}{'' if user.is_active else ', inactive'}"
            )
            security_log.note(What.ROLE, request=request, detail=words)

    def changeform_view(self, request, object_id=None, form_url="", extra_context=None):
        """Queues the letter once the account is stored."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if hasattr(request, "invited"):
            self._send(request, request.invited)
        return response

    def _send(self, request: HttpRequest, user: User) -> None:
        queue_link(user)
        text = _("A letter with a link to set a password is on its way to %(email)s.")
        self.message_user(request, text % {"email": user.email}, messages.SUCCESS)

    # Buttons of the form

    def get_urls(self):
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/link/", wrap(self.link_view), name="partnership_user_link"),
            path("<int:pk>/device/", wrap(self.device_view), name="partnership_user_device"),
            path("<int:pk>/sessions/", wrap(self.sessions_view), name="partnership_user_sessions"),
            *super().get_urls(),
        ]

    def _posted_user(self, request: HttpRequest, pk: int) -> User:
        user = get_object_or_404(User, pk=pk)
        if request.method != "POST" or not self.has_change_permission(request, user):
            raise PermissionDenied
        return user

    def _redirect_to_form(self, user: User) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:partnership_user_change", args=[user.pk]))

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sends a new link, which also resets a password."""
        user = self._posted_user(request, pk)
        self._send(request, user)
        security_log.note(What.LINK, request=request, detail=user.username)
        self.log_change(request, user, [{"added": {"name": _LINK, "object": user.email}}])
        return self._redirect_to_form(user)

    def device_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Removes a lost telephone and the recovery codes."""
        user = self._posted_user(request, pk)
        second_factor.remove_devices(user)
        security_log.note(What.FACTOR, request=request, detail=f"{user.username}: –")
        self.log_change(request, user, [{"deleted": {"name": _FACTOR, "object": user.username}}])
        self.message_user(request, _("At the next sign-in a new telephone is set up."), messages.SUCCESS)
        return self._redirect_to_form(user)

    def sessions_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ends the sessions of somebody whose machine is lost, or who has left one open."""
        user = self._posted_user(request, pk)
        number = sessions.end_all(user)
        security_log.note(What.ENDED, request=request, detail=f"{user.username}: {number}")
        text = _("%(name)s is signed out everywhere. Sessions that were open: %(number)s.")
        self.message_user(request, text % {"name": user, "number": number}, messages.SUCCESS)
        return self._redirect_to_form(user)

    def render_change_form(self, request, context, add=False, change=False, form_url="", obj=None):
        if obj and self.has_change_permission(request, obj):
            context |= {"may_send": obj.is_active and obj.email, "has_device": user_has_device(obj), "may_end": True}
        return super().render_change_form(request, context, add, change, form_url, obj)


class SecurityEventAdmin(AdministratorsOnly, admin.ModelAdmin):
    list_display = ["at", "what", "user", "client", "detail"]
    list_select_related = ["user"]
    list_filter = ["what"]
    search_fields = ["user__username", "client", "detail"]
    date_hierarchy = "at"
    actions = None
    # The list shows every field, so a row needs no page.
    list_display_links = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False


class FailedSignInAdmin(AdministratorsOnly, admin.ModelAdmin):
    list_display = ["username", "ip_address", "failures_since_start", "attempt_time", "waits"]
    search_fields = ["username"]
    actions = ["unlock"]
    # The list shows every field, so a row needs no page.
    list_display_links = None

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    @admin.display(description=_("has to wait until"))
    def waits(self, failure: FailedSignIn) -> str:
        failures = FailedSignIn.objects.filter(username=failure.username, ip_address=failure.ip_address)
        wait = lockout.remaining_wait(failures)
        if not wait.total_seconds() > 0:
            return "–"
        return f"{timezone.localtime(timezone.now() + wait):%H:%M}"

    @admin.action(description=_("Unlock: forget the failures"), permissions=["view"])
    def unlock(self, request, queryset):
        for failure in queryset:
            FailedSignIn.objects.filter(username=failure.username, ip_address=failure.ip_address).delete()
        self.message_user(request, _("They can try again at once."), messages.SUCCESS)
