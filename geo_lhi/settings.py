"""Settings of the project: each value that changes from one deployment to another comes from the environment.

``var/env``, written by ``bin/setup``, is read first; the environment wins. ``.env.example`` lists every name.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONCE
from django.urls import reverse_lazy

from geo_lhi.geolibs import wheel_libraries

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
# What numba compiles is kept here: the sources and the home of a service cannot always be written
os.environ.setdefault("NUMBA_CACHE_DIR", str(VAR_DIR / "numba"))

env = environ.Env()
env.read_env(VAR_DIR / "env") if (VAR_DIR / "env").exists() else None

SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])

# GDAL, GEOS and PROJ of the wheels: pip alone suffices, and Debian 12's GDAL is too old to be safe.
globals().update(wheel_libraries())

INSTALLED_APPS = [
    "geo_lhi.accounts",
    "layers",
    "cadastre_import",
    "api",
    "maps",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "rest_framework",
    "rest_framework_gis",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "gisserver",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "geo_lhi.accounts.public.PublicServicesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "geo_lhi.compression.CompressionMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "geo_lhi.accounts.sessions.SessionUserMiddleware",
    "geo_lhi.accounts.middleware.AccessMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "geo_lhi.urls"
WSGI_APPLICATION = "geo_lhi.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "maps.context_processors.territory_banner",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", engine="geo_lhi.postgis")}
DATABASES["default"] |= {
    "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=600),  # PROJ is initialised once per connection: keep it
    "CONN_HEALTH_CHECKS": True,
    "OPTIONS": {
        "connect_timeout": 3,
        "prepare_threshold": 2,  # of the statements that ask to be (geo_lhi/postgis)
        # Parallel workers and JIT set PROJ and the plan up anew for each tile: three times slower.
        "options": "-c max_parallel_workers_per_gather=0 -c jit=off -c statement_timeout="
        + str(env.int("STATEMENT_TIMEOUT_MS", default=30_000)),
    },
    "TEST": {"NAME": env("GEO_LHI_TEST_DB", default=None)},
}
FILTER_TIMEOUT_MS = env.int(
    "FILTER_TIMEOUT_MS", default=5_000
)  # of a filter that a client of a service writes
# The public layers are read as a role that can read nothing else (docs/adr/0035). Empty: they are closed.
if PUBLIC_DATABASE_URL := env("PUBLIC_DATABASE_URL", default=""):
    DATABASES["public"] = env.db_url_config(PUBLIC_DATABASE_URL, engine="geo_lhi.postgis") | {
        "CONN_MAX_AGE": DATABASES["default"]["CONN_MAX_AGE"],
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": 3,
            "prepare_threshold": 2,
            "options": "-c max_parallel_workers_per_gather=0 -c jit=off -c default_transaction_read_only=on"
            " -c statement_timeout=5000",
        },
        "TEST": {"MIRROR": "default"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 600},  # tiles kept for a minute: some tens of MB a process
    }
}

# --- Jobs: a queue in PostgreSQL, run by `manage.py procrastinate worker`; tasks are in each edge's tasks.py ------
PROCRASTINATE_IMPORT_PATHS = ["geo_lhi.queue"]
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": env.int("WORKER_CONCURRENCY", default=2),
    "update_heartbeat_interval": 5.0,
    "stalled_worker_timeout": 20.0,  # a worker silent for so long is dead: its jobs are taken again
    "fetch_job_polling_interval": 5.0,
}

# --- Files given to import: kept in the spool while they may be imported again, then removed --------------------
SPOOL_DIR = Path(env("SPOOL_DIR", default="") or VAR_DIR / "spool")
UPLOAD_MAX_MB = env.int("UPLOAD_MAX_MB", default=2_000)
SPOOL_KEPT_DAYS = env.int("SPOOL_KEPT_DAYS", default=7)
REJECTS_KEPT_DAYS = env.int("REJECTS_KEPT_DAYS", default=90)

# --- Files too long to be made while one waits: made by a worker, fetched by their author, then removed -----------
EXPORT_FILES_DIR = Path(env("EXPORT_FILES_DIR", default="") or VAR_DIR / "exports")
EXPORT_FILES_KEPT_HOURS = env.int("EXPORT_FILES_KEPT_HOURS", default=72)

# --- Tiles of the reference layers, written once by `manage.py bake_tiles` and served by ranges -------------------
TILE_ARCHIVES_DIR = Path(env("TILE_ARCHIVES_DIR", default="") or VAR_DIR / "tiles")

# --- Accounts and sessions ----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = reverse_lazy("sign-in")
LOGIN_REDIRECT_URL = reverse_lazy("explorer")
LOGOUT_REDIRECT_URL = reverse_lazy("sign-in")
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 14},  # CNIL, délibération 2022-100
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
SESSION_ENGINE = "geo_lhi.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
# What one access token may ask of each service (docs/adr/0027)
# WFS and OGC API, each: QGIS asks a hundred times when it opens the project of every layer
REQUESTS_PER_MINUTE = env.int("REQUESTS_PER_MINUTE", default=300)
TILES_PER_MINUTE = env.int("TILES_PER_MINUTE", default=600)
EXPORTS_PER_HOUR = env.int("EXPORTS_PER_HOUR", default=60)
EXPORTS_KEPT_DAYS = env.int("EXPORTS_KEPT_DAYS", default=365)  # CNIL: six months to a year for such records
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True

# --- Transport: HTTPS unless the deployment says otherwise (the demo, on the loopback, does) ----------------
HTTPS = env.bool("HTTPS", default=True)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
BEHIND_PROXY = env.bool("BEHIND_PROXY", default=False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Outside services: nothing is asked from the network unless one of these names it -----------------------
# A BAN geocoding API (Géoplateforme or any addok). Opt-in: it receives the addresses of complainants, which so
# leave the house. Empty: the embedded geocoder, in PostgreSQL, asks nobody.
GEOCODER_URL = env("GEOCODER_URL", default="")
BASEMAP_URL = env("BASEMAP_URL", default="")  # raster tiles {z}/{x}/{y}; empty: our own layers only
ORTHO_URL = env("ORTHO_URL", default="")  # aerial pictures {z}/{x}/{y} for placing reports; empty: none
ORTHO_ATTRIBUTION = env("ORTHO_ATTRIBUTION", default="© IGN – BD ORTHO")
BASEMAP_ATTRIBUTION = env("BASEMAP_ATTRIBUTION", default="© IGN – Géoplateforme")
CADASTRE_URL = env("CADASTRE_URL", default="https://cadastre.data.gouv.fr/data/etalab-cadastre")
BAN_URL = env("BAN_URL", default="https://adresse.data.gouv.fr/data/ban/adresses")
IGN_URL = env("IGN_URL", default="https://data.geopf.fr")
INSEE_URL = env("INSEE_URL", default="https://www.insee.fr/fr/statistiques/fichier")
GEO_API_URL = env("GEO_API_URL", default="https://geo.api.gouv.fr")
SIGNAL_LOGEMENT_URL = env("SIGNAL_LOGEMENT_URL", default="")  # empty: the API is never asked
SIGNAL_LOGEMENT_TOKEN = env("SIGNAL_LOGEMENT_TOKEN", default="")

_picture_origins = sorted({"/".join(url.split("/")[:3]) for url in (BASEMAP_URL, ORTHO_URL) if url})
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'", NONCE],
        "img-src": ["'self'", "data:", "blob:", *_picture_origins],
        "connect-src": ["'self'", *_picture_origins],
        "worker-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# dask.distributed scheduler of `import_national`; empty: processes of this machine, on the loopback
DASK_SCHEDULER = env("GEO_LHI_DASK", default="")

REAL_DATA_DIR = env("GEO_LHI_REAL_DATA", default=str(BASE_DIR.parent / "shared/data/real"))
BAD_INPUTS_DIR = env("GEO_LHI_BAD_INPUTS", default=str(BASE_DIR.parent / "shared/badinputs"))
TERRITORY_BANNER = env(
    "TERRITORY_BANNER", default=""
)  # shown on every page: the demo says that it is invented

# --- Language -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français")]  # and no LocaleMiddleware: figures are French whatever the browser says
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_THOUSAND_SEPARATOR = True

# --- Static files: ours, and named dist files of npm packages, served by us ---------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "maps.staticfinder.NodePackagesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = True

# --- Machine interfaces -------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "api.errors.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "geo_lhi",
    "DESCRIPTION": "Territoires, indicateurs et signalements d’habitat dégradé, en GeoJSON.",
    "VERSION": "1",
    "APPEND_COMPONENTS": {"securitySchemes": {"jeton": {"type": "http", "scheme": "bearer"}}},
    "SECURITY": [{"jeton": []}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
GISSERVER_CAPABILITIES_BOUNDING_BOX = False  # an extent costs a full scan, and is information
GISSERVER_GEOJSON_MAX_PAGE_SIZE = 50_000
GISSERVER_CSV_MAX_PAGE_SIZE = 50_000
GISSERVER_WRAP_FILTER_DB_ERRORS = True

# --- Logs: identifiers, never the content of a report --------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # The WFS library writes the filters of refused requests, where an address may stand
    "loggers": {"gisserver": {"level": "CRITICAL"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="WARNING")},
}
