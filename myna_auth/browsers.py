"""Browsers in which the way back from the identity service may not arrive."""

# LINE, Yahoo! JAPAN, Instagram, Facebook (FBAN/FBAV) name themselves in their User-Agent.
APPS = ("Line/", "YJApp", "YahooMobile", "Instagram", "FBAN", "FBAV")


def is_inside_an_app(user_agent: str) -> bool:
    """Say whether a page is shown inside an app, which returns to another browser."""
    return any(mark in user_agent for mark in APPS)
