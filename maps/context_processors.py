"""What each page says at its top."""

from django.conf import settings
from django.http import HttpRequest

# The entry of the navigation under which each page stands
SECTIONS = {
    "explorer": "explorer",
    "signalements": "explorer",
    "signalement": "explorer",
    "place": "explorer",
    "territories": "territories",
    "territory": "territories",
    "review-queue": "review-queue",
    "review": "review-queue",
    "review-choice": "review-queue",
    "review-search": "review-queue",
    "place-file": "explorer",
    "duplicates": "duplicates",
    "priorities": "priorities",
    "priority-run": "priorities",
    "priority-round": "priorities",
    "committee": "committee",
    "analyses": "analyses",
    "analysis": "analyses",
    "analysis-launch": "analyses",
    "analysis-request": "analyses",
    "analysis-comparison": "analyses",
    "help": "help",
    "tokens": "tokens",
}


def territory_banner(request: HttpRequest) -> dict[str, str]:
    """Give the warning of an invented territory (empty on a real one), and the section of the page."""
    name = request.resolver_match.url_name if request.resolver_match else ""
    return {"territory_banner": settings.TERRITORY_BANNER, "section": SECTIONS.get(name or "", "")}
