"""What a browser is called in the list of logins."""

import pytest

from accounts.models import Session
from ui.browsers import APPS, BROWSERS, DEVICES, browser_label, is_inside_an_app, marks_of

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT}"
IPAD = f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {WEBKIT}"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK}"
WEBVIEW = (
    "Mozilla/5.0 (Linux; Android 15; SO-53D Build/67.2; wv) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36"
)
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {BLINK}"


@pytest.mark.parametrize(
    ("header", "label"),
    [
        (f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1", "iPhoneのSafari"),
        (f"{IPHONE} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1", "iPhoneのChrome"),
        (f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1 Line/15.14.0", "iPhoneのLINE"),
        (f"{IPHONE} GSA/383.0 Mobile/15E148 Safari/604.1", "iPhoneのGoogleアプリ"),
        (f"{IPHONE} Mobile/15E148 Twitter for iPhone/11.5", "iPhoneのX"),
        (
            f"{IPHONE} Mobile/15E148 musical_ly_41.5.0 JsSdk/2.0 BytedanceWebview/d8a21c6",
            "iPhoneのTikTok",
        ),
        (f"{IPHONE} Mobile/15E148 trill_41.5.0 BytedanceWebview/d8a21c6", "iPhoneのTikTok"),
        (f"{IPHONE} Mobile/22G86 Barcelona 399.0.0.37.71 (iPhone16,2)", "iPhoneのThreads"),
        (f"{WEBVIEW} TwitterAndroid", "AndroidスマートフォンのX"),
        (
            f"{WEBVIEW} musical_ly_2024105030 BytedanceWebview/d8a21c6",
            "AndroidスマートフォンのTikTok",
        ),
        (f"{WEBVIEW} GSA/16.40", "AndroidスマートフォンのGoogleアプリ"),
        (f"{WEBVIEW} Instagram 400.0.0", "AndroidスマートフォンのInstagram"),
        (f"{WEBVIEW} [FB_IAB/FB4A;FBAV/530.0;]", "AndroidスマートフォンのFacebook"),
        (WEBVIEW, "Androidスマートフォンのアプリ"),
        (f"{IPAD} FxiOS/143.0 Mobile/15E148 Safari/605.1.15", "iPadのFirefox"),
        (f"{MAC} Version/18.6 Safari/605.1.15", "MacまたはiPadのSafari"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {BLINK} Safari/537.36", "MacのChrome"),
        (f"{WINDOWS} Safari/537.36", "WindowsパソコンのChrome"),
        (f"{WINDOWS} Safari/537.36 Edg/140.0.0.0", "WindowsパソコンのEdge"),
        (f"{WINDOWS} Safari/537.36 OPR/122.0.0.0", "WindowsパソコンのOpera"),
        (f"{ANDROID} Mobile Safari/537.36", "AndroidスマートフォンのChrome"),
        (f"{ANDROID} Safari/537.36", "AndroidタブレットのChrome"),
        (
            f"{ANDROID} SamsungBrowser/28.0 Mobile Safari/537.36",
            "AndroidスマートフォンのSamsung Internet",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0",
            "LinuxパソコンのFirefox",
        ),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {BLINK} Safari/537.36", "ChromebookのChrome"),
        ("Mozilla/5.0 (Windows NT 10.0)", "Windowsパソコン"),
        ("Firefox/143.0", "Firefox"),
        ("curl/8.14", ""),
        ("", ""),
        ("<script>\x00" + "x" * 9000, ""),
    ],
)
def test_a_header_gets_a_coarse_label(header, label):
    assert browser_label(header) == label


@pytest.mark.parametrize("app", [mark for mark, _ in APPS])
def test_whoever_is_inside_an_app_is_told_so_and_nobody_else(app):
    assert is_inside_an_app(f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1 {app}")
    assert is_inside_an_app(WEBVIEW)
    for browser in (
        f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1",
        f"{IPHONE} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1",
        f"{ANDROID} Mobile Safari/537.36",
        f"{ANDROID} SamsungBrowser/28.0 Mobile Safari/537.36",
        f"{WINDOWS} Safari/537.36 Edg/140.0.0.0",
        f"{MAC} Version/18.6 Safari/605.1.15",
    ):
        assert not is_inside_an_app(browser)


def test_what_is_kept_of_a_header_gives_the_same_label():
    for header in (
        WEBVIEW,
        f"{WEBVIEW} GSA/16.40",
        f"{IPHONE} Mobile/15E148 Twitter for iPhone/11",
    ):
        assert browser_label(marks_of(header)) == browser_label(header)


def test_every_label_fits_the_column():
    column = Session._meta.get_field("browser").max_length
    for mark, *_ in DEVICES:
        for browser, _ in BROWSERS:
            for more in ("", " Mobile"):
                assert len(browser_label(f"{mark} {browser}{more}")) <= column
