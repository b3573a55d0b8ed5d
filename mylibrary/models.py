"""The models of My Library, where Django looks for them; each room has its own."""

from mylibrary.alerts.models import Alert, Arrival, CatalogueRead
from mylibrary.bookshelf.models import Shelf, ShelfEntry
from mylibrary.calendar.models import CalendarFeed
from mylibrary.holding.models import BasketEntry, PickupChoice
from mylibrary.kana.models import KanaRequest
from mylibrary.mynumber.models import LinkOffer
from mylibrary.own_data.models import ErasureRequest, PrivacyNoticeShown
from mylibrary.patron_card.models import DeviceCard
from mylibrary.profile.models import EmailConfirmation
from mylibrary.requests.models import PurchaseSuggestion, TitleDecision, WantedTitle
from mylibrary.reset.models import ResetRequest, ResetStop

__all__ = [
    "Alert",
    "Arrival",
    "BasketEntry",
    "CalendarFeed",
    "CatalogueRead",
    "DeviceCard",
    "EmailConfirmation",
    "ErasureRequest",
    "KanaRequest",
    "LinkOffer",
    "PickupChoice",
    "PrivacyNoticeShown",
    "PurchaseSuggestion",
    "ResetRequest",
    "ResetStop",
    "Shelf",
    "ShelfEntry",
    "TitleDecision",
    "WantedTitle",
]
