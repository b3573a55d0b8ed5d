"""The pictures of `docs/staff-guide.ja.md`: taken on a walk, and compared by the words they show.

A picture keeps its words in its own metadata. Neither fonts nor pixels are compared, so the
comparison holds on another machine; whatever the walk shows must not change by itself, as a number
that is drawn does.
"""

import html
import re
from difflib import unified_diff
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Locator, Page

from accounts.models import User

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "docs" / "staff-guide.ja.md"
PICTURES = ROOT / "docs" / "images" / "staff-guide"
# The key of the PNG's text.
WORDS = "Words"
MARGIN = 8
COLOURS = 48
BACKEND = "django.contrib.auth.backends.ModelBackend"
# What is seen of a part: its text, and what stands in its fields and instead of its pictures.
SEEN = """part => {
  const said = field => {
    if (field.type === "checkbox" || field.type === "radio") return field.checked ? "x" : "o";
    return field.type === "password" || field.tagName === "SELECT" ? "" : field.value ?? field.alt;
  };
  const fields = [...part.querySelectorAll("input, textarea, select, img")];
  const shown = fields.filter(field => field.checkVisibility());
  return [part.innerText, ...shown.map(said)].join("\\n");
}"""
# Nothing is framed by the focus, and dates are as a browser in Japanese shows them: the one that
# takes the pictures knows no Japanese itself.
TIDY = """() => {
  document.activeElement?.blur();
  for (const field of document.querySelectorAll("input[type=date]")) {
    const day = field.value.replaceAll("-", "/");
    field.style.width = `${field.offsetWidth}px`;
    field.style.minWidth = "0";
    field.type = "text";
    field.value = day;
  }
}"""
TEXT_OF = re.compile(r'(?:alt|aria-label|label|title|value)="([^"]*)"')
TAG = re.compile(r"<[^>]*>")
SPACE = re.compile(r"\s+")


class Walk:
    """A walk through pages: keeps what they say, and takes pictures or compares with them."""

    def __init__(self, page: Page, site: str, *, writes: bool) -> None:
        self.page, self.site, self.writes = page, site, writes
        self.said: list[str] = []
        self.taken: set[str] = set()
        self.differences: list[str] = []

    def log_in(self, user: User, backend: str = BACKEND) -> None:
        """Go on as somebody else."""
        client = Client()
        client.force_login(user, backend=backend)
        name = settings.SESSION_COOKIE_NAME
        cookie = {"name": name, "value": client.cookies[name].value, "url": self.site}
        self.page.context.add_cookies([cookie])

    def go(self, path: str) -> None:
        answer = self.page.goto(f"{self.site}{path}")
        assert answer is not None
        assert answer.status == 200, f"{path}: {answer.status}"
        self.hear()

    def hear(self) -> None:
        """Remember what this page says, folded or not."""
        self.said.append(words_of(self.page.content()))

    def read(self, *paths: str) -> None:
        """Remember what pages say, without opening them."""
        for path in paths:
            answer = self.page.request.get(f"{self.site}{path}")
            assert answer.status == 200, f"{path}: {answer.status}"
            self.said.append(words_of(answer.text()))

    def picture(self, name: str, *selectors: str, page: Page | None = None) -> None:
        """Take a picture of these parts and what is between them, or compare the one there is."""
        page = page or self.page
        self.taken.add(name)
        parts = [page.locator(selector).first for selector in selectors]
        words = "\n".join(lines_of(part.evaluate(SEEN)) for part in parts)
        path = PICTURES / f"{name}.png"
        if self.writes:
            write(path, page, parts, words)
        elif (shown := words_in(path)) != words:
            old, new = shown.splitlines(), words.splitlines()
            self.differences += unified_diff(old, new, f"{name}.png", "page", n=0, lineterm="")

    def is_said(self, label: str) -> bool:
        wanted = SPACE.sub("", label)
        return any(wanted in text for text in self.said)


def lines_of(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def words_of(source: str) -> str:
    """Return the text of a page and of the attributes that people read or hear, without spaces.

    A bar stands between what stands in different elements.
    """
    attributes = "|".join(TEXT_OF.findall(source))
    return SPACE.sub("", html.unescape(f"{TAG.sub('|', source)}|{attributes}"))


def words_in(path: Path) -> str:
    """Return what a picture shows, "" where there is none."""
    if not path.exists():
        return ""
    with Image.open(path) as image:
        words: str = image.info.get(WORDS, "")
        return words


def write(path: Path, page: Page, parts: list[Locator], words: str) -> None:
    """Store a picture of the smallest rectangle around the parts, in few colours."""
    page.evaluate(TIDY)
    boxes = [box for part in parts if (box := part.bounding_box())]
    # Boxes are measured from the window's corner, clips from the page's.
    down = page.evaluate("scrollY")
    left = max(min(box["x"] for box in boxes) - MARGIN, 0)
    top = max(min(box["y"] for box in boxes) + down - MARGIN, 0)
    right = max(box["x"] + box["width"] for box in boxes) + MARGIN
    bottom = max(box["y"] + box["height"] for box in boxes) + down + MARGIN
    clip = {"x": left, "y": top, "width": right - left, "height": bottom - top}
    shot = page.screenshot(clip=clip, full_page=True, animations="disabled", caret="hide")
    told = PngInfo()
    told.add_itxt(WORDS, words, zip=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(BytesIO(shot)) as image:
        few = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(path, optimize=True, pnginfo=told)
