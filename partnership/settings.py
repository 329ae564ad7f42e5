"""The site's one settings file. The environment decides; docs/operating.md lists every variable.

Chapters: paths, environment, applications, middleware, templates, database, languages, files, cache, security,
sign-in, mail, public forms, logging, and what the site says of its operator.
"""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from .environment import Environment

# Paths

BASE_DIR = Path(__file__).resolve().parent.parent

# Environment

# What cannot be used is collected, and said all at once at the end of this file.
env = Environment(BASE_DIR / ".env")

DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var")))
TESTING = "pytest" in sys.modules

DEBUG = env.flag("DEBUG", default=False)
# Where SITE_URL is not set, the site is on this machine only: “make serve” names the port.
SITE_URL = env.site_url("SITE_URL", default=f"http://localhost:{env.number('PORT', 8000, least=1, most=65535)}")
SITE_URL_IS_SET = env.is_set("SITE_URL")
HTTPS = SITE_URL.startswith("https://")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS", SITE_URL)
SECRET_KEY = env.text("SECRET_KEY")
# Former keys: what was signed with them is still believed until they are taken out.
SECRET_KEY_FALLBACKS = env.names("SECRET_KEY_FALLBACKS")
if not SECRET_KEY:
    if not (DEBUG or TESTING):
        env.errors.append(
            "SECRET_KEY is not set. Set it in the environment or in .env "
            "(“make serve” writes one for this machine), or switch DEBUG on for development."
        )
    SECRET_KEY = "only-for-development-and-tests"
elif HTTPS and len(SECRET_KEY) < 32:
    env.refuse("SECRET_KEY", "", "with https it has at least 32 characters: openssl rand -base64 48", is_secret=True)

# Applications

INSTALLED_APPS = [
    # Before our own, so that our admin can take away what these register in it: groups, keys of second factors.
    "django.contrib.auth",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "partnership",
    "projects",
    "visits",
    "partnership.signin.apps.RecordOfficeConfig",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]
AUTH_USER_MODEL = "partnership.User"
ROOT_URLCONF = "partnership.urls"
# The site lies at the root of its host, whatever a request says: its links stand in pages that are kept for others.
FORCE_SCRIPT_NAME = ""
WSGI_APPLICATION = "partnership.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Middleware, in the order a request meets it

MIDDLEWARE = [
    # Around all: each response is counted under the route that it took.
    "partnership.web.metrics.RouteMiddleware",
    # Before anything that may write to the log.
    "partnership.web.middleware.RequestIdMiddleware",
    # Outside all that answers, so that every answer carries the headers: pages, files, redirects, refusals and errors.
    "partnership.web.middleware.SecurityHeadersMiddleware",
    # For monitoring: asks for no https and no name of a host.
    "partnership.web.health.HealthMiddleware",
    # Sends http to https and tells browsers to stay there.
    "django.middleware.security.SecurityMiddleware",
    # Before anything that costs: static files need neither language nor session.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Outside all that writes pages, so that it sees the whole of them.
    "partnership.web.middleware.CompressTextMiddleware",
    # Before anything that looks an address up.
    "partnership.web.middleware.PublicUrlsMiddleware",
    # Reads the language from the address, so that errors further in speak it.
    "django.middleware.locale.LocaleMiddleware",
    # Before the session, whose key is looked for in the database.
    "partnership.web.middleware.RefuseNulMiddleware",
    # Before anything that costs.
    "partnership.web.rate_limits.CostMiddleware",
    "partnership.web.parameters.KnownParametersMiddleware",
    # Before anything that asks the database, which may be away.
    "partnership.web.maintenance.MaintenanceMiddleware",
    "django.middleware.common.CommonMiddleware",
    # Inside the one before, which says how long a page is.
    "partnership.web.middleware.LeanPagesMiddleware",
    # For the admin. They are lazy: a public page that does not ask for the user sets no cookie.
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "partnership.signin.sessions.SessionEndMiddleware",
    "partnership.web.rate_limits.AdminCostMiddleware",
    "django_otp.middleware.OTPMiddleware",
    # Refuses what is too long. Everything above looks at headers only: Django reads a body when the CSRF check asks
    # for its token, and that runs after the whole of this list, just before the view.
    "partnership.web.middleware.BodyLimitMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last, as its manual asks: it answers a sign-in that came too often.
    "axes.middleware.AxesMiddleware",
]

# Templates

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "partnership.context_processors.site",
            ],
        },
    }
]

# Database

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'record.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = env.number("CONN_MAX_AGE", default=None)
# Asked before each request; a file is always there.
DATABASES["default"]["CONN_HEALTH_CHECKS"] = DATABASES["default"]["ENGINE"] != "django.db.backends.sqlite3"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that means to write takes the lock at once and waits for its turn; DEFERRED ones fail
        # with "database is locked" when a second writer comes between their read and their write.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL and not NORMAL: a record office saves a few hundred times a day, and a saved record must
        # outlive a power cut. It costs some 3 ms a save.
        "init_command": (
            "PRAGMA journal_mode=WAL;"
            "PRAGMA synchronous=FULL;"
            "PRAGMA foreign_keys=ON;"
            "PRAGMA mmap_size=134217728;"
            "PRAGMA cache_size=-4000;"
        ),
    }
    if not TESTING:
        _named = "DATABASE_URL" if env.is_set("DATABASE_URL") else "DATA_DIR"
        env.make_folder(_named, Path(DATABASES["default"]["NAME"]).parent)

# Languages: a further one is a line here, a generated migration and a catalogue.

LANGUAGES = [("en", _("English")), ("sv", _("Swedish"))]
LANGUAGE_CODE = "en"
# The name of the site, and in English whom re-users of its data credit.
SITE_NAME = _("Växjö, Region Kronoberg and JB Marks")
LOCALE_PATHS = [BASE_DIR / "partnership" / "locale"]
USE_I18N = True
# Staff work in Växjö and Potchefstroom, an hour apart at most; the record is kept in Swedish time.
TIME_ZONE = "Europe/Stockholm"
USE_TZ = True

# Files

STATIC_URL = "static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
MEDIA_URL = "media/"
FILE_UPLOAD_PERMISSIONS = 0o640
# What is made from the record and can be made again: papers, social cards, archives. At most so many megabytes.
GENERATED_ROOT = DATA_DIR / "generated"
GENERATED_MB = env.number("GENERATED_MB", 500, least=50)
# Uploads of up to 12 MB together wait in memory: a full disk then cannot lose the form that came with them. More waits
# on the disk, since a worker that serves readers stays small.
FILE_UPLOAD_MAX_MEMORY_SIZE = 13 * 1024 * 1024
# Uploaded files lie in a bucket where one is named: any storage that speaks S3. It needs no public address, since
# the site’s own views read from it; without keys here the machine’s own are used.
MEDIA_BUCKET = env.bucket("MEDIA_BUCKET")
MEDIA_ENDPOINT_URL = env.url("MEDIA_ENDPOINT_URL")
_BUCKET = {
    "bucket_name": MEDIA_BUCKET,
    "endpoint_url": MEDIA_ENDPOINT_URL or None,
    "region_name": env.text("MEDIA_REGION") or None,
    "access_key": env.text("MEDIA_ACCESS_KEY") or None,
    "secret_key": env.text("MEDIA_SECRET_KEY") or None,
    # As on a disk: a new file never takes the place of another one.
    "file_overwrite": False,
    # What is not Amazon’s rarely has a host name for each bucket.
    "addressing_style": "path" if MEDIA_ENDPOINT_URL else "auto",
}
# Each backup goes there as well, by the same endpoint and keys.
BACKUP_BUCKET = env.bucket("BACKUP_BUCKET")
STORAGES = {
    **(
        {
            "backups": {
                "BACKEND": "storages.backends.s3.S3Storage",
                "OPTIONS": {**_BUCKET, "bucket_name": BACKUP_BUCKET},
            }
        }
        if BACKUP_BUCKET
        else {}
    ),
    "default": (
        {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": _BUCKET}
        if MEDIA_BUCKET
        else {"BACKEND": "partnership.files.storage.AtomicFileStorage"}
    ),
    "staticfiles": {
        # Tests and development read the files where they lie; everywhere else they carry their hash in the name.
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or TESTING
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
# Pages name files by their hash; the others would only be looked through when a server starts.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG or TESTING

# Cache

CACHES = {"default": env.cache("CACHE_URL")}
# What is counted of clients has a store of its own: nothing else that is kept may push it out.
CACHES["counters"] = {**CACHES["default"], "KEY_PREFIX": "counters"}
if CACHES["default"]["BACKEND"].endswith("LocMemCache"):
    CACHES["counters"] |= {"LOCATION": "counters", "OPTIONS": {"MAX_ENTRIES": 100_000}}
# Complete public pages, in megabytes for each worker; 0 keeps none. Whoever writes templates wants to see them.
PAGE_STORE_MB = env.number("PAGE_STORE_MB", default=0 if DEBUG else 16, most=100_000)
# gunicorn reads it by itself, and ends with a traceback where it is no number: here it is named beforehand.
WEB_CONCURRENCY = env.number("WEB_CONCURRENCY", 2, least=1, most=64)

# Security

SECURE_HSTS_SECONDS = env.number("SECURE_HSTS_SECONDS", default=63072000 if HTTPS else 0)
# Preloading binds all subdomains for years and is slow to undo: the operator asks for it.
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.flag("SECURE_HSTS_PRELOAD", default=False)
# These two warn wherever the lines above are off, which is the operator’s choice and no fault.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_SSL_REDIRECT = env.flag("SECURE_SSL_REDIRECT", default=HTTPS)
# Only a proxy of ours may say how, and from where, a request came; what a stranger sends is not believed.
BEHIND_PROXY = env.flag("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# Only staff choose a language by a button; the public’s pages have it in their address and set no cookie.
LANGUAGE_COOKIE_PATH, LANGUAGE_COOKIE_AGE = "/admin/", 365 * 24 * 60 * 60
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SECURE, LANGUAGE_COOKIE_SAMESITE = True, HTTPS, "Lax"
# From the last thing done in the admin; a page open for longer warns before, and loses nothing after (signin/typed.py).
SESSION_COOKIE_AGE = 8 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# However often it is used, a session ends so long after its beginning.
SESSION_LIFETIME = 24 * 60 * 60
CSRF_FAILURE_VIEW = "partnership.web.error_pages.csrf_failure"
# What a form may hold beside its files: the longest dossier, and every row of the longest record.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
# More photographs than are read at once are named to who sent them; a form refused here would be lost whole.
DATA_UPLOAD_MAX_NUMBER_FILES = 100

# Sign-in

LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AUTHENTICATION_BACKENDS = [
    # First: who has to wait is refused before a password is looked at.
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "partnership.signin.passwords.LimitedArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},
    },
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "partnership.signin.passwords.GuessableValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "partnership.signin.passwords.PlaceNameValidator"},
]
# How long the link in an invitation, or in a letter for a new password, can be used.
PASSWORD_RESET_TIMEOUT = 3 * 24 * 60 * 60
# Whether publishers, administrators and superusers must also give a code from their telephone. Off while developing
# and for “make serve”, where the site is on this machine only and nobody has set a telephone up.
SECOND_FACTOR = env.flag("SECOND_FACTOR", default=HTTPS and not DEBUG)
# Whether editors must as well; otherwise it is offered to them.
SECOND_FACTOR_FOR_ALL = env.flag("SECOND_FACTOR_FOR_ALL", default=False)
OTP_TOTP_ISSUER = urlsplit(SITE_URL).hostname
# Guessing is slowed for a name from an address, never for a name alone: no stranger can shut out a clerk.
# How long one has to wait is worked out in signin/lockout.py; failures are forgotten after a week.
AXES_HANDLER = "partnership.signin.lockout.BackoffHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(days=7)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "partnership.web.client.client_address"
# One name and its e-mail address, in any case, are one account.
AXES_USERNAME_CALLABLE = "partnership.signin.lockout.account_name"
AXES_LOCKOUT_CALLABLE = "partnership.signin.lockout.lockout_response"
# Who signed in from where is nobody’s business here, and what was typed even less.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken", "next", "typed"]
AXES_VERBOSE = AXES_ENABLE_ADMIN = False

# Mail

# Without a mail server the console shows what would be sent, while developing only: a letter may hold a password link.
vars().update(env.mail("EMAIL_URL", default="consolemail://" if DEBUG else "dummymail://"))
MAIL_IS_CONFIGURED = env.is_set("EMAIL_URL")
# A mail server that says nothing for so many seconds is away.
EMAIL_TIMEOUT = 10
# Letters that all workers together send in a minute.
MAIL_PER_MINUTE = env.number("MAIL_PER_MINUTE", 30, least=1)
# Where letters come back to, with a key after a plus sign, and the mailbox that is read for them.
BOUNCE_ADDRESS = env.email("BOUNCE_ADDRESS")
BOUNCE_URL = env.url("BOUNCE_URL", ["imap", "imaps"])
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.sender("DEFAULT_FROM_EMAIL", default="webmaster@localhost")

# Public forms

# In public each is closed until OPERATOR_NAME and DATA_PROTECTION_CONTACT say who answers for it; following also
# until there is a mail server.
CONTRIBUTIONS = env.flag("CONTRIBUTIONS", default=True)
FOLLOWING = env.flag("FOLLOWING", default=True)
# Megabytes of all files that were sent in and wait; beyond it text still goes.
CONTRIBUTIONS_ROOM_MB = env.number("CONTRIBUTIONS_ROOM_MB", 500)
# Beyond it the form asks a question; beyond two and a half times as many it is closed until midnight.
CONTRIBUTIONS_A_DAY = env.number("CONTRIBUTIONS_A_DAY", 200)

# After so many months followers are asked whether they still want letters.
RECONFIRM_MONTHS = env.number("RECONFIRM_MONTHS", 24, least=1)
# A scanner for viruses: unix:/run/clamav/clamd.ctl or tcp://host:3310.
CLAMD = env.url("CLAMD", ["unix", "tcp"])

# Days for which what was sent in is kept once it is closed, suspected ones after receipt; texts for good where none is
# said. They are official documents: without the number of a decision nothing of them is deleted by a clock.
CONTACT_KEPT_DAYS = env.number("CONTACT_KEPT_DAYS", 90)
ORIGINALS_KEPT_DAYS = env.number("ORIGINALS_KEPT_DAYS", 365)
CONTRIBUTIONS_KEPT_DAYS = env.number("CONTRIBUTIONS_KEPT_DAYS", None)
SUSPECTED_KEPT_DAYS = env.number("SUSPECTED_KEPT_DAYS", 30)
DISPOSAL_DECISION = env.text("DISPOSAL_DECISION")

# Backups: the folder they are written to, and an address that is called after each, of a service that would miss it.
BACKUP_DIR = env.text("BACKUP_DIR")
BACKUP_PING_URL = env.url("BACKUP_PING_URL")

# Whoever brings this token reads /metrics and /readyz; without one /metrics is for this machine alone.
METRICS_TOKEN = env.text("METRICS_TOKEN")

# Logging: to standard error, where systemd and gunicorn collect it; no addresses, no names (partnership/logs.py).

LOG_LEVEL = env.choice("LOG_LEVEL", "WARNING", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "json": {"()": "partnership.web.logs.JsonLines"},
        "plain": {"()": "partnership.web.logs.PlainLines"},
    },
    "filters": {"strangers": {"()": "partnership.web.logs.StrangersMistakes"}},
    "loggers": {
        "django.request": {"filters": ["strangers"]},
        "django.security.DisallowedHost": {"filters": ["strangers"]},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": env.choice("LOG_FORMAT", "plain", ["plain", "json"]),
            # Here as well: loggers with a level of their own, such as Django’s, do not ask the root.
            "level": LOG_LEVEL,
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
}

# What the site says of its operator. Where nothing is configured, the pages say so.

OPERATOR_NAME = env.text("OPERATOR_NAME")
# Its Swedish organisation number, such as 212000-0662: by it Sweden’s data portal knows who publishes the data.
OPERATOR_NUMBER = env.organisation_number("OPERATOR_NUMBER")
CONTACT_EMAIL = env.email("CONTACT_EMAIL")
# The IATI reference of the organisation that reports, for example SE-ON-…, and its OrganisationType (11: local
# government). Without the reference no activity file is public: identifiers never change once they are.
IATI_REPORTING_ORG = env.text("IATI_REPORTING_ORG")
IATI_REPORTING_TYPE = str(env.number("IATI_REPORTING_TYPE", 11, least=10, most=90))
CONTACT_FORM_URL = env.url("CONTACT_FORM_URL")
# What a web archive is asked at: its address, to which that of the page to be kept is added.
ARCHIVE_URL = env.url("ARCHIVE_URL")
# Working days within which whoever reports a barrier gets an answer; 0 where that has not been decided.
ANSWER_DAYS = env.number("ANSWER_DAYS", default=0, most=365)
DATA_PROTECTION_CONTACT = env.text("DATA_PROTECTION_CONTACT")
# Where faults in security are reported, as an address (https: or mailto:), and until when that holds (RFC 9116).
SECURITY_CONTACT = env.url("SECURITY_CONTACT", schemes=("https", "mailto"))
SECURITY_EXPIRES = env.day("SECURITY_EXPIRES")

# Nothing starts with settings that were not understood.
env.check()
