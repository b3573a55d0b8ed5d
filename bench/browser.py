"""A browser small enough for a benchmark: cookies, redirects and forms, no pictures, no scripts."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.client import HTTPConnection
from urllib.parse import urlencode, urljoin, urlsplit


class UnexpectedPage(Exception):
    """The site answered with something else than the journey expects."""


@dataclass
class Form:
    """A form of a page: where it goes, its fields, its buttons' own targets by their text."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: dict[str, dict[str, str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open = False
        self.button: dict[str, str] | None = None
        self.select: str | None = None
        self.options = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get").upper()
            self.forms.append(Form(given.get("action", ""), method))
            self.open = True
        elif self.open and tag == "button":
            self.button = given
        elif self.open and tag == "input" and "name" in given:
            chosen = given.get("type") not in ("radio", "checkbox", "submit") or "checked" in given
            if chosen:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif self.open and tag in ("select", "textarea"):
            self.select, self.options = given.get("name", ""), 0
            self.forms[-1].fields[self.select] = ""
        elif self.open and tag == "option" and self.select:
            if "selected" in given or not self.options:
                self.forms[-1].fields[self.select] = given.get("value", "")
            self.options += 1

    def handle_data(self, data: str) -> None:
        if self.button is not None and data.strip():
            self.forms[-1].buttons[data.strip()] = self.button
            self.button = None

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = False
        elif tag in ("select", "textarea"):
            self.select = None


@dataclass
class Page:
    """An answer of the site."""

    url: str
    status: int
    text: str

    def form(self, button: str) -> Form:
        """Return the form that has a button of this text."""
        parser = _Forms()
        parser.feed(self.text)
        for form in parser.forms:
            if button in form.buttons:
                return form
        raise UnexpectedPage(f"{self.status} {self.url}: no button {button}")


class Browser:
    """One person's browser. Cookies are kept for each origin apart."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.cookies: dict[str, dict[str, str]] = {}

    def get(self, url: str) -> Page:
        """Open an address, following redirects."""
        return self._follow("GET", url, "")

    def press(self, page: Page, button: str, **fields: str) -> Page:
        """Fill in a page's form and press one of its buttons, following redirects."""
        url, body = self.filled(page, button, **fields)
        if page.form(button).method == "GET":
            return self._follow("GET", f"{url}?{body}", "")
        return self._follow("POST", url, body)

    def filled(self, page: Page, button: str, **fields: str) -> tuple[str, str]:
        """Return where pressing a button sends to and the body it sends."""
        form = page.form(button)
        pressed = form.buttons[button]
        values = form.fields | fields
        if "name" in pressed:
            values[pressed["name"]] = pressed.get("value", "")
        target = pressed.get("formaction") or form.action or page.url
        return urljoin(page.url, target), urlencode(values)

    def cookie_header(self, url: str) -> str:
        """Return the cookies that belong to an address."""
        jar = self.cookies.get(urlsplit(url).netloc, {})
        return "; ".join(f"{name}={value}" for name, value in jar.items())

    def send(self, method: str, url: str, body: str = "") -> tuple[Page, str]:
        """Send one request; return the answer and where it redirects to."""
        parts = urlsplit(url)
        connection = HTTPConnection("127.0.0.1", parts.port, timeout=30)
        headers = {"Host": parts.netloc, "Connection": "close", "X-Forwarded-For": self.address}
        if cookies := self.cookie_header(url):
            headers["Cookie"] = cookies
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body or None, headers)
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        connection.close()
        jar = self.cookies.setdefault(parts.netloc, {})
        for header in response.headers.get_all("Set-Cookie", []):
            name, _, value = header.partition(";")[0].partition("=")
            jar[name] = value
        return Page(url, response.status, text), response.headers.get("Location", "")

    def _follow(self, method: str, url: str, body: str) -> Page:
        for _ in range(10):
            page, location = self.send(method, url, body)
            if page.status not in (301, 302, 303, 307):
                return page
            method, url, body = "GET", urljoin(url, location), ""
        raise UnexpectedPage(f"too many redirects: {url}")
