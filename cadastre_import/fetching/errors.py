"""What can go wrong between a producer's server and our folder, in the sender's words."""

from layers.errors import GeoLhiError


class FileMissing(GeoLhiError):
    """The producer does not publish this file (404, 410): no building in the commune, unknown code…"""


class DownloadFailed(GeoLhiError):
    """The file could not be had whole; what was in place stays."""


class Interrupted(Exception):
    """A failure worth another attempt; ``wait_s`` is what the server asks for, None if it asks for nothing."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s
