"""Management of users and partners by the administrators; no map here, so no widget from a CDN."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from geo_lhi.accounts.models import ApiToken, Export, User
from layers.kept_fields import KEPT
from layers.models import Partner


@admin.register(User)
class PartnerUserAdmin(UserAdmin):
    """Users, with their partner."""

    fieldsets = (*UserAdmin.fieldsets, ("Partenaire", {"fields": ("partner",)}))
    list_display = ("username", "email", "partner", "is_active", "is_superuser")
    list_select_related = ("partner",)


@admin.register(Partner)
class PartnerAdmin(admin.ModelAdmin):
    """Partners, their perimeter and their dates."""

    list_display = ("nom", "type", "starts_on", "ends_on")
    list_filter = ("type",)
    search_fields = ("nom",)
    filter_horizontal = ("communes", "epcis", "zones", "excluded_zones")
    readonly_fields = ("kept_by_type",)

    @admin.display(description="Ne lit pas, par type de partenaire")
    def kept_by_type(self, partner: Partner) -> SafeString:
        """Tell the table of what is kept from types of partners: it is the same for all of a type."""
        return format_html_join(
            mark_safe("<br>"),
            "<strong>{}</strong> ({}) : {}",
            ((kind.title, kind.told, kind.types) for kind in KEPT.values()),
        )


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that nobody adds, changes or deletes here."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse."""
        return False

    def has_delete_permission(self, request: HttpRequest, *args: Any) -> bool:
        """Refuse."""
        return False


@admin.register(Export)
class ExportAdmin(ReadOnlyAdmin):
    """What has left, newest first."""

    list_display = ("at", "account", "token", "what", "source", "rows")
    list_filter = ("what",)
    search_fields = ("account",)
    date_hierarchy = "at"
    ordering = ("-at",)


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnlyAdmin):
    """Access tokens: what they open, until when, whether they serve; an administrator can only close them."""

    list_display = ("name", "user", "scopes", "created_on", "expires_on", "last_used_on", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "user__username")
    ordering = ("-pk",)
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="Révoquer les jetons choisis", permissions=["view"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        """Close the tokens at once."""
        closed = chosen.filter(revoked_at=None).update(revoked_at=timezone.now())
        self.message_user(request, f"{closed} jetons révoqués.")
