"""Which pages there are for somebody, and which parameters each of them reads."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.urls import Resolver404, get_resolver, resolve

from tests.fuzz.pages import Form, forms_of, json_names, links_of, recorded
from tests.fuzz.people import Person
from tests.fuzz.wire import FORM, Answer, as_pairs, encoded, send, undone
from tests.test_public_urls import LOGINS, addresses

HEADERS = ("USER_AGENT", "REFERER", "ORIGIN", "ACCEPT_LANGUAGE", "X_FORWARDED_FOR", "IF_NONE_MATCH")
COOKIES = ("sessionid", "csrftoken", "messages")
JSON = "application/json"
# A field of no form, so that there is a form to be read.
NOTHING = ("nothing", "")


@dataclass(frozen=True)
class Parameter:
    """One thing that is fuzzed: its name, where it goes, and what is sent beside it."""

    person: Person
    kind: str
    name: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    bodies: tuple[tuple[tuple[str, str], ...], ...] = ((),)
    route: str = ""

    def __str__(self) -> str:
        return f"{self.person.name}: {self.method} {self.path} {self.kind} {self.name}"


@dataclass
class Page:
    """What is known of one address for one person."""

    path: str
    route: str
    query: dict[str, str] = field(default_factory=dict)
    forms: list[Form] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    posted: set[str] = field(default_factory=set)
    status: int = 0
    leads_to: str = ""
    takes: str = FORM


def parameters(somebody: list[Person]) -> list[Parameter]:
    """Return everything that anybody can send; what is the same for several is there once."""
    known: dict[tuple[object, ...], Parameter] = {}
    for person in somebody:
        for page in pages_of(person).values():
            seen = (
                f"{page.status} {sorted({name for form in page.forms for name, _ in form.fields})}"
            )
            for each in _parameters_of(person, page):
                key = (each.route, each.kind, each.name, each.method, seen)
                known.setdefault(key, each)
    return list(known.values())


def pages_of(person: Person) -> dict[str, Page]:
    """Return one page for each pattern of an address, a real one where a link leads to one."""
    found: dict[str, Page] = {}
    waiting = [(path, []) for path in person.pages] + [("/", [])]
    guesses = [(path, []) for path in sorted(set(addresses(get_resolver().url_patterns)))]
    for turn in (waiting, guesses):
        while turn:
            address, query = turn.pop(0)
            path, _, given = address.partition("?")
            route = route_of(path)
            if route is None:
                continue
            if page := found.get(route):
                page.query |= dict(query)
                continue
            page = found[route] = Page(path, route, dict(query))
            page.query |= dict(each.split("=", 1) for each in given.split("&") if "=" in each)
            turn += _look(person, page)
    for page in list(found.values()):
        for form in page.forms:
            if form.method == "POST" and (route := route_of(form.action)):
                own = found.setdefault(route, Page(form.action, route))
                if own is not page:
                    own.forms.append(form)
    for page in found.values():
        _press(person, page)
    return found


def route_of(path: str) -> str | None:
    """Return the pattern of an address, None where there is none."""
    try:
        return resolve(path).route
    except Resolver404:
        return None


def _look(person: Person, page: Page) -> list[tuple[str, list[tuple[str, str]]]]:
    """Open a page; return where it leads."""
    with recorded() as asked:
        answer = ask(person, page.path, page.query)
    page.asked, page.status, page.leads_to = asked, answer.status, answer.location
    page.forms = forms_of(answer.text, page.path)
    for form in page.forms:
        if form.method == "GET":
            page.asked |= {name for name, _ in form.fields}
    leading = links_of(answer.text, page.path)
    for path, query in leading:
        if path == page.path:
            page.asked |= {name for name, _ in query}
    if answer.location.startswith("/"):
        leading.append((answer.location, []))
    # The admin takes what a form for something new says at first from the address.
    if page.path.endswith("/add/"):
        page.asked |= {name for form in page.forms for name, _ in form.fields}
    return leading


def _press(person: Person, page: Page) -> None:
    """Send a page's forms, and those of the answers (a second step); note what is read of them."""
    bodies = [[NOTHING]] + [
        body for form in page.forms if form.method == "POST" for body in form.filled()
    ]
    for step in range(2):
        following = []
        for body in bodies:
            with recorded(of_a_form=True) as asked:
                answer = ask(person, page.path, page.query, body)
            page.posted |= asked
            if answer.status == 415:
                page.takes = JSON
            if answer.status == 405:
                return
            if step == 0 and answer.status in (200, 422):
                known = [form.names for form in page.forms + following]
                following += [
                    form
                    for form in forms_of(answer.text, page.path)
                    if (form.method, form.action) == ("POST", page.path) and form.names not in known
                ]
        page.forms += following
        bodies = [body for form in following for body in form.filled()]


def ask(
    person: Person, path: str, query: dict[str, str], body: list[tuple[str, str]] | None = None
) -> Answer:
    """Send what somebody would send; nothing of it stays."""
    with undone():
        return send(
            "GET" if body is None else "POST",
            path.encode(),
            cookies=person.cookies,
            query=as_pairs(query.items()),
            body=encoded(as_pairs(body or ())),
        )


def _parameters_of(person: Person, page: Page) -> Iterator[Parameter]:
    query = tuple(page.query.items())
    posts = [form for form in page.forms if form.method == "POST" and form.action == page.path]
    bodies = tuple(tuple(body) for form in posts for body in form.filled()) or ((),)
    read = page.posted
    if page.path.startswith("/admin/"):
        # Beside a form, Django's lists read the address again: their filters are no fields.
        read = read - page.asked
    written = {name for body in bodies for name, _ in body} | read
    common = {"person": person, "path": page.path, "query": query, "route": page.route}
    if page.leads_to.startswith(LOGINS) and page.path not in ("/mylibrary/", "/admin/"):
        return
    for name in sorted(page.asked | set(page.query)):
        yield Parameter(kind="query", name=name, method="GET", **common)
    if "<" in page.route or "(?P" in page.route:
        for name in resolve(page.path).kwargs:
            yield Parameter(kind="path", name=name, method="GET", **common)
            yield Parameter(kind="path", name=name, method="POST", bodies=bodies, **common)
    if page.takes == JSON:
        for name in ("", *json_names()):
            yield Parameter(kind="json", name=name, method="POST", **common)
        return
    for name in sorted(written - {"csrfmiddlewaretoken", "_method"}):
        yield Parameter(kind="body", name=name, method="POST", bodies=bodies, **common)
    if page.path == "/mylibrary/login/":
        for name in HEADERS:
            yield Parameter(kind="header", name=name, method="GET", **common)
        for name in COOKIES:
            yield Parameter(kind="cookie", name=name, method="GET", **common)
