"""What SRU tells of itself: server, indexes, schemas and limits, in ZeeRex 2.0."""

from collections.abc import Iterator
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from django.conf import settings
from django.urls import reverse

from catalog.outward.queries import INDEXES
from catalog.outward.xml import node

ZEEREX = "http://explain.z3950.org/dtd/2.0/"
SRU_2 = "http://docs.oasis-open.org/ns/search-ws/sruResponse"
DC_SCHEMA = "info:srw/schema/1/dc-v1.1"
DC_LOCATION = "http://www.loc.gov/standards/sru/recordSchemas/dc-schema.xsd"
MARC_SCHEMA = "info:srw/schema/1/marcxml-v1.1"
MARC_LOCATION = "http://www.loc.gov/standards/marcxml/schema/MARC21slim.xsd"
DEFAULT_RECORDS, MOST_RECORDS = 10, 50
_SETS = {
    "cql": "info:srw/cql-context-set/1/cql-v1.2",
    "dc": "info:srw/cql-context-set/1/dc-v1.1",
    "bath": "http://zing.z3950.org/cql/bath/2.0/",
}


def explain() -> Element:
    """Return the record that `explain` answers."""
    site = urlsplit(settings.PUBLIC_BASE_URL)
    port = site.port or (443 if site.scheme == "https" else 80)
    server = node(
        "serverInfo",
        node("host", site.hostname or ""),
        node("port", str(port)),
        node("database", reverse("sru").removeprefix("/")),
        protocol="SRU",
        version="1.2",
        transport=site.scheme,
        method="GET POST",
    )
    database = node(
        "databaseInfo",
        node("title", str(settings.LIBRARY_NAME), lang="ja", primary="true"),
        node("description", "Records of the library's catalogue", lang="en", primary="true"),
    )
    indexes = [node("set", name=name, identifier=address) for name, address in _SETS.items()]
    schemas = [
        _schema(DC_SCHEMA, "dc", DC_LOCATION, "Dublin Core"),
        _schema(MARC_SCHEMA, "marcxml", MARC_LOCATION, "MARC 21 in XML"),
    ]
    config = [
        node("default", str(DEFAULT_RECORDS), type="numberOfRecords"),
        node("default", "cql", type="contextSet"),
        node("default", "cql.serverChoice", type="index"),
        node("default", "scr", type="relation"),
        node("default", "dc", type="retrieveSchema"),
        node("setting", str(MOST_RECORDS), type="maximumRecords"),
        *(node("supports", sign, type="relation") for sign in ("=", "all", "any", "adj", "exact")),
        *(node("supports", sign, type="relation") for sign in ("<", "<=", ">", ">=", "within")),
        node("supports", "*", type="maskingCharacter"),
    ]
    return node(
        "explain",
        server,
        database,
        node("indexInfo", *indexes, *_indexes()),
        node("schemaInfo", *schemas),
        node("configInfo", *config),
        xmlns=ZEEREX,
    )


def _indexes() -> Iterator[Element]:
    """Yield every index with the names that mean it."""
    names: dict[str, list[tuple[str, str]]] = {}
    for known in _SETS:
        for name, field in INDEXES[known].items():
            names.setdefault(str(field), []).append((known, name))
    for title, maps in names.items():
        mapped = [node("map", node("name", name, set=known)) for known, name in maps]
        yield node("index", node("title", title, lang="en"), *mapped, search="true")


def _schema(identifier: str, name: str, location: str, title: str) -> Element:
    return node(
        "schema",
        node("title", title, lang="en"),
        identifier=identifier,
        name=name,
        location=location,
        retrieve="true",
        sort="false",
    )
