"""Django settings. What an installation chooses is read from the environment (docs/settings.md).

`DEPLOYMENT=production` is the default and refuses to start with a missing or weak setting;
`make run` sets `DEPLOYMENT=demo`, which fills what is unset with values fit for one machine.
"""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit
from wsgiref.headers import Headers

import environ
from csp.constants import NONE, SELF

from oita_library.deployment import demo_secret_key, refuse_weak_production
from outages.database.patience import PatientConnection


def _(sentence: str) -> str:
    """Mark a sentence for translation; Django's own functions need the settings."""
    return sentence


BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env")

# -- Deployment ----------------------------------------------------------------------------------
DEPLOYMENT = env("DEPLOYMENT", default="production")
DEMO = DEPLOYMENT == "demo"
DEBUG = env.bool("DEBUG", default=False)
PUBLIC_BASE_URL = env("PUBLIC_BASE_URL", default="http://localhost:8000" if DEMO else "")
PUBLIC_BASE_URL = PUBLIC_BASE_URL.rstrip("/")
_public = urlsplit(PUBLIC_BASE_URL)
HTTPS = _public.scheme == "https"
SECRET_KEY = env("SECRET_KEY", default=demo_secret_key(BASE_DIR) if DEMO else "")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_public.hostname] if _public.hostname else [])
TRUSTED_PROXY_CIDRS = env.list("TRUSTED_PROXY_CIDRS", default=[])
ADMIN_PATH = env("ADMIN_PATH", default="admin").strip("/") + "/"
STAFF_NETWORKS = env.list("STAFF_NETWORKS", default=["any"] if DEMO else [])

# -- Applications --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "oita_library.apps.OitaLibraryConfig",
    "mylibrary",
    "figures",
    "circulation",
    "registration",
    "news",
    "notices",
    "patrons",
    "catalog",
    "branches",
    "myna_auth",
    "accounts",
    "announcements",
    "ui",
    "audit",
    # Not part of an installation: `make run`, and the check that migrations stay in one line.
    *(name for name in ("demo", "django_linear_migrations") if find_spec(name)),
    "oita_library.apps.LibraryAdminConfig",
    "django.contrib.auth",
    # Names the permissions that the one above makes.
    "staff",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "csp",
]

MIDDLEWARE = [
    "oita_library.middleware.HeadersMiddleware",
    "oita_library.middleware.DatabasePatienceMiddleware",
    "oita_library.middleware.ClientAddressMiddleware",
    "oita_library.middleware.StaffNetworksMiddleware",
    "audit.services.AuditMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "oita_library.middleware.LanguageMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "oita_library.middleware.PrivateByDefaultMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "oita_library.error_pages.WrongMethodMiddleware",
]

ROOT_URLCONF = "oita_library.urls"
WSGI_APPLICATION = "oita_library.wsgi.application"
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
                "ui.pages.library",
                "patrons.privacy_notice.context",
            ],
            "builtins": ["ui.templatetags.addresses"],
        },
    }
]
FORM_RENDERER = "ui.forms.LibraryFormRenderer"

# -- Database ------------------------------------------------------------------------------------
# PostgreSQL only. Without DATABASE_URL, demo and development use the embedded server of this
# checkout; production demands the setting.
GUNICORN_THREADS = env.int("GUNICORN_THREADS", default=4)
if env("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
else:
    from demo import embedded_postgres  # an installation never loads it

    DATABASES = {"default": embedded_postgres.database_settings(BASE_DIR)}
# A server that is gone without a word is noticed by the kernel, in seconds; one that hangs by
# `outages.database`, which also checks a connection before a request gets it.
_connecting = {"connect_timeout": 3, "tcp_user_timeout": 30_000}
_connecting |= {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}
DATABASES["default"] |= {
    "ENGINE": "outages.database",
    "OPTIONS": _connecting
    | DATABASES["default"].get("OPTIONS", {})
    | {
        # From the fourth time on, a connection only binds and executes a statement: a third less
        # CPU for a registration. PgBouncer passes that on since 1.22 (max_prepared_statements).
        "server_side_binding": True,
        "prepare_threshold": 3,
        "pool": {
            "min_size": 1,
            "max_size": GUNICORN_THREADS,
            "timeout": 5,
            # Who gives up at once has the next request try anew, not after minutes of pauses.
            "reconnect_timeout": 1,
            "connection_class": PatientConnection,
        },
    },
}
DATABASE_DIRECT_URL = env("DATABASE_DIRECT_URL", default="")

# -- Who logs in ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.throttle.ThrottleBackend",
    "django.contrib.auth.backends.ModelBackend",
    "patrons.backends.PatronBackend",
]
PASSWORD_HASHERS = ["accounts.hashers.LibraryArgon2Hasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 8},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "accounts.validators.MaximumLengthValidator"},
]
LOGIN_URL = "mylibrary:login"
LOGIN_REDIRECT_URL = "mylibrary:menu"
# Staff show something besides the password; who has nothing yet is led to set it up.
SECOND_FACTOR_REQUIRED = not DEMO
REQUIRE_PASSWORD_CHANGE = env.bool("REQUIRE_PASSWORD_CHANGE", default=True)
FIRST_LOGIN_CONFIRMATION = env.bool("FIRST_LOGIN_CONFIRMATION", default=True)

# -- Sessions and cookies: kept in PostgreSQL, only identifiers inside ---------------------------
SESSION_ENGINE = "accounts.sessions"
# A login that is not used ends after this, and any login after that (accounts.timeouts).
SESSION_IDLE_MINUTES = 30
SESSION_ABSOLUTE_HOURS = 12
# Counter PCs are shared.
STAFF_SESSION_IDLE_MINUTES = 15
STAFF_SESSION_ABSOLUTE_HOURS = 9
SESSION_COOKIE_AGE = 60 * 60 * SESSION_ABSOLUTE_HOURS
# What is the browser's, whoever is logged in: a registration and an identification under way do not
# end with a login that nobody has used for a while.
SESSION_KEPT_AFTER_LOGIN = [
    "registration.session.DRAFT",
    "registration.session.OUTCOME",
    "myna_auth.session.BROWSER_SECRET",
]
SESSION_COOKIE_NAME = "__Host-sessionid" if HTTPS else "sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken" if HTTPS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# In a cookie of their own, one person's messages would outlive the logout.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CSRF_FAILURE_VIEW = "oita_library.error_pages.csrf_failure"

# -- Transport and browser policy ----------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Django's own middleware for that is not in the list: ours sets the header on more responses. Our
# template tags for sentences stand in place of Django's, under the same name.
SILENCED_SYSTEM_CHECKS = ["security.W002", "templates.W003"]

# -- Identity service (myna_auth) ----------------------------------------------------------------
MYNA_ISSUER = env("MYNA_ISSUER", default="http://127.0.0.1:8001" if DEMO else "")
_endpoints = f"{MYNA_ISSUER}/protocol/openid-connect"
MYNA_AUTHORIZATION_ENDPOINT = env("MYNA_AUTHORIZATION_ENDPOINT", default=f"{_endpoints}/auth")
MYNA_TOKEN_ENDPOINT = env("MYNA_TOKEN_ENDPOINT", default=f"{_endpoints}/token")
MYNA_USERINFO_ENDPOINT = env("MYNA_USERINFO_ENDPOINT", default=f"{_endpoints}/userinfo")
MYNA_JWKS_URI = env("MYNA_JWKS_URI", default=f"{_endpoints}/certs")
MYNA_CLIENT_ID = env("MYNA_CLIENT_ID", default="oita-library-demo" if DEMO else "")
MYNA_CLIENT_PRIVATE_KEY_FILE = env("MYNA_CLIENT_PRIVATE_KEY_FILE", default="") or (
    str(BASE_DIR / "var" / "myna-client-key.pem") if DEMO else ""
)
MYNA_CLIENT_KEY_ID = env("MYNA_CLIENT_KEY_ID", default="")
MYNA_CLIENT_PUBLISHED_KEY_FILES = env.list("MYNA_CLIENT_PUBLISHED_KEY_FILES", default=[])
MYNA_CLIENT_ASSERTION_AUDIENCE = env("MYNA_CLIENT_ASSERTION_AUDIENCE", default=MYNA_TOKEN_ENDPOINT)
MYNA_ID_TOKEN_ALGS = env.list("MYNA_ID_TOKEN_ALGS", default=["ES256"])
MYNA_SCOPES = "openid name address birthdate"
MYNA_TIMEOUT_SECONDS = env.float("MYNA_TIMEOUT_SECONDS", default=10.0)
MYNA_ALLOW_TEST_ISSUER = env.bool("MYNA_ALLOW_TEST_ISSUER", default=DEMO)
_authorization = urlsplit(MYNA_AUTHORIZATION_ENDPOINT)
MYNA_FORM_ACTION_ORIGINS = env.list(
    "MYNA_FORM_ACTION_ORIGINS", default=[f"{_authorization.scheme}://{_authorization.netloc}"]
)
MYNA_PURPOSES = {
    "registration": "mylibrary.mynumber.registering.RegisteringPurpose",
    "login": "mylibrary.mynumber.purposes.LoginPurpose",
    "recover": "mylibrary.mynumber.purposes.RecoverPurpose",
    "link": "mylibrary.mynumber.purposes.LinkPurpose",
    "refresh": "mylibrary.profile.purpose.RefreshPurpose",
}
MYNA_CALLBACK_URL = f"{PUBLIC_BASE_URL}/myna/callback/"

# Pages with a マイナンバー button add MYNA_FORM_ACTION_ORIGINS to form-action (`middleware.py`).
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# -- The library ---------------------------------------------------------------------------------
LIBRARY_NAME = _("大分市民図書館")
LIBRARY_PHONE = env("LIBRARY_PHONE", default="")
EBOOK_LIBRARY_NAME = _("おおいだし電子図書館")
EBOOK_LIBRARY_URL = env("EBOOK_LIBRARY_URL", default="")
PATRON_NUMBER_RANGE = env("PATRON_NUMBER_RANGE", default="800000-899999")
PATRON_NUMBER_CHECK_DIGIT = env("PATRON_NUMBER_CHECK_DIGIT", default="luhn")
PATRON_CARD_PRINT = env.bool("PATRON_CARD_PRINT", default=False)
PATRON_CARD_OFFLINE = env.bool("PATRON_CARD_OFFLINE", default=False)
PATRON_EXPORT_FOLDER = env("PATRON_EXPORT_FOLDER", default="")
# Where patrons go to a library system in files, it lends: nothing is known of that by itself.
LIBRARY_SYSTEM = env("LIBRARY_SYSTEM", default="none" if PATRON_EXPORT_FOLDER else "local")
LIBRARY_SYSTEM_FOLDER = env(
    "LIBRARY_SYSTEM_FOLDER",
    default=str(BASE_DIR / "var" / "library-system" / "exchange") if DEMO else "",
)
LIBRARY_SYSTEM_ACCEPTS = env.list(
    "LIBRARY_SYSTEM_ACCEPTS", default=["request", "renew", "cancel", "change_pickup", "suspend"]
)
PATRON_EXPORT_MAPPING = env(
    "PATRON_EXPORT_MAPPING", default=str(BASE_DIR / "patrons" / "data" / "import.toml")
)
REGISTRATION_DRAFT_MINUTES = env.int("REGISTRATION_DRAFT_MINUTES", default=60)
STAFF_EMAIL = env("STAFF_EMAIL", default="")
EMBEDDER_SOCKET = env(
    "EMBEDDER_SOCKET", default=str(BASE_DIR / "var" / "embedder.sock") if DEMO else ""
)

# -- How long things are kept, in days; 0 is for ever where docs/data-retention.md allows it ------
# An application that waits for staff; staff are warned so long before; a mailed link to finish it.
REVIEW_RETENTION_DAYS = 30
REVIEW_WARNING_DAYS = 7
REVIEW_LINK_DAYS = 14
RETENTION_WITHDRAWN_DAYS = 365
RETENTION_APPLICATION_DAYS = 365
RETENTION_MESSAGE_DAYS = 730
RETENTION_MAIL_DAYS = 30
RETENTION_ERASURE_REQUEST_DAYS = 1095
RETENTION_REQUEST_DAYS = 180
RETENTION_EXPORT_RECORD_DAYS = 1095
RETENTION_STAFF_LOG_DAYS = 1095
RETENTION_AUDIT_DAYS = 365

# -- Mail ----------------------------------------------------------------------------------------
EMAIL_URL = env("EMAIL_URL", default="") or "smtp://127.0.0.1:8026"
_mail = env.email_url_config(EMAIL_URL)
_mail.pop("OPTIONS", None)  # ?tls=off is not for the mail backend (deployment.py)
if _mail["EMAIL_BACKEND"] == "django.core.mail.backends.smtp.EmailBackend":
    _mail["EMAIL_BACKEND"] = "notices.smtp.EmailBackend"
vars().update(_mail)
# For handing over one mail, all of it.
EMAIL_TIMEOUT = 30
DEFAULT_FROM_EMAIL = env(
    "DEFAULT_FROM_EMAIL", default=f"{LIBRARY_NAME} <noreply@localhost>" if DEMO else ""
)
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# -- Language, time, files -----------------------------------------------------------------------
LANGUAGE_CODE = "ja"
# Each in its own words. The sentences are in locale/ (docs/architecture.md).
LANGUAGES = [("ja", "日本語"), ("en", "English")]  # not shown: not translated
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "oita_library.formats"
LANGUAGE_COOKIE_NAME = "__Host-language" if HTTPS else "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Asia/Tokyo"
USE_I18N = USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "oita_library.static_files.StaticFilesStorage"},
}
# Files are for our own pages, as the headers say (middleware.py).
WHITENOISE_ALLOW_ALL_ORIGINS = False
# What browsers and phones ask for at the root, whatever a page names: the library's mark.
WHITENOISE_ROOT = BASE_DIR / "static" / "root"


def _kept_for_a_week(headers: Headers, path: str, url: str) -> None:
    if not url.startswith(STATIC_URL):
        headers["Cache-Control"] = "max-age=604800, public"


WHITENOISE_ADD_HEADERS_FUNCTION = _kept_for_a_week
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
# Pictures that staff send, one at a time.
FILE_UPLOAD_HANDLERS = ["staff.uploads.RefuseFiles", "staff.uploads.KeepInMemory"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1

# -- Logging -------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "oita_library.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        # They announce every task at every start, and every minute.
        "procrastinate.blueprints": {"level": "WARNING"},
        "procrastinate.periodic": {"level": "WARNING"},
    },
}

refuse_weak_production(globals())
