"""A picture as it is kept, made anew from what somebody sent.

Nothing of the file itself is kept: no place and time of the photograph (EXIF), no comments, no
other pictures in it. What is not a picture, or would take too much memory to look at, is refused.
"""

from io import BytesIO
from threading import Lock
from typing import NamedTuple

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# A photograph of a telephone has 12 to 50 million; two hundred megabytes while one is looked at.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 1200
MOST_BYTES = 300_000
QUALITIES = (82, 70, 55, 40)
CONTENT_TYPE = "image/webp"
_ONE_AT_A_TIME = Lock()


class NotAPicture(Exception):
    """Not a picture in one of the formats, or a broken one."""


class TooManyPixels(Exception):
    """It would take too much memory to look at."""


class Picture(NamedTuple):
    """A WebP file and its size in pixels."""

    content: bytes
    width: int
    height: int


def made_anew(sent: bytes) -> Picture:
    """Return a picture of at most 1200 pixels and 300 kB; raises NotAPicture, TooManyPixels."""
    with _ONE_AT_A_TIME:
        try:
            image = _opened(sent)
            while len(content := _written(image)) > MOST_BYTES:
                image = image.resize((-(-image.width // 2), -(-image.height // 2)))
        except TooManyPixels:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise TooManyPixels from error
        # Whatever a broken file ends in: Pillow promises nothing.
        except Exception as error:
            raise NotAPicture from error
    return Picture(content, image.width, image.height)


def _opened(sent: bytes) -> Image.Image:
    """Return the first picture of a file, upright, in red, green, blue and transparency if any."""
    bounds = (LONGEST_SIDE, LONGEST_SIDE)
    with Image.open(BytesIO(sent), formats=FORMATS) as image:
        # From the head of the file alone.
        if image.width * image.height > MOST_PIXELS:
            raise TooManyPixels
        # A JPEG is read at an eighth, a quarter or half of its size where that is enough.
        image.draft("RGB", bounds)
        mode = "RGBA" if image.has_transparency_data else "RGB"
        turned = ImageOps.exif_transpose(image).convert(mode)
    turned.thumbnail(bounds)
    # Pixels alone, without what else Pillow has read.
    plain = Image.new(mode, turned.size)
    plain.paste(turned)
    return plain


def _written(image: Image.Image) -> bytes:
    """Return the best file that is small enough, or the smallest."""
    for quality in QUALITIES:
        file = BytesIO()
        image.save(file, "WEBP", quality=quality)
        if file.tell() <= MOST_BYTES:
            break
    return file.getvalue()
