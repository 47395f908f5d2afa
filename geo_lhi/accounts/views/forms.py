"""What is asked of whoever makes an access token."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from geo_lhi.accounts.models import TokenScope, User

DURATIONS = {30: "30 jours", 90: "3 mois", 180: "6 mois", 365: "un an"}
MOST = 20  # usable tokens of one person

USES = {
    TokenScope.WFS: "WFS : ouvrir les couches dans QGIS",
    TokenScope.OGC: "OGC API et GeoJSON : les mêmes couches, pour QGIS récent et les programmes",
    TokenScope.TILES: "Tuiles vectorielles : un fond rapide, pour QGIS et les cartes web",
    TokenScope.EXPORT: "Fichiers : télécharger les couches, les résultats d’analyses et les documents du comité",
}


class TokenForm(forms.Form):
    """A name that no other usable token of the person has, services, a duration."""

    name = forms.CharField(
        max_length=100,
        error_messages={
            "required": "Donnez un nom à cet accès : il vous dira lequel révoquer.",
            "max_length": "Le nom a 100 caractères au plus.",
        },
    )
    scopes = forms.MultipleChoiceField(
        choices=list(USES.items()),
        initial=[TokenScope.WFS],
        error_messages={
            "required": "Choisissez au moins un service.",
            "invalid_choice": "Service inconnu.",
            "invalid_list": "Service inconnu.",
        },
    )
    days = forms.TypedChoiceField(
        choices=list(DURATIONS.items()),
        initial=180,
        coerce=int,
        error_messages={"required": "Choisissez une durée.", "invalid_choice": "Durée inconnue."},
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_name(self) -> str:
        """Refuse a name in use: the page sent again by mistake makes no second token."""
        name = self.cleaned_data["name"]
        usable = self.user.tokens.usable_on(timezone.localdate())
        if usable.filter(name=name).exists():
            raise forms.ValidationError(f"Vous avez déjà un accès « {name} » : choisissez un autre nom.")
        if usable.count() >= MOST:
            raise forms.ValidationError(f"Vous avez déjà {MOST} accès : révoquez ceux qui ne servent plus.")
        return name

    @property
    def expires_on(self) -> date:
        """Give the last day of the token."""
        return timezone.localdate() + timedelta(days=self.cleaned_data["days"])
