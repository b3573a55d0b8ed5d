"""What a page offers (forms, links), and what a view reads of a request."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from django.conf import settings
from django.http import QueryDict

# What is typed into a field that a page leaves empty, so that the form gets on.
TYPED = {
    "last_name_kana": "オオイタ",
    "first_name_kana": "タロウ",
    "postal_code": "8700000",
    "phone": "0970000000",
    "email": "oita@oita.co.jp",
    "note": "電話で本人に確かめた",
    "name": "名前",
    "number": "8000028",
}
# Both ways in which a view takes a value of a script's JSON apart.
JSON_NAMES = re.compile(r'sent(?:\.get\(|, )"(\w+)"')


@dataclass
class Form:
    """A form as it would be sent: every choice of a control that has several."""

    method: str
    action: str
    fields: list[tuple[str, list[str]]] = field(default_factory=list)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        """The names of all fields and buttons."""
        return sorted({name for name, _ in (*self.fields, *self.buttons)})

    def filled(self) -> list[list[tuple[str, str]]]:
        """Return what is sent: once for each button, and for each of the choices."""
        most = max([len(self.buttons), *(len(values) for _, values in self.fields)], default=1)
        return [
            [
                *((name, values[turn % len(values)]) for name, values in self.fields),
                *([self.buttons[turn % len(self.buttons)]] if self.buttons else []),
            ]
            for turn in range(max(1, min(most, 4)))
        ]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._choices: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name = values.get("name", "")
        match tag:
            case "a":
                self.links.append(values.get("href", ""))
            case "form":
                self._form = Form(values.get("method", "get").upper(), values.get("action", ""))
                self.forms.append(self._form)
            case "input" if self._form and name:
                self._input(self._form, name, values)
            case "button" if self._form and name and values.get("type") != "button":
                self._form.buttons.append((name, values.get("value", "")))
            case "select" if self._form and name:
                self._choices = []
                self._form.fields.append((name, self._choices))
            case "option" if self._choices is not None and values.get("value"):
                self._choices.append(values["value"])
            case "textarea" if self._form and name:
                self._form.fields.append((name, [TYPED.get(name, "文")]))

    def _input(self, form: Form, name: str, values: dict[str, str]) -> None:
        kind, value = values.get("type", "text"), values.get("value", "")
        if kind in ("submit", "image"):
            form.buttons.append((name, value))
        elif kind == "radio":
            known = dict(form.fields)
            if name in known:
                known[name].append(value)
            else:
                form.fields.append((name, [value]))
        elif kind == "checkbox":
            form.fields.append((name, [value or "on"]))
        elif kind == "hidden":
            form.fields.append((name, [value]))
        else:
            form.fields.append((name, [value or TYPED.get(name, "tall-green-lighthouse")]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            if self._choices == []:
                self._choices.append("")
            self._choices = None


def forms_of(page: str, address: str) -> list[Form]:
    """Return the forms of a page, their actions as paths of this site."""
    reader = _Reader()
    reader.feed(page)
    for form in reader.forms:
        form.action = unquote(urlsplit(urljoin(f"http://x{address}", form.action)).path)
        form.fields = [each for each in form.fields if each[0] != "csrfmiddlewaretoken"]
    return reader.forms


def links_of(page: str, address: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return where a page leads on this site: paths, and what their queries ask for."""
    reader = _Reader()
    reader.feed(page)
    found = [urlsplit(urljoin(f"http://x{address}", link)) for link in reader.links]
    return [
        (unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True))
        for parts in found
        if parts.netloc == "x" and parts.scheme == "http"
    ]


def json_names() -> list[str]:
    """Return the names by which our views take apart what a script sends."""
    sources = Path(settings.BASE_DIR).glob("mylibrary/*.py")
    found = {name for path in sources for name in JSON_NAMES.findall(path.read_text())}
    return sorted(found)


@contextmanager
def recorded(*, of_a_form: bool = False) -> Iterator[set[str]]:
    """Record the names of parameters that are asked for meanwhile, wherever in the code.

    `of_a_form`: only where there are any, which leaves out an empty query beside a form.
    """
    asked: set[str] = set()
    reading = {name: getattr(QueryDict, name) for name in ("__getitem__", "get", "getlist", "pop")}

    def note(query, name):
        if len(query) or not of_a_form:
            asked.add(str(name))

    def recording(read):
        def reads(self, name, *rest, **more):
            note(self, name)
            return read(self, name, *rest, **more)

        return reads

    def contains(self, name):
        note(self, name)
        return dict.__contains__(self, name)

    for name, read in reading.items():
        setattr(QueryDict, name, recording(read))
    QueryDict.__contains__ = contains
    try:
        yield asked
    finally:
        for name, read in reading.items():
            if read.__qualname__.startswith("QueryDict"):
                setattr(QueryDict, name, read)
            else:
                delattr(QueryDict, name)
        del QueryDict.__contains__
