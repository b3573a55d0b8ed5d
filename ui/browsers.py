"""What a browser's header says of it, in coarse words of our own: device, browser, app."""

from typing import NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from characters.text import StrOrPromise


class Device(NamedTuple):
    """A kind of device: its mark in the header, its name in a list, the name of one's own."""

    mark: str
    name: StrOrPromise
    own_name: StrOrPromise


# The first that occurs in the header; each also names what stands further down.
DEVICES = (
    Device("iPad", "iPad", "iPad"),
    Device("iPhone", "iPhone", "iPhone"),
    Device("CrOS", "Chromebook", "Chromebook"),
    Device("Android", _("Androidタブレット"), _("Androidの端末")),
    Device("Windows", _("Windowsパソコン"), _("Windowsのパソコン")),
    Device("Macintosh", "Mac", "Mac"),
    Device("Linux", _("Linuxパソコン"), _("Linuxのパソコン")),
)
UNKNOWN = Device("", "", _("わたしの端末"))
# Apps that show pages themselves, and return to another browser from elsewhere. The last is what
# Android says of every app that shows a page, and names none.
APPS = (
    ("Line/", "LINE"),
    ("YJApp", _("Yahoo! JAPANアプリ")),
    ("YahooMobile", _("Yahoo! JAPANアプリ")),
    ("Instagram", "Instagram"),
    ("FBAN", "Facebook"),
    ("FBAV", "Facebook"),
    ("Barcelona ", "Threads"),
    ("Twitter for ", "X"),
    ("TwitterAndroid", "X"),
    ("musical_ly", "TikTok"),
    ("BytedanceWebview", "TikTok"),
    ("trill_", "TikTok"),
    ("MicroMessenger/", "WeChat"),
    ("KAKAOTALK", "KakaoTalk"),
    ("GSA/", _("Googleアプリ")),
    ("; wv)", _("アプリ")),
)
BROWSERS = (
    *APPS,
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


def marks_of(user_agent: str) -> str:
    """Return what a label is made of, to be kept: no version, and no words of a language."""
    device = device_of(user_agent).mark
    browser = next((mark for mark, _name in BROWSERS if mark in user_agent), "")
    size = "Mobile" if device == "Android" and "Mobile" in user_agent else ""
    return " ".join(filter(None, (device, browser, size)))


def browser_label(user_agent: str) -> str:
    """Return the kinds of device and browser of a header, or of its marks: 「iPhoneのSafari」.

    "" where neither is known.
    """
    device = device_of(user_agent).name
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "")
    if marks_of(user_agent).endswith("Mobile"):
        device = gettext("Androidスマートフォン")
    if device == "Mac" and browser == "Safari":
        device = gettext("MacまたはiPad")  # an iPad's Safari calls itself a Mac's
    if not (device and browser):
        return str(device or browser)
    return gettext("%(device)sの%(browser)s") % {"device": device, "browser": browser}


def is_inside_an_app(user_agent: str) -> bool:
    """Return whether a page is shown inside an app, which returns to another browser."""
    return any(mark in user_agent for mark, _name in APPS)
