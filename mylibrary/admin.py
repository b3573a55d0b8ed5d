"""My Library in the staff's admin."""

from mylibrary.kana.admin import KanaRequestAdmin
from mylibrary.own_data.admin import ErasureRequestAdmin
from mylibrary.profile.admin import ContactAdmin
from mylibrary.requests.admin import WantedTitleAdmin

__all__ = ["ContactAdmin", "ErasureRequestAdmin", "KanaRequestAdmin", "WantedTitleAdmin"]
