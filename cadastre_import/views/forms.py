"""What is asked of a file before it is imported."""

from typing import Any, Self

from django import forms
from django.utils import timezone

from cadastre_import.sources import SOURCES
from layers.models import Upload

PROJECTIONS = (
    ("", "celle que dit le fichier"),
    ("2154", "Lambert-93 (métropole)"),
    ("4326", "WGS 84, en degrés"),
    ("3857", "Web Mercator"),
    ("5490", "RGAF09 / UTM 20 (Guadeloupe, Martinique)"),
    ("2972", "RGFG95 / UTM 22 (Guyane)"),
    ("2975", "RGR92 / UTM 40 (La Réunion)"),
    ("4471", "RGM04 / UTM 38 (Mayotte)"),
)


class DepositForm(forms.Form):
    """The source of a file, its edition, its projection; the fields are those of ``ask_import``."""

    source = forms.ChoiceField(
        label="Source",
        choices=lambda: [("", "Choisissez…"), *((name, s.title) for name, s in SOURCES.items())],
        error_messages={"required": "Choisissez la source du fichier.", "invalid_choice": "Source inconnue."},
    )
    millesime = forms.DateField(
        label="Édition du fichier",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Édition : une date est attendue."},
    )
    srid = forms.TypedChoiceField(
        label="Projection des coordonnées",
        choices=PROJECTIONS,
        required=False,
        coerce=int,
        empty_value=None,
        error_messages={"invalid_choice": "Projection non acceptée."},
    )
    follow = forms.BooleanField(label="Géocoder et ancrer ensuite ce que ce fichier concerne", required=False)
    force = forms.BooleanField(label="Relire ce fichier même s’il a déjà été importé", required=False)

    @classmethod
    def of(cls, upload: Upload) -> Self:
        """Give the form as the upload was last described."""
        initial: dict[str, Any] = {
            "source": upload.source,
            "millesime": upload.millesime,
            "srid": str(upload.srid or ""),
            "follow": upload.follow,
            "force": upload.force,
        }
        return cls(initial=initial)

    def clean_millesime(self) -> Any:
        """Refuse an edition of the future."""
        day = self.cleaned_data["millesime"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("Édition : cette date est dans l’avenir.")
        return day
