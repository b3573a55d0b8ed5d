"""Files as staff send them."""

import random
from io import BytesIO

from PIL import Image

ORIENTATION, MAKE, PLACE = 0x0112, 0x010F, 0x8825


def photograph(
    width: int = 1600, height: int = 1000, kind: str = "JPEG", mode: str = "RGB", **saved: object
) -> bytes:
    """Return a picture whose left half is red and whose right half is blue."""
    image = Image.new(mode, (width, height), "red")
    image.paste("blue", (width // 2, 0, width, height))
    file = BytesIO()
    image.save(file, kind, **saved)
    return file.getvalue()


def of_a_telephone() -> bytes:
    """Return a photograph held upright, with where and on what it was made."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[MAKE] = "Telephone"
    exif[PLACE] = {1: "N", 2: (33.0, 14.0, 0.0)}
    return photograph(exif=exif, comment=b"a comment")


def noise(side: int) -> bytes:
    """Return what no format makes small."""
    image = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(3 * side * side))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
