"""My Library in the staff's admin."""

from mylibrary.erasure_admin import ErasureRequestAdmin
from mylibrary.kana_admin import KanaChangeAdmin

__all__ = ["ErasureRequestAdmin", "KanaChangeAdmin"]
