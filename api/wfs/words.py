"""Exception reports in French: the library's are in English, and QGIS shows them as they are."""

from django.http import HttpResponse
from gisserver.exceptions import OWSException

# By the code of the standard; what the library says more stands behind, in its own words
SENTENCES = {
    "InvalidParameterValue": "Valeur refusée",
    "MissingParameterValue": "Un paramètre manque",
    "OperationNotSupported": "Cette opération n’est pas offerte",
    "OperationParsingFailed": "La requête est illisible",
    "OperationProcessingFailed": "La requête n’a pas pu être traitée",
    "OptionNotSupported": "Cette option n’est pas offerte",
    "VersionNegotiationFailed": "Seule la version 2.0.0 est offerte",
}
NOT_FOUND = "Aucun objet n’a cet identifiant, ou il n’est pas ouvert à vous."


def in_french(error: OWSException) -> OWSException:
    """Put a French sentence before what the library says of a request; ``locator`` names the parameter."""
    if error.code == "NotFound":
        error.text = NOT_FOUND
    elif sentence := SENTENCES.get(error.code):
        where = f" ({error.locator})" if error.locator else ""
        error.text = f"{sentence}{where} : {error.text}"
    return error


def said_in_french(response: HttpResponse) -> HttpResponse:
    """Declare the language of a report."""
    response.content = response.content.replace(b'xml:lang="en-US"', b'xml:lang="fr"')
    return response


def report(error: OWSException) -> HttpResponse:
    """Answer a report whose sentence is ours."""
    return said_in_french(error.as_response())
