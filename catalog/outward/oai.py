"""OAI-PMH 2.0 at `/oai`: all records for union catalogues (Open Archives Initiative, 2015-01-08).

Every stored record is told, deleted ones as such, in the order of their changes. Items are not: a
loan is no change of a record. A harvester that next asks `from` the last `responseDate` misses
nothing (`catalog.importing.publishing`).
"""

from collections.abc import Iterator
from datetime import datetime
from email.utils import parseaddr
from urllib.parse import quote, unquote, urlsplit
from xml.etree.ElementTree import Element

from django.conf import settings
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone

from catalog.models import Record
from catalog.outward import dublin_core
from catalog.outward.explain import MARC_LOCATION
from catalog.outward.harvests import FORMATS, PER_PAGE, Harvest, OaiError, check_format, stamp
from catalog.outward.marcxml import marcxml
from catalog.outward.xml import XSI, node, sayable

OAI = "http://www.openarchives.org/OAI/2.0/"
OAI_DC = f"{OAI}oai_dc/"
OAI_DC_LOCATION = f"{OAI}oai_dc.xsd"
OAI_ID = f"{OAI}oai-identifier"
MARC = "http://www.loc.gov/MARC21/slim"
# What an identifier may hold (oai-identifier.xsd), as far as it needs no escape.
_SAFE = "-_.!~*'();/?:@&=+$,"
_LIST = {"from", "until", "set", "metadataPrefix"}
# What each verb must have, and may have.
ARGUMENTS: dict[str, tuple[set[str], set[str]]] = {
    "Identify": (set(), set()),
    "ListMetadataFormats": (set(), {"identifier"}),
    "ListSets": (set(), {"resumptionToken"}),
    "GetRecord": ({"identifier", "metadataPrefix"}, set()),
    "ListIdentifiers": ({"metadataPrefix"}, _LIST),
    "ListRecords": ({"metadataPrefix"}, _LIST),
}
MESSAGES = {
    "badVerb": "No such verb, none, or more than one",
    "badResumptionToken": "This token was not made here",
    "cannotDisseminateFormat": f"The formats are {' and '.join(FORMATS)}",
    "idDoesNotExist": "There is no such record",
    "noRecordsMatch": "No record was changed then",
    "noSetHierarchy": "There are no sets",
}


def harvested(asked: QueryDict, now: datetime) -> Element:
    """Answer one request, at a time that the next harvest may begin from."""
    echoed: dict[str, str] = {}
    try:
        arguments = _arguments(asked)
        echoed = dict(arguments)
        verb = arguments.pop("verb")
        inside = [node(verb, *_VERBS[verb](arguments))]
    except OaiError as error:
        if error.code in ("badVerb", "badArgument"):
            echoed = {}
        message = error.message or MESSAGES[error.code]
        inside = [node("error", message, code=error.code)]
    return node(
        "OAI-PMH",
        node("responseDate", stamp(now)),
        node("request", _base(), **echoed),
        *inside,
        xmlns=OAI,
        xmlns__xsi=XSI,
        xsi__schemaLocation=f"{OAI} {OAI}OAI-PMH.xsd",
    )


def _arguments(asked: QueryDict) -> dict[str, str]:
    """Return the arguments, verb included; raises OaiError."""
    given = dict(asked.lists())
    verbs = given.get("verb", [])
    if len(verbs) != 1 or verbs[0] not in ARGUMENTS:
        raise OaiError("badVerb")
    needed, known = ARGUMENTS[verbs[0]]
    if "resumptionToken" in given and known >= _LIST:
        # It goes alone.
        needed, known = {"resumptionToken"}, set()
    names = given.keys() - {"verb"}
    if twice := sorted(name for name in names if len(given[name]) > 1):
        raise OaiError("badArgument", f"more than once: {', '.join(twice)}")
    if unknown := sorted(names - needed - known):
        raise OaiError("badArgument", f"not an argument here: {', '.join(unknown)}")
    if missing := sorted(name for name in needed if not given.get(name, [""])[0]):
        raise OaiError("badArgument", f"missing: {', '.join(missing)}")
    return {name: values[0] for name, values in given.items()}


def _identify(arguments: dict[str, str]) -> Iterator[Element]:
    first = Record.objects.order_by("updated_at", "pk").values_list("updated_at", flat=True).first()
    yield node("repositoryName", str(settings.LIBRARY_NAME))
    yield node("baseURL", _base())
    yield node("protocolVersion", "2.0")
    yield node("adminEmail", parseaddr(settings.STAFF_EMAIL or settings.DEFAULT_FROM_EMAIL)[1])
    yield node("earliestDatestamp", stamp(first or timezone.now()))
    yield node("deletedRecord", "persistent")
    yield node("granularity", "YYYY-MM-DDThh:mm:ssZ")
    identifier = node(
        "oai-identifier",
        node("scheme", "oai"),
        node("repositoryIdentifier", _host()),
        node("delimiter", ":"),
        node("sampleIdentifier", _identifier("000000001")),
        xmlns=OAI_ID,
        xsi__schemaLocation=f"{OAI_ID} {OAI_ID}.xsd",
    )
    yield node("description", identifier)


def _formats(arguments: dict[str, str]) -> Iterator[Element]:
    if identifier := arguments.get("identifier"):
        _record(identifier)
    for prefix, schema, namespace in (
        ("oai_dc", OAI_DC_LOCATION, OAI_DC),
        ("marc21", MARC_LOCATION, MARC),
    ):
        yield node(
            "metadataFormat",
            node("metadataPrefix", prefix),
            node("schema", schema),
            node("metadataNamespace", namespace),
        )


def _sets(arguments: dict[str, str]) -> Iterator[Element]:
    raise OaiError("noSetHierarchy")


def _get(arguments: dict[str, str]) -> Iterator[Element]:
    record = _record(arguments["identifier"])
    check_format(arguments["metadataPrefix"])
    yield _told(record, arguments["metadataPrefix"])


def _identifiers(arguments: dict[str, str]) -> Iterator[Element]:
    harvest = Harvest.of(arguments)
    yield from _page(harvest, [(record, _header(record)) for record in harvest.records])


def _records(arguments: dict[str, str]) -> Iterator[Element]:
    harvest = Harvest.of(arguments)
    found = [(record, _told(record, harvest.prefix)) for record in harvest.records]
    yield from _page(harvest, found)


def _page(harvest: Harvest, found: list[tuple[Record, Element]]) -> Iterator[Element]:
    """Yield what is told, and the token: an empty one where a list of several pages ends."""
    if not found:
        raise OaiError("noRecordsMatch")
    shown = found[:PER_PAGE]
    yield from (element for _, element in shown)
    cursor = {"cursor": str(harvest.told)}
    if len(found) > len(shown):
        yield node("resumptionToken", harvest.token(shown[-1][0], len(shown)), **cursor)
    elif harvest.told:
        yield node("resumptionToken", **cursor)


def _told(record: Record, prefix: str) -> Element:
    if record.deleted_at:
        return node("record", _header(record))
    described = marcxml(record) if prefix == "marc21" else _oai_dc(record)
    return node("record", _header(record), node("metadata", described))


def _oai_dc(record: Record) -> Element:
    return node(
        "oai_dc:dc",
        *dublin_core.elements(record),
        xmlns__oai_dc=OAI_DC,
        xmlns__dc=dublin_core.DC,
        xsi__schemaLocation=f"{OAI_DC} {OAI_DC_LOCATION}",
    )


def _header(record: Record) -> Element:
    return node(
        "header",
        node("identifier", _identifier(record.control_number)),
        node("datestamp", stamp(record.updated_at)),
        **({"status": "deleted"} if record.deleted_at else {}),
    )


def _record(identifier: str) -> Record:
    """Return what has an identifier; raises OaiError."""
    begin = _identifier("")
    number = sayable(unquote(identifier.removeprefix(begin)))
    found = Record.objects.without_keys().filter(control_number=number).first()
    if not identifier.startswith(begin) or found is None:
        raise OaiError("idDoesNotExist")
    return found


def _identifier(control_number: str) -> str:
    return f"oai:{_host()}:{quote(control_number, safe=_SAFE)}"


def _host() -> str:
    return urlsplit(settings.PUBLIC_BASE_URL).hostname or ""


def _base() -> str:
    return settings.PUBLIC_BASE_URL + reverse("oai")


_VERBS = {
    "Identify": _identify,
    "ListMetadataFormats": _formats,
    "ListSets": _sets,
    "GetRecord": _get,
    "ListIdentifiers": _identifiers,
    "ListRecords": _records,
}
