"""Ages as libraries report them: by the school year, children being pupils of primary schools.

Compulsory education goes by the age that is reached between 2 April and 1 April (学校教育法 17条;
年齢計算ニ関スル法律). 社会教育調査 and the yearbooks of libraries count 児童 as primary school or
younger.
"""

UNKNOWN = "unknown"
# The last age of each band, and what it is called.
BANDS = (
    (6, "就学前"),
    (12, "小学生"),
    (15, "中学生"),
    (18, "高校生"),
    (29, "19〜29歳"),
    (39, "30代"),
    (49, "40代"),
    (59, "50代"),
    (69, "60代"),
    (79, "70代"),
    (None, "80歳以上"),
)
LABELS = {"over" if last is None else f"to{last}": label for last, label in BANDS} | {
    UNKNOWN: "不明"
}
CHILDREN = ("to6", "to12")
NEW_SCHOOL_YEAR = "0401"


def band(birth_year: str, *, is_early: bool, fiscal_year: int) -> str:
    """Return the band of whoever was born in a year, `is_early` by 1 April of it."""
    if not birth_year.strip("0"):
        return UNKNOWN
    age = fiscal_year - int(birth_year) + is_early
    return next((f"to{last}" for last, _ in BANDS if last is not None and age <= last), "over")
