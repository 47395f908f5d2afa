"""What every committee document says of itself."""

SOURCE = "Signal Logement (signalements), cadastre et Base adresse nationale (position), Insee (logements)"
DISCLOSURE = (
    "Cellules d’au moins 11 logements et 5 logements signalés, secret secondaire compris :"
    " aucun ménage n’y est reconnaissable."
)
