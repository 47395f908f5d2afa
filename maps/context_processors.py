"""What each page says at its top."""

from django.conf import settings
from django.http import HttpRequest


def territory_banner(request: HttpRequest) -> dict[str, str]:
    """Give the warning of an invented territory, empty on a real one."""
    return {"territory_banner": settings.TERRITORY_BANNER}
