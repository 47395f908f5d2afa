"""Users, their partner, what they may read."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Accounts and access rules."""

    name = "geo_lhi.accounts"
    label = "accounts"
    verbose_name = "comptes"
