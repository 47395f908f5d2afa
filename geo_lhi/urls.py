"""Every address of the application; each view declares its access rule (geo_lhi/accounts/access.py)."""

from django.contrib import admin
from django.urls import include, path

handler404 = "api.errors.not_found"
urlpatterns = [
    path("", include("geo_lhi.accounts.urls")),
    path("", include("api.urls")),
    path("", include("cadastre_import.urls")),
    path("", include("maps.urls")),
    path("gestion/", admin.site.urls),
]
