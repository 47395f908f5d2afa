"""A street that fits in the head: parcelles of 10 m side by side, addresses on the pavement south of them."""

from layers.models import Anchor
from tests.factories import AddressFactory, GeocodingFactory, SignalementFactory, point

CODE = "01001"
LEFT, RIGHT = f"{CODE}000AA0001", f"{CODE}000AA0002"


def address(voie, numero, x, y):
    return AddressFactory(voie=voie, numero=numero, ban_id=f"{voie.code}_{numero:05d}", geom=point(x, y))


def report(x, y, precision="numero", *, found=None, kind="housenumber", score=0.9, **fields):
    """Give a report at (x, y); ``found`` is the BAN identifier that the geocoder gave."""
    fields = {"code_insee": CODE, "commune_id": CODE, "geom": point(x, y)} | fields
    signalement = SignalementFactory(precision=precision, commune=None, **fields)
    if found:
        GeocodingFactory(signalement=signalement, ban_id=found, kind=kind, score=score)
    return signalement


def links(signalement, kind):
    """Give (place, method, distance in metres, retained) of the links to a kind of place, the retained first."""
    found = Anchor.objects.filter(signalement=signalement, kind=kind).order_by("-is_best", "place_code")
    return [(a.place_code, a.method, a.distance_m and round(a.distance_m, 1), a.is_best) for a in found]
