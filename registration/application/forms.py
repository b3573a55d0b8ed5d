"""The form 利用者情報登録 (manual, steps 2, 6 and 7)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from characters.text import StrOrPromise, keepable
from patrons import normalize
from patrons.email_slips import likely_domain
from patrons.models import ContactMethod
from patrons.residency import PostalVerdict, ResidencyDecision, check_postal_code
from ui.forms import AskingForm, NormalizedField, Question
from ui.pages import sentences

FIELDS = ("last_name_kana", "first_name_kana", "postal_code", "phone", "email", "contact_method")
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
ONE_WORD = _("姓と名に分かれない名前は「姓」に入力し、「名」は空のままにしてください。")
CHOOSE = _("予約連絡方法を選んでください")
MISMATCH = _(
    "この郵便番号は%(elsewhere)sのものです。"
    "マイナンバーカードの住所（%(here)s）の郵便番号を入力してください"
)
UNKNOWN = _(
    "この郵便番号は見つかりません。マイナンバーカードの住所（%(here)s）の郵便番号を入力してください"
)


def _kana_messages(part: StrOrPromise) -> dict[str, Any]:
    return {
        "required": format_lazy(_("名前カタカナの「{part}」を入力してください"), part=part),
        "too_long": format_lazy(
            _("名前カタカナの「{part}」が長すぎます。窓口で登録できます"), part=part
        ),
        "invalid": format_lazy(
            _("名前カタカナの「{part}」は、カタカナで入力してください（ひらがなも使えます）"),
            part=part,
        ),
    }


class AsksAboutEmail(AskingForm):
    """A form with the field `email`, which asks about a likely slip in its domain."""

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        local, _at, domain = email.rpartition("@")
        if meant := likely_domain(domain):
            slip = {"typed": domain, "meant": meant}
            question = Question(
                title=gettext("E-mailをご確認ください"),
                sentence=gettext("「%(typed)s」は「%(meant)s」の打ち間違いではありませんか") % slip,
                value=email,
                offered=f"{local}@{meant}",
                offer=gettext("%(meant)sに直す") % slip,
            )
            self.ask("email", question)
        return email


class RegistrationForm(AsksAboutEmail):
    """What an applicant types beside the verified name, birth date and address.

    `name` is the verified name: without a space in it the kana may be one word too. `residency`
    is the decision on the verified address, which the postal code must agree with.
    """

    use_required_attribute = False

    last_name_kana = NormalizedField(
        label=_("姓"),
        help_text=_("ひらがなで入力しても、カタカナに直して登録します。"),
        normalize=normalize.normalize_kana,
        messages=_kana_messages(_("姓")),
        widget=forms.TextInput(PLAIN),
    )
    first_name_kana = NormalizedField(
        label=_("名"),
        normalize=normalize.normalize_kana,
        messages=_kana_messages(_("名")),
        widget=forms.TextInput(PLAIN),
    )
    postal_code = NormalizedField(
        label=_("郵便番号（半角）"),
        normalize=normalize.normalize_postal_code,
        messages={
            "required": _("郵便番号を入力してください"),
            "invalid": _("郵便番号は、7桁の数字で入力してください（例：8700839）"),
        },
        widget=forms.TextInput({"autocomplete": "postal-code", "inputmode": "numeric"}),
    )
    phone = NormalizedField(
        label=_("電話番号（半角）"),
        normalize=normalize.normalize_phone,
        messages={
            "required": _("電話番号を入力してください"),
            "too_few_digits": _(
                "電話番号の数字が足りません。市外局番からすべて入力してください（例：0975340000）"
            ),
            "too_many_digits": _(
                "電話番号の数字が多すぎます。番号をもう一度確かめて入力してください（例：0975340000）"
            ),
            "extension": _(
                "内線番号は登録できません。外からかけられる番号だけを入力してください（例：0975340000）"
            ),
            "several_numbers": _("電話番号は、1つだけ入力してください（例：0975340000）"),
            "not_japanese": _("電話番号は、日本の番号を入力してください（例：0975340000）"),
            "invalid": _("電話番号は、0から始まる数字で入力してください（例：0975340000）"),
        },
        widget=forms.TextInput({"autocomplete": "tel", "inputmode": "tel"}),
    )
    email = NormalizedField(
        label=_("E-mail（半角）"),
        normalize=normalize.normalize_email,
        messages={
            "required": _("E-mailを入力してください"),
            "too_long": _("E-mailが長すぎます。254文字までのものを入力してください"),
            "several_addresses": _("E-mailは、1つだけ入力してください"),
            "several_ats": _("E-mailの「@」は、1つだけ入力してください"),
            "comma": _("「%(character)s」は使えません。「.」（ピリオド）に直して入力してください"),
            "quoted": _('E-mailは、「"」で囲まずに入力してください（例：name@example.jp）'),
            "local_part_length": _(
                "E-mailの「@」の前が長すぎます。64文字までのものを入力してください"
            ),
            "bad_local_part": _("E-mailの「@」の前を確かめてください（例：name@example.jp）"),
            "bad_domain": _(
                "E-mailの「@」の後ろを、最後まで正しく入力してください（例：name@example.jp）"
            ),
            "invalid": _("E-mailは、name@example.jp のような形で入力してください"),
        },
        widget=forms.TextInput(PLAIN | {"autocomplete": "email", "inputmode": "email"}),
    )
    contact_method = forms.ChoiceField(
        label=_("予約連絡方法"),
        help_text=_("不要：予約資料の準備ができても、お知らせしません"),
        choices=ContactMethod.choices,
        initial=ContactMethod.NONE,
        error_messages={"required": CHOOSE, "invalid_choice": CHOOSE},
    )

    def __init__(
        self,
        data: Any = None,
        *,
        name: str = "",
        residency: ResidencyDecision | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, label_suffix="", **kwargs)
        self.residency = residency
        if name and len(name.split()) < 2:
            self.fields["first_name_kana"].required = False
            self.fields["last_name_kana"].help_text = sentences(
                self.fields["last_name_kana"].help_text, ONE_WORD
            )

    def clean_postal_code(self) -> str:
        """Check the postal code against the card's municipality; ask where it cannot be known."""
        code = self.cleaned_data["postal_code"]
        if self.residency is None:
            return code
        decision = check_postal_code(code, self.residency.municipality_code or "")
        here = self.residency.municipality_name
        places = {"here": gettext(here) if here else ""}
        match decision.verdict:
            case PostalVerdict.MISMATCH:
                names = (gettext(name) for name in decision.municipalities)
                places["elsewhere"] = gettext("、").join(names) or gettext("別の市町村")
                raise ValidationError(MISMATCH, code="mismatch", params=places)
            case PostalVerdict.UNKNOWN:
                raise ValidationError(UNKNOWN, code="unknown", params=places)
            case PostalVerdict.QUESTION:
                question = Question(
                    title=gettext("郵便番号をご確認ください"),
                    sentence=gettext("この郵便番号でよろしいですか"),
                    value=code,
                )
                self.ask("postal_code", question)
        return code


def keepable_values(data: Mapping[str, str]) -> dict[str, Any]:
    """Return the typed fields found in a submission, each keepable."""
    return {name: keepable(data[name]) for name in FIELDS if name in data}
