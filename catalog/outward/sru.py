"""SRU 1.2 at `/sru`: the catalogue's search for other programs (Library of Congress, SRU 1.2).

Hits come in the order of the search page. As there, only the first `MOST` are put in order.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from django.db import OperationalError
from django.http import QueryDict
from psycopg.errors import QueryCanceled

from catalog.models import Record
from catalog.outward import dublin_core, explain
from catalog.outward.cql import Diagnosed
from catalog.outward.explain import DC_SCHEMA, DEFAULT_RECORDS, MARC_SCHEMA, MOST_RECORDS, ZEEREX
from catalog.outward.marcxml import marcxml
from catalog.outward.queries import criteria
from catalog.outward.xml import XSI, node, text_of
from catalog.search.criteria import MOST, Criteria
from catalog.search.hits import Hits, find

SRW = "http://www.loc.gov/zing/srw/"
DIAGNOSTIC = "http://www.loc.gov/zing/srw/diagnostic/"
# What the number of hits is where there are more (a vocabulary of SRU 2.0).
AT_LEAST = "info:srw/vocabulary/resultCountPrecision/1/minimum"
VERSIONS = ("1.1", "1.2")
SCHEMAS = {"dc": DC_SCHEMA, "marcxml": MARC_SCHEMA}
_NUMBER = re.compile("0*[0-9]{1,9}")
_COMMON = {"operation", "version", "stylesheet", "extraRequestData"}
_PARAMETERS = {
    "explain": {"recordPacking"},
    "searchRetrieve": {
        *("query", "startRecord", "maximumRecords", "recordPacking", "recordSchema"),
        *("recordXPath", "resultSetTTL", "sortKeys"),
    },
}
MESSAGES = {
    4: "Unsupported operation",
    5: "Unsupported version",
    6: "Unsupported parameter value",
    7: "Mandatory parameter not supplied",
    8: "Unsupported parameter",
    10: "Query syntax error",
    12: "Too many characters in query",
    13: "Invalid or unsupported use of parentheses",
    14: "Invalid or unsupported use of quotes",
    15: "Unsupported context set",
    16: "Unsupported index",
    19: "Unsupported relation",
    20: "Unsupported relation modifier",
    22: "Unsupported combination of relation and index",
    23: "Too many characters in term",
    27: "Empty term unsupported",
    28: "Masking character not supported",
    29: "Masked words too short",
    31: "Anchoring character not supported",
    36: "Term in invalid format for index or relation",
    38: "Too many boolean operators in query",
    39: "Proximity not supported",
    46: "Unsupported boolean modifier",
    47: "Cannot process query; reason unknown",
    48: "Query feature unsupported",
    49: "Masking character in unsupported position",
    61: "First record position out of range",
    66: "Unknown schema for retrieval",
    71: "Unsupported record packing",
    72: "XPath retrieval unsupported",
    80: "Sort not supported",
    110: "Stylesheets not supported",
}


def searched(asked: QueryDict) -> Element:
    """Answer one operation; whatever is wrong with it is told as a diagnostic."""
    operation = asked.get("operation", "" if asked else "explain")
    version = asked.get("version", VERSIONS[-1])
    answered = version if version in VERSIONS else VERSIONS[-1]
    make = {"searchRetrieve": _search, "scan": _scan}.get(operation, _explain)
    try:
        _check(operation, asked)
        return make(answered, asked, [])
    except Diagnosed as diagnosed:
        return make(answered, QueryDict(), [_diagnostics(diagnosed)])


def _check(operation: str, asked: QueryDict) -> None:
    """Refuse what no operation can be begun with."""
    if not asked:
        return
    if not operation:
        raise Diagnosed(7, "operation")
    if operation not in _PARAMETERS:
        raise Diagnosed(4, operation)
    if not asked.get("version"):
        raise Diagnosed(7, "version")
    if asked["version"] not in VERSIONS:
        raise Diagnosed(5, VERSIONS[-1])
    if asked.get("stylesheet"):
        raise Diagnosed(110)
    for name in asked:
        if name not in _COMMON | _PARAMETERS[operation] and not name.startswith("x-"):
            raise Diagnosed(8, name)


def _search(version: str, asked: QueryDict, wrong: list[Element]) -> Element:
    """Answer `searchRetrieve`."""
    if wrong:
        none = node("zs:numberOfRecords", "0")
        return _response("searchRetrieveResponse", version, none, *wrong)
    if not asked.get("query"):
        raise Diagnosed(7, "query")
    first = _number(asked, "startRecord", 1, least=1)
    count = min(_number(asked, "maximumRecords", DEFAULT_RECORDS, least=0), MOST_RECORDS)
    schema = asked.get("recordSchema") or DC_SCHEMA
    schema = SCHEMAS.get(schema, schema)
    if schema not in SCHEMAS.values():
        raise Diagnosed(66, schema)
    packing = _packing(asked)
    for name, number in (("recordXPath", 72), ("sortKeys", 80)):
        if asked.get(name):
            raise Diagnosed(number)
    looked_for = criteria(str(asked["query"]))
    if first > MOST:
        raise Diagnosed(61, str(MOST))
    hits = _find(looked_for, range(first - 1, min(first - 1 + count, MOST)))
    if first > max(hits.total, 1):
        raise Diagnosed(61, str(hits.total))
    inside = [node("zs:numberOfRecords", str(hits.total))]
    if records := list(_records(hits.ids, first, schema, packing)):
        inside.append(node("zs:records", *records))
    following = first + len(hits.ids)
    if hits.ids and following <= hits.total:
        inside.append(node("zs:nextRecordPosition", str(following)))
    if hits.has_more:
        precision = node("resultCountPrecision", AT_LEAST, xmlns=explain.SRU_2)
        inside.append(node("zs:extraResponseData", precision))
    return _response("searchRetrieveResponse", version, *inside)


def _find(looked_for: Criteria, part: range) -> Hits:
    try:
        return find(looked_for, part)
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        raise Diagnosed(47, "It takes too long: use longer words.") from None


def _records(ids: list[int], first: int, schema: str, packing: str) -> Iterator[Element]:
    found = Record.objects.without_keys().with_items().in_bulk(ids)
    for place, one in enumerate(ids, start=first):
        # Unless it went between the two questions.
        if one in found:
            packed = _packed(schema, packing, _described(found[one], schema))
            packed.append(node("zs:recordPosition", str(place)))
            yield packed


def _packed(schema: str, packing: str, record: Element) -> Element:
    """Return a record as the protocol hands it over: as XML, or as its text."""
    return node(
        "zs:record",
        node("zs:recordSchema", schema),
        node("zs:recordPacking", packing),
        node("zs:recordData", record if packing == "xml" else text_of(record)),
    )


def _described(record: Record, schema: str) -> Element:
    if schema == MARC_SCHEMA:
        return marcxml(record, record.items.all())
    return node(
        "srw_dc:dc",
        *dublin_core.elements(record),
        xmlns__srw_dc="info:srw/schema/1/dc-schema",
        xmlns__dc=dublin_core.DC,
        xmlns__xsi=XSI,
        xsi__schemaLocation=f"info:srw/schema/1/dc-schema {explain.DC_LOCATION}",
    )


def _explain(version: str, asked: QueryDict, wrong: list[Element]) -> Element:
    """Answer `explain`, and what is no operation."""
    record = _packed(ZEEREX, _packing(asked), explain.explain())
    return _response("explainResponse", version, record, *wrong)


def _scan(version: str, asked: QueryDict, wrong: list[Element]) -> Element:
    """Answer `scan`, which no index of ours serves."""
    return _response("scanResponse", version, *wrong)


def _response(name: str, version: str, *inside: Element) -> Element:
    return node(f"zs:{name}", node("zs:version", version), *inside, xmlns__zs=SRW)


def _packing(asked: QueryDict) -> str:
    packing = str(asked.get("recordPacking") or "xml")
    if packing not in ("xml", "string"):
        raise Diagnosed(71, packing)
    return packing


def _number(asked: QueryDict, name: str, default: int, *, least: int) -> int:
    said = str(asked.get(name) or default)
    if not _NUMBER.fullmatch(said) or int(said) < least:
        raise Diagnosed(6, name)
    return int(said)


def _diagnostics(diagnosed: Diagnosed) -> Element:
    told = [node("uri", f"info:srw/diagnostic/1/{diagnosed.number}")]
    if diagnosed.details:
        told.append(node("details", diagnosed.details))
    told.append(node("message", MESSAGES[diagnosed.number]))
    return node("zs:diagnostics", node("diagnostic", *told, xmlns=DIAGNOSTIC))
