"""Static files for browsers, as `collectstatic` leaves them and an installation sends them."""

from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings

from oita_library.static_files import SHEET, joined


def as_collected(application: Callable[..., Any]) -> Callable[..., Any]:
    """Return the WSGI application with the residents' sheet as one file, and static files cached.

    Fetching thirty small sheets anew was half of what a page cost.
    """
    folder = settings.BASE_DIR / "static"
    sheet = joined(lambda name: (folder / name).read_text()).encode()

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == settings.STATIC_URL + SHEET:
            length = str(len(sheet))
            start_response(
                "200 OK",
                [
                    ("Content-Type", "text/css; charset=utf-8"),
                    ("Content-Length", length),
                    ("Cache-Control", "max-age=3600"),
                ],
            )
            return [sheet]

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            if path.startswith(settings.STATIC_URL):
                headers = [*headers, ("Cache-Control", "max-age=3600")]
            return start_response(status, headers, *rest)

        return application(environ, start)

    return serve
