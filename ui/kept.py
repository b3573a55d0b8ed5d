"""Pictures that browsers keep: their address changes with what is drawn."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control

FOR_EVER = 60 * 60 * 24 * 365
AN_HOUR = 60 * 60
FOR_A_MINUTE = 60
# What says the same to everybody in every language depends on no header of the request.
SAYS_NOTHING = "says_nothing"


def kept(
    request: HttpRequest,
    digest: str,
    make: Callable[[], str | bytes],
    content_type: str,
    seconds: int = FOR_EVER,
) -> HttpResponse:
    """Answer with a picture, for `seconds` where the address has its digest as `v`, or a minute.

    An address made before the picture changed shows the new one, and must not keep it under the old
    digest. `make` is not called for who has the picture already (304).
    """
    etag = f'"{digest}"'
    known = get_conditional_response(request, etag=etag)
    response = known or HttpResponse(make(), content_type=content_type)
    response["ETag"] = etag
    if request.GET.get("v") == digest:
        patch_cache_control(response, public=True, max_age=seconds, immutable=True)
    else:
        patch_cache_control(response, public=True, max_age=FOR_A_MINUTE)
    setattr(response, SAYS_NOTHING, True)
    return response
