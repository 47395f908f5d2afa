"""What belongs to one person of a drawn world: requests, files, deposits."""

from layers.models import Upload
from tests.random_world import ADMINISTRATOR, RandomWorld
from tests.world import Side, lay_exports, lay_requests, lay_upload


def draw_own(world: RandomWorld, role: str) -> None:
    """Lay what belongs to one person: requests, files, deposits."""
    user = world.readers[role]
    pile = Side(world.sides[0].commune, world.sides[0].iris, user, 0)
    lay_requests(pile)
    for asked in pile.requests:
        world.keep("asked analysis", asked.pk, {role, ADMINISTRATOR})
    world.tell({role, ADMINISTRATOR}, pile)
    if role != "ended":
        lay_exports(pile)
        for export in pile.exports:
            world.keep("asked file", export.pk, {role})
        world.tell({role}, pile)
    importers = {
        other
        for other, reader in world.readers.items()
        if reader.is_authenticated
        and reader.partner_id == user.partner_id
        and other != "ended"
        and reader.user_permissions.exists()
    } | {ADMINISTRATOR}
    for status in (Upload.Status.WAITING, Upload.Status.DONE):
        upload = lay_upload(pile, status)
        world.keep("upload", upload.pk, importers)
        if upload.run_id:
            world.keep("import", upload.run_id, importers)
        world.tell(importers, pile)
    side = world.sides[0]
    side.requests += pile.requests
    side.exports += pile.exports
    side.uploads += pile.uploads
