"""Rows, controls and their wiring for assistive technology."""

import re

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.test import Client

from tests.site.urls import PlainForm, SpecimenForm
from ui.forms import LibraryFormRenderer

TYPED = {"text": "<b>'\"&", "choice": "2", "agreed": "on", "several": ["a", "b"]}


class EveryControl(PlainForm):
    text = forms.CharField(max_length=40, widget=forms.TextInput({"data-x": "a\"<&'"}))
    email = forms.EmailField(required=False)
    number = forms.IntegerField(widget=forms.NumberInput({"readonly": True, "hidden": False}))
    secret = forms.CharField(widget=forms.PasswordInput)
    hidden = forms.CharField(widget=forms.HiddenInput)
    agreed = forms.BooleanField(required=False)
    choice = forms.ChoiceField(choices=[("", "選択"), ("1", "<一>"), (2, "二")])
    several = forms.MultipleChoiceField(choices=[("a", "あ"), ("b", "い")])
    grouped = forms.ChoiceField(choices=[("群", [("a", "あ")]), ("b", "い")])


def squeeze(html: str) -> str:
    return re.sub(r">\s+|\s+<", lambda gap: gap.group().strip(), html)


@pytest.mark.parametrize("name", list(EveryControl.base_fields))
@pytest.mark.parametrize(
    "data", [{}, {"text": "<b>'\"&", "choice": "2", "agreed": "on", "several": ["a", "b"]}]
)
def test_controls_are_what_django_would_render(name, data):
    ours = EveryControl(data, renderer=LibraryFormRenderer())
    django = EveryControl(data, renderer=DjangoTemplates())
    assert squeeze(str(ours[name])) == squeeze(str(django[name]))


def test_the_box_of_a_row_in_the_admin_is_what_django_would_render():
    box = forms.CheckboxInput(
        {"class": "action-select", "aria-label": "a\"<&'"}, lambda value: False
    )
    ours, django = (
        box.render("_selected_action", "7", renderer=renderer)
        for renderer in (LibraryFormRenderer(), DjangoTemplates())
    )
    assert squeeze(ours) == squeeze(django)


def test_a_row_names_its_control_and_marks_what_must_be_filled():
    row = SpecimenForm()["phone"].as_field_group()
    assert (
        '<label class="row__head" for="id_phone">'
        '<span class="req">【必須】</span>電話番号（半角）</label>'
    ) in row
    assert '<p class="hint" id="id_phone_helptext">例：0970000000</p>' in row
    assert 'aria-describedby="id_phone_helptext"' in row
    assert "required" not in row.replace("【必須】", "")
    assert "aria-invalid" not in row


def test_a_wrong_row_says_so_to_eye_and_ear():
    row = SpecimenForm({"phone": ""})["phone"].as_field_group()
    assert "row--error" in row
    assert 'aria-invalid="true"' in row
    assert 'aria-describedby="id_phone_helptext id_phone_error"' in row
    assert (
        'id="id_phone_error"><span class="u-vh">エラー：</span>電話番号を入力してください<' in row
    )


def test_what_was_typed_stays_and_cannot_break_out():
    row = SpecimenForm({"phone": '"><script>'})["phone"].as_field_group()
    assert 'value="&quot;&gt;&lt;script&gt;"' in row


def test_several_errors_are_all_shown_and_escaped():
    form = SpecimenForm({"phone": "1"})
    form.add_error("phone", ["<短い>", "数字ではありません"])
    row = form["phone"].as_field_group()
    assert "&lt;短い&gt;<br>数字ではありません" in row


def test_unmarked_form_has_no_mark():
    class LoginLike(SpecimenForm):
        required_unmarked = True

    assert "【必須】" not in LoginLike()["phone"].as_field_group()


def test_choices_share_a_legend():
    class WithRadio(PlainForm):
        way = forms.ChoiceField(
            label="方法", choices=[("a", "あ")], widget=forms.RadioSelect, help_text="一つ"
        )

    row = WithRadio()["way"].as_field_group()
    assert '<fieldset class="row__group" aria-describedby="id_way_helptext">' in row
    assert "方法</legend>" in row


@pytest.mark.urls("tests.site.urls")
def test_summary_counts_the_errors_and_links_to_each_control():
    response = Client().post("/specimen/", {"first": "タロウ", "contact": "none"})
    page = response.content.decode()
    assert response.status_code == 422
    assert "<title>エラー：見本" in page
    assert "入力内容に2件の誤りがあります" in page
    assert '<li><a href="#id_last">姓を入力してください</a></li>' in page
    assert '<li><a href="#id_phone">電話番号を入力してください</a></li>' in page
    assert 'tabindex="-1" autofocus' in page


@pytest.mark.urls("tests.site.urls")
def test_pair_of_controls_shares_a_legend_and_keeps_its_own_errors():
    page = Client().post("/specimen/", {"first": "タロウ"}).content.decode()
    assert '<span class="req">【必須】</span>名前カタカナ（全角）</legend>' in page
    assert 'aria-describedby="id_last_helptext id_last_error"' in page
    assert 'id="id_first_error"' not in page
