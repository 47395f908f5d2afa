"""What every committee document says of itself."""

SOURCE = "Signal Logement (signalements), cadastre et Base adresse nationale (position), Insee (logements)"
DISCLOSURE = (
    "Cellules d’au moins 11 logements où, chaque année, aucun ou au moins 5 logements sont signalés, secret"
    " secondaire compris : aucun ménage n’y est reconnaissable, même en soustrayant une édition d’une autre."
)
