"""The models of My Library, where Django looks for them; each room has its own."""

from mylibrary.kana.models import KanaChange
from mylibrary.mynumber.models import LinkOffer
from mylibrary.own_data.models import ErasureRequest, PurposeShown
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest, ResetStop

__all__ = [
    "EmailConfirmation",
    "ErasureRequest",
    "KanaChange",
    "LinkOffer",
    "PurposeShown",
    "ResetRequest",
    "ResetStop",
]
