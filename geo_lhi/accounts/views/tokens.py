"""« Mes accès »: a person's access tokens, made, shown once, and revoked."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import ApiToken
from geo_lhi.accounts.tokens import issue
from geo_lhi.accounts.tokens import revoke as revoke_token
from geo_lhi.accounts.views.forms import TokenForm


@access(Access.SIGNED_IN)
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("text")
def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens; make one and show it, in this answer and never again."""
    form = TokenForm(request.user, request.POST or None)
    made, text = None, ""
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        made, text = issue(request.user, asked["name"], asked["scopes"], form.expires_on)
        form = TokenForm(request.user)
    response = render(request, "accounts/tokens.html", _context(request, form, made, text))
    response["Cache-Control"] = "private, no-store"
    return response


@access(Access.SIGNED_IN)
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a token at once; a foreign one is as missing."""
    token = ApiToken.objects.filter(user=request.user, pk=pk).first()
    if token is None:
        raise Http404
    revoke_token(request.user, pk)
    messages.success(request, f"L’accès « {token.name} » est révoqué : il n’ouvre plus rien.")
    return redirect("tokens")


def _context(request: HttpRequest, form: TokenForm, made: ApiToken | None, text: str) -> dict[str, Any]:
    usable = request.user.tokens.usable_on(timezone.localdate())
    tile = reverse("tile", args=["signalements", 0, 0, 0]).removesuffix("0/0/0.mvt")
    return {
        "form": form,
        "made": made,
        "text": text,
        "tokens": usable.order_by("-pk"),
        "former": request.user.tokens.exclude(pk__in=usable.values("pk")).order_by("-pk")[:50],
        "wfs": request.build_absolute_uri(reverse("wfs")),
        "tiles": request.build_absolute_uri(tile) + "{z}/{x}/{y}.mvt",
        "ogc": request.build_absolute_uri(reverse("ogc")),
        "api": request.build_absolute_uri(reverse("api-signalements")),
    }
