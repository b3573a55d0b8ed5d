"""What a browser's header says of it, in coarse words of our own: device, browser, app."""

from typing import NamedTuple


class Device(NamedTuple):
    """A kind of device: its mark in the header, its name in a list, the name of one's own."""

    mark: str
    name: str
    own_name: str


# The first that occurs in the header; each also names what stands further down.
DEVICES = (
    Device("iPad", "iPad", "iPad"),
    Device("iPhone", "iPhone", "iPhone"),
    Device("CrOS", "Chromebook", "Chromebook"),
    Device("Android", "Androidタブレット", "Androidの端末"),
    Device("Windows", "Windowsパソコン", "Windowsのパソコン"),
    Device("Macintosh", "Mac", "Mac"),
    Device("Linux", "Linuxパソコン", "Linuxのパソコン"),
)
UNKNOWN = Device("", "", "わたしの端末")
# Apps that show pages themselves, and return to another browser from elsewhere.
APPS = (
    ("Line/", "LINE"),
    ("YJApp", "Yahoo! JAPANアプリ"),
    ("YahooMobile", "Yahoo! JAPANアプリ"),
    ("Instagram", "Instagram"),
    ("FBAN", "Facebook"),
    ("FBAV", "Facebook"),
)
BROWSERS = (
    *APPS,
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


def device_of(user_agent: str) -> Device:
    return next((device for device in DEVICES if device.mark in user_agent), UNKNOWN)


def browser_label(user_agent: str) -> str:
    """Return the kinds of device and browser, 「iPhoneのSafari」; "" where neither is known."""
    device = device_of(user_agent).name
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    if device == "Androidタブレット" and "Mobile" in user_agent:
        device = "Androidスマートフォン"
    if device == "Mac" and browser == "Safari":
        device = "MacまたはiPad"  # an iPad's Safari calls itself a Mac's
    return "の".join(filter(None, (device, browser)))


def is_inside_an_app(user_agent: str) -> bool:
    """Return whether a page is shown inside an app, which returns to another browser."""
    return any(mark in user_agent for mark, _ in APPS)
