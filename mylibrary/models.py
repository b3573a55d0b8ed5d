"""The models of My Library, where Django looks for them; each room has its own."""

from mylibrary.kana.models import KanaRequest
from mylibrary.mynumber.models import LinkOffer
from mylibrary.own_data.models import ErasureRequest, PrivacyNoticeShown
from mylibrary.profile.models import EmailConfirmation
from mylibrary.reset.models import ResetRequest, ResetStop

__all__ = [
    "EmailConfirmation",
    "ErasureRequest",
    "KanaRequest",
    "LinkOffer",
    "PrivacyNoticeShown",
    "ResetRequest",
    "ResetStop",
]
