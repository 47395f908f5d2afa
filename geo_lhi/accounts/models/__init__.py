"""Users, what they give to their GIS clients, and what is counted and recorded of it."""

from geo_lhi.accounts.models.exports import Export
from geo_lhi.accounts.models.limits import RequestCount
from geo_lhi.accounts.models.sessions import Session
from geo_lhi.accounts.models.tokens import ApiToken, TokenScope
from geo_lhi.accounts.models.users import User

__all__ = ["ApiToken", "Export", "RequestCount", "Session", "TokenScope", "User"]
