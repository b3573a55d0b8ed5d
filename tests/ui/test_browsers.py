"""What a browser is called in the list of logins."""

import pytest

from accounts.models import Session
from ui.browsers import BROWSERS, DEVICES, browser_label

WEBKIT = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
BLINK = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {WEBKIT}"
IPAD = f"Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) {WEBKIT}"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT}"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {BLINK}"
ANDROID = f"Mozilla/5.0 (Linux; Android 10; K) {BLINK}"


@pytest.mark.parametrize(
    ("header", "label"),
    [
        (f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1", "iPhoneのSafari"),
        (f"{IPHONE} CriOS/140.0.7339.39 Mobile/15E148 Safari/604.1", "iPhoneのChrome"),
        (f"{IPHONE} Version/18.6 Mobile/15E148 Safari/604.1 Line/15.14.0", "iPhoneのLINE"),
        (f"{IPHONE} GSA/383.0 Mobile/15E148 Safari/604.1", "iPhoneのGoogleアプリ"),
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


def test_every_label_fits_the_column():
    column = Session._meta.get_field("browser").max_length
    for mark, *_ in DEVICES:
        for browser, _ in BROWSERS:
            for more in ("", " Mobile"):
                assert len(browser_label(f"{mark} {browser}{more}")) <= column
