"""Ask a program of this machine whether it is well: `python -m oita_library.healthcheck [URL]`.

Without a URL it asks the web server for readiness, under the host name the site answers to. The
exit status is 0 for an answer below 400.
"""

import http.client
import sys
from pathlib import Path
from urllib.parse import urlsplit

from oita_library.dotenv import environment

BASE_DIR = Path(__file__).resolve().parent.parent
TIMEOUT_SECONDS = 4


def main(arguments: list[str]) -> int:
    """Print what was found; return the exit status."""
    if arguments:
        url, host = arguments[0], urlsplit(arguments[0]).netloc
    else:
        env = environment(BASE_DIR)
        port = env("GUNICORN_BIND", default="127.0.0.1:8000").rpartition(":")[2]
        url = f"http://127.0.0.1:{port}/health/ready/"
        host = urlsplit(env("PUBLIC_BASE_URL", default="")).netloc or f"localhost:{port}"
    address = urlsplit(url)
    connection = http.client.HTTPConnection(address.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", address.path, headers={"Host": host})
        found = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        sys.stderr.write(f"{url}: {error}\n")
        return 1
    finally:
        connection.close()
    sys.stdout.write(f"{url}: {found}\n")
    return 0 if found < 400 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
