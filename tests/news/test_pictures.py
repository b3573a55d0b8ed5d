"""A picture as it is kept: small, upright, without what the file says beside it."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image

from news.pictures import MOST_BYTES, NotAPicture, TooManyPixels, made_anew
from tests.news.photographs import noise, of_a_telephone, photograph


def test_a_photograph_is_made_upright_and_small_and_tells_nothing_else():
    made = made_anew(of_a_telephone())
    assert (made.width, made.height) == (750, 1200)
    kept = Image.open(BytesIO(made.content))
    assert (kept.format, kept.size) == ("WEBP", (750, 1200))
    assert not dict(kept.getexif())
    assert not {"exif", "icc_profile", "xmp", "comment"} & kept.info.keys()
    assert b"Telephone" not in made.content
    # Turned to the right: what was left is on top.
    top, bottom = (
        kept.convert("RGB").getpixel((375, 100)),
        kept.convert("RGB").getpixel((375, 1100)),
    )
    assert top[0] > 200 > 60 > top[2]
    assert bottom[2] > 200 > 60 > bottom[0]


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        *(("PNG", mode) for mode in ("RGBA", "P", "L", "LA", "1")),
        *(("JPEG", mode) for mode in ("L", "CMYK")),
        *(("GIF", "P"), ("WEBP", "RGBA")),
    ],
)
def test_every_kind_of_picture_is_taken_and_keeps_its_proportions(kind, mode):
    file = BytesIO()
    Image.new(mode, (90, 60)).save(file, kind)
    made = made_anew(file.getvalue())
    assert (made.width, made.height) == (90, 60)
    assert Image.open(BytesIO(made.content)).size == (90, 60)


def test_a_photograph_of_fifty_million_pixels_is_taken():
    file = BytesIO()
    Image.new("L", (8160, 6144), 90).save(file, "JPEG")
    made = made_anew(file.getvalue())
    assert (made.width, made.height) == (1200, 904)


def test_sixteen_bits_of_grey_keep_their_shades():
    file = BytesIO()
    row = b"".join(struct.pack("<H", shade) * 30 for shade in (0x2000, 0x8000, 0xE000))
    shades = Image.frombytes("I;16", (90, 30), row * 30)
    shades.save(file, "PNG")
    kept = Image.open(BytesIO(made_anew(file.getvalue()).content)).convert("L")
    seen = [kept.getpixel((at, 15)) for at in (15, 45, 75)]
    assert all(abs(one - meant) < 8 for one, meant in zip(seen, (0x20, 0x80, 0xE0), strict=True))


def test_what_no_quality_makes_small_is_made_in_half_the_size():
    made = made_anew(noise(1200))
    assert len(made.content) <= MOST_BYTES
    assert (made.width, made.height) == (600, 600)


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of some bytes that says that it has so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        whole = name + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize("sides", [(8000, 6300), (10_000, 10_000), (60_000, 60_000)])
def test_a_file_that_would_fill_the_memory_is_refused_by_its_head(sides):
    with pytest.raises(TooManyPixels):
        made_anew(bomb(*sides))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%PDF-1.7",
        photograph()[:2000],
        photograph(kind="PNG")[:200],
        photograph(kind="TIFF"),
        bomb(0, 10),
        bomb(100, 100),
    ],
)
def test_what_is_no_picture_or_a_broken_one_is_refused(sent):
    with pytest.raises(NotAPicture):
        made_anew(sent)
