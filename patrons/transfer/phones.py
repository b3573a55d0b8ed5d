"""Telephone numbers whose leading 0 a spreadsheet program has dropped.

A number is completed only where it becomes one that can be dialled: the area codes are those that
libphonenumber 9 (Google, Apache-2.0; `resources/PhoneNumberMetadata.xml`, JP, fixedLine, mobile and
voip) knows from the Ministry of Internal Affairs' list of numbers in use. Those from 1 (Hokkaido,
Aomori) are not completed: 0120 and other services are among them.
"""

import re

from patrons.normalize import DASH_CLASS, nfkc

_FIXED = re.compile(
    r"(?:(?:2[2-9]|[36][1-9])[0-9]"
    r"|4(?:[2-578][0-9]|6[02-8]|9[2-59])"
    r"|5(?:[2-589][0-9]|6[1-9]|7[2-8])"
    r"|7(?:[25-9][0-9]|3[4-9]|4[02-9])"
    r"|8(?:[2679][0-9]|3[2-9]|4[5-9]|5[1-9]|8[03-9])"
    r"|9(?:[2-58][0-9]|[679][1-9]))[0-9]{6}"
)
_MOBILE_OR_IP = re.compile(r"[5-9]0[1-9][0-9]{7}")
_WITH_DASHES = re.compile(rf"[0-9]+(?:{DASH_CLASS}[0-9]+)*")


def without_zero(text: str) -> str:
    """Return the digits of a telephone number, with its 0, that was written without; or ""."""
    text = nfkc(text.strip())
    if not _WITH_DASHES.fullmatch(text):
        return ""
    digits = re.sub(DASH_CLASS, "", text)
    can_be_dialled = _FIXED.fullmatch(digits) or _MOBILE_OR_IP.fullmatch(digits)
    return f"0{digits}" if can_be_dialled else ""
