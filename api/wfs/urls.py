"""Address of the WFS."""

from django.urls import path

from api.wfs.views import LayersWFS
from geo_lhi.accounts.access import Access, access

urlpatterns = [path("wfs/", access(Access.GIS)(LayersWFS.as_view()), name="wfs")]
