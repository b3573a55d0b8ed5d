"""Finding Chromium, and what a browser test may rely on."""

import os
import shutil

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDTHS = (1280, 375, 320)
ENDS = (1280, 320)
HEIGHTS = {1280: 800, 375: 667, 320: 568}
NOTICE = (
    "Browser tests were skipped: no Chromium was found. Install it (Debian: apt install chromium "
    "fonts-noto-cjk) or set CHROMIUM to its path."
)


def chromium() -> str | None:
    """Return the path of the Chromium to drive, None if there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)


def quickest() -> str | None:
    """Return the path of Debian's headless shell: the same engine without what a window needs.

    Without it, or with another browser named, `chromium()`. It keeps no pages for going back.
    """
    shell = None if os.environ.get("CHROMIUM") else shutil.which("chromium-headless-shell")
    return shell or chromium()


def is_required() -> bool:
    """Return whether a browser test that does not run is a failure: in CI it is."""
    return any(os.environ.get(name, "") not in ("", "0") for name in ("CI", "REQUIRE_BROWSER"))
