"""Management of users and partners by the administrators; no map here, so no widget from a CDN."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from geo_lhi.accounts.models import User
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
