"""`check --deploy` as a production deployment would run it, warnings as errors.

`python -m oita_library.deploy_check` builds the production settings of an imaginary installation;
they are used by nothing else, and the key is thrown away.
"""

import os
import secrets
import sys
import tempfile
import warnings
from io import StringIO
from pathlib import Path


def production_environment(key_file: str) -> dict[str, str]:
    """Return the settings that production demands."""
    return {
        "DEPLOYMENT": "production",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "PUBLIC_BASE_URL": "https://library.example.jp",
        "DATABASE_URL": "postgres://library@database.example.jp/library?sslmode=verify-full",
        "EMAIL_URL": "smtp+tls://library:secret@mail.example.jp:587",
        "DEFAULT_FROM_EMAIL": "library@example.jp",
        "LIBRARY_PHONE": "097-000-0000",
        "MYNA_ISSUER": "https://identity.example.jp/api/realms/main",
        "MYNA_CLIENT_ID": "library",
        "MYNA_CLIENT_PRIVATE_KEY_FILE": key_file,
    }


def main() -> int:
    """Run the check; the exit status says whether anything was found."""
    warnings.simplefilter("error")
    with tempfile.TemporaryDirectory() as directory:
        key_file = Path(directory) / "key.pem"
        os.environ |= production_environment(str(key_file))
        os.environ["DJANGO_SETTINGS_MODULE"] = "oita_library.settings"
        # After the environment is complete: the settings are read at import.
        import django
        from django.core.management import call_command

        django.setup()
        call_command("myna_keygen", key_file, stdout=StringIO())
        call_command("check", deploy=True, fail_level="WARNING")
    return 0


if __name__ == "__main__":
    sys.exit(main())
