"""My Library in the staff's admin."""

from mylibrary.contact_admin import ContactAdmin
from mylibrary.erasure_admin import ErasureRequestAdmin
from mylibrary.kana_admin import KanaChangeAdmin

__all__ = ["ContactAdmin", "ErasureRequestAdmin", "KanaChangeAdmin"]
