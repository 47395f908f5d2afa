"""The role of the database that reads the published figures for anyone: what it is given, and that it has no more."""

from typing import Any

from django.conf import settings
from django.db import connections

from layers.models.publications import PUBLIC

VIEW = "layers_public_count"
# What a role may read of the tables, views and sequences of the application, columns one by one included
MAY_READ = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_t%%'
    AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND has_schema_privilege(%(role)s, n.oid, 'USAGE')
    AND (has_table_privilege(%(role)s, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE')
         OR has_any_column_privilege(%(role)s, c.oid, 'SELECT, INSERT, UPDATE'))
    AND NOT EXISTS (  -- the tables of PostGIS: projections and the names of columns
        SELECT FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
        WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e' AND e.extname = 'postgis'
    )
ORDER BY c.relname
"""


def is_open() -> bool:
    """Say whether this deployment has the role: without it the public layers are closed, never read otherwise."""
    return PUBLIC in settings.DATABASES


def role_name() -> str:
    """Give the name of the role."""
    return str(settings.DATABASES[PUBLIC]["USER"])


def give_the_view(using: str = "default", **migrated: Any) -> None:
    """Let the role read the view; called after each migrate. Does nothing where the role or the view is not there."""
    if not is_open() or using != "default":
        return
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regrole(%s), to_regclass(%s)", [role_name(), VIEW])
        if all(cursor.fetchone()):
            quote = connections[using].ops.quote_name
            cursor.execute(f"GRANT SELECT ON {quote(VIEW)} TO {quote(role_name())}")


def readable() -> list[str]:
    """Give the tables and views that the role may read or write, by whatever it was granted."""
    with connections["default"].cursor() as cursor:
        cursor.execute(MAY_READ, {"role": role_name()})
        return [name for (name,) in cursor.fetchall()]
