"""What can be wrong with what comes from outside, in the sender's words; bugs stay bugs."""


class GeoLhiError(Exception):
    """Something a person can correct; its text is a French sentence shown as it is."""


class InvalidBBox(GeoLhiError):
    """A map extent that is not four numbers of the globe in order."""


class InvalidFilter(GeoLhiError):
    """A filter value that names nothing (status, date, territory kind…)."""


class UnknownTerritoire(GeoLhiError):
    """A territory code that is in no imported register."""


class UnknownPlace(GeoLhiError):
    """A parcelle, building or address that no imported register has."""


class InvalidMerge(GeoLhiError):
    """Two reports that cannot be one case: the same one, or of two communes."""


class AlreadyDecided(GeoLhiError):
    """A merge that someone else made or undid meanwhile."""


class InvalidRow(GeoLhiError):
    """One record of a file that cannot be kept; the others can."""


class UnreadableFile(GeoLhiError):
    """A file from which nothing can be taken: the previous state stays."""


class OlderEdition(UnreadableFile):
    """A file of an edition older than the one in place, which stays."""


class UnknownSource(GeoLhiError):
    """An import source that is not in the register of sources."""


class GeocoderUnavailable(GeoLhiError):
    """The geocoding service that a setting names does not answer; nothing was lost."""


class InvalidChoice(GeoLhiError):
    """A position that a person asked for and that is none."""


class PositionChanged(GeoLhiError):
    """A report that another person, or an import, changed since it was read: the choice was not written."""


class OutOfPerimeter(GeoLhiError):
    """A position that would take the report away from the person who places it."""


class NothingToAnalyse(GeoLhiError):
    """An analysis that lacks its input: says what to import first."""


class UnknownMethod(GeoLhiError):
    """An analysis that is not in the register of methods."""


class InvalidParameters(GeoLhiError):
    """Parameters of an analysis that its form would not have given; ``errors`` has a sentence for each name."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ; ".join(errors.values()))
        self.errors = errors


class InvalidPublication(GeoLhiError):
    """A run that may not be shown to anyone."""


class UnscopedRead(RuntimeError):
    """A read of personal data that forgot ``.visible_to(scope)``: a bug, not a user's error."""


class UnknownTile(GeoLhiError):
    """A tile outside the pyramid."""
