"""A picture as it is kept, made anew from what somebody sent.

Nothing of the file itself is kept: no place and time of the photograph (EXIF), no comments, no
other pictures in it. What is not a picture, or would take too much memory to look at, is refused.
"""

from io import BytesIO
from threading import Lock
from typing import NamedTuple

from PIL import Image, ImageOps

FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
# Of a file that has to be looked at whole: four bytes each, twice. A JPEG is read smaller.
MOST_PIXELS = 25_000_000
# Of any: a telephone's photograph has 12 to 50 million, some two hundred.
MOST_OF_A_JPEG = 210_000_000
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
        if image.width * image.height > MOST_OF_A_JPEG:
            raise TooManyPixels
        # A JPEG is read at an eighth, a quarter or half of its size where that is enough.
        image.draft("RGB", bounds)
        if image.width * image.height > MOST_PIXELS:
            raise TooManyPixels
        mode = "RGBA" if image.has_transparency_data else "RGB"
        small: Image.Image = image
        if image.mode.startswith("I"):
            # Sixteen bits of grey: Pillow would cut off what is above eight.
            small = image.convert("I").point(lambda grey: grey / 256).convert("L")
        elif image.mode in ("P", "1"):
            # A palette has nothing between its colours.
            small = image.convert(mode)
        small.thumbnail(bounds)
        turned = ImageOps.exif_transpose(small).convert(mode)
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
