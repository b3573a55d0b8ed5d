"""What a browser is called in the list of logins: coarse words of our own, never its header."""

IPAD_TOO = "MacまたはiPad"
# The first that occurs in the header; each also names what stands further down.
DEVICES = (
    ("iPad", "iPad"),
    ("iPhone", "iPhone"),
    ("CrOS", "Chromebook"),
    ("Android", "Androidタブレット"),
    ("Windows", "Windowsパソコン"),
    ("Macintosh", "Mac"),
    ("Linux", "Linuxパソコン"),
)
BROWSERS = (
    ("Line/", "LINE"),
    ("YJApp", "Yahoo! JAPANアプリ"),
    ("YahooMobile", "Yahoo! JAPANアプリ"),
    ("Instagram", "Instagram"),
    ("FBAN", "Facebook"),
    ("FBAV", "Facebook"),
    ("GSA/", "Googleアプリ"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def browser_label(user_agent: str) -> str:
    """Return the kinds of device and browser, 「iPhoneのSafari」; "" where neither is known."""
    device, browser = _first(DEVICES, user_agent), _first(BROWSERS, user_agent)
    if device == "Androidタブレット" and "Mobile" in user_agent:
        device = "Androidスマートフォン"
    if device == "Mac" and browser == "Safari":
        device = IPAD_TOO  # an iPad's Safari calls itself a Mac's
    return "の".join(filter(None, (device, browser)))


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for mark, name in names if mark in user_agent), "")
