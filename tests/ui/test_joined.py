"""The template tag that joins lines."""

from django.template import Context, Template

TEXT = """{% load library %}{% joined %}
  一つめ。
  {% if second %}<b>{{ second }}</b>{% endif %}
  　三つめ and more
{% endjoined %}"""


def test_lines_are_joined_without_a_space_and_values_stay_escaped():
    assert Template(TEXT).render(Context({"second": "<二>"})) == (
        "一つめ。<b>&lt;二&gt;</b>　三つめ and more"
    )
