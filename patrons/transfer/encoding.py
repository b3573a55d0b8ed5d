"""Which encoding a file is in, told by its bytes.

UTF-8 that is damaged is still UTF-8: read as CP932 it gives other kanji without an error. So what
does not decode is counted in both, and EUC-JP, whose bytes CP932 has too, is told by its form.
"""

import codecs
import re

# Kana, kanji and full-width signs in UTF-8. In CP932 text such bytes are rare and errors many.
_JAPANESE_UTF8 = re.compile(
    rb"\xe3[\x80-\x83][\x80-\xbf]|[\xe4-\xe9][\x80-\xbf]{2}|\xef[\xbc\xbd][\x80-\xbf]"
)
# The end may be cut: it is the end of a block. Nothing below 0xA1 but two shift bytes, while nearly
# all of CP932's characters begin there.
_EUC_JP = re.compile(
    rb"(?:[\x00-\x7f]++|[\xa1-\xfe]{2}|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2})*+[\x8e\x8f\xa1-\xfe]{0,2}"
)
# What `decode("cp932", "surrogateescape")` makes of bytes that CP932 has no character for: Python
# follows Windows in giving some of them one.
NOT_CP932 = "\x80\udc80-\udcff\uf8f1-\uf8f3"
_NOT_CP932 = re.compile(f"[{NOT_CP932}]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Where more of the characters are broken than one of so many, the text is something else.
SOUND_TO_BROKEN = 3


def told_by(data: bytes) -> str:
    """Return "utf-8", "cp932", "EUC-JP" or "" for bytes that are not ASCII alone."""
    if _decodes(data, "utf-8"):
        return "utf-8"
    broken = data.decode("utf-8", "replace").count("\ufffd")
    if len(_JAPANESE_UTF8.findall(data)) > broken:
        return "utf-8"
    if _EUC_JP.fullmatch(data):
        return "EUC-JP"
    text = data.decode("cp932", "surrogateescape")
    broken, others = len(_NOT_CP932.findall(text)), len(_NOT_ASCII.findall(text))
    return "cp932" if broken * (SOUND_TO_BROKEN + 1) <= others else ""


def is_cut(error: UnicodeDecodeError) -> bool:
    """Return whether a UTF-8 character begins where the text cannot be read, and then ends."""
    after = error.object[error.end : error.end + 1]
    return 0xC2 <= error.object[error.start] <= 0xF4 and (not after or after < b"\x80")


def _decodes(data: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(data)
    except UnicodeDecodeError:
        return False
    return True
