"""Whether an e-mail's domain is likely a slip for one that many people here have: to be asked.

A rule of small tables, so that a well-known domain is never asked about: a usual name with an
ending it does not have (docomo.co.jp), an ending that no domain has (.con, .co.jo), one that broke
off (i.softbank), and one slip of the fingers (gmial.com).
"""

import re

from characters.text import is_one_slip

# The most used ones first: of two that are as near, the first is meant.
_USED = (
    *("gmail.com", "yahoo.co.jp", "docomo.ne.jp", "icloud.com", "ezweb.ne.jp", "softbank.ne.jp"),
    *("i.softbank.jp", "ymobile.ne.jp", "hotmail.co.jp", "hotmail.com", "outlook.jp"),
    *("outlook.com", "yahoo.ne.jp", "yahoo.com", "uqmobile.jp", "rakuten.jp", "nifty.com"),
)
# Others that are as near to one of them as a slip.
_REAL = frozenset(
    {
        "mail.com",
        "email.com",
        "ymail.com",
        "cloud.com",
        "y-mobile.ne.jp",
        "emobile.ne.jp",
        "ymobile1.ne.jp",
    }
)
# What the names of the first of them may stand before.
_ENDINGS = ("com", "jp", "co.jp", "ne.jp", "or.jp", "com.jp", "co", "ne", "net")
_NAMED = (*_USED[:9], "outlook.jp")
_OTHER_ENDINGS = {
    f"{name}.{ending}": domain
    for domain in reversed(_NAMED)
    for name in [re.sub(r"\.(?:com|(?:co\.|ne\.)?jp)$", "", domain)]
    for ending in _ENDINGS
}
# No top-level domain is called so; .jo is, but nothing ends in .co.jo.
_COM = re.compile(r"\.(?:con|cpm|cmo|comm|coml|comn|coom|copm|ocm|vom|xom|cim|clm|ckm)$")
_JP = re.compile(
    r"\.(co|ne|or|ac|go|ed|lg)(?:\.(?:jo|ji|jl|ja|jpn|jpp|jjp|jpo|ip|lp|hp|up|pj)|jp)$"
)


def likely_domain(domain: str) -> str:
    """Return the domain that was likely meant by a normalised one, "" where nothing tells."""
    if domain in _USED or domain in _REAL:
        return ""
    ended = _JP.sub(r".\1.jp", _COM.sub(".com", domain))
    if ended in _USED or ended in _REAL:
        return ended
    near = (used for used in _USED if used.startswith(ended) or is_one_slip(ended, used))
    return _OTHER_ENDINGS.get(ended) or next(near, "" if ended == domain else ended)
