"""What staff type about second factors: a code, a passkey's name, whose factor is reset and why."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import MAXIMUM_PASSKEY_NAME, User
from accounts.second_factor.services import ResetReason
from audit.reasons import in_japanese
from staff.rights import rights_of, rights_over
from ui.forms import PlainForm, VisibleField

LONGEST_CODE = 64


class CodeForm(PlainForm):
    """Six digits of the app, or a recovery code."""

    code = VisibleField(
        label="6けたの数字、または予備コード",
        max_length=LONGEST_CODE,
        widget=forms.TextInput(
            {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
        ),
        error_messages={
            "required": "6けたの数字か、予備コードを入力してください。",
            "max_length": "長すぎます。6けたの数字か、予備コードを入力してください。",
            "null_characters_not_allowed": "6けたの数字か、予備コードを入力してください。",
        },
    )


class PasskeyNameForm(PlainForm):
    """What a member of staff calls a passkey."""

    name = VisibleField(
        label="パスキーの名前",
        max_length=MAXIMUM_PASSKEY_NAME,
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={
            "required": "パスキーの名前を入力してください。",
            "max_length": f"パスキーの名前は、{MAXIMUM_PASSKEY_NAME}文字までにしてください。",
            "null_characters_not_allowed": "使えない文字が入っています。別の名前にしてください。",
        },
    )


class ResetForm(PlainForm):
    """Whose second factor is reset, and why."""

    user = forms.ModelChoiceField(
        label="職員",
        queryset=User.objects.none(),
        empty_label="選んでください",
        error_messages={
            "required": "職員を選んでください。",
            "invalid_choice": "この職員の2段階認証は、解除できません。選び直してください。",
        },
    )
    reason = forms.ChoiceField(
        label="理由",
        choices=[("", "選んでください")]
        + [(each.value, in_japanese(each)) for each in ResetReason if each != ResetReason.COMMAND],
        error_messages={
            "required": "理由を選んでください。",
            "invalid_choice": "理由を選んでください。",
        },
    )

    def __init__(self, data: Any, *, by: User) -> None:
        """Offer whoever has something to reset, but oneself."""
        super().__init__(data)
        self.by = by
        field = self.fields["user"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.with_second_factor().exclude(pk=by.pk)

    def clean_user(self) -> User:
        """Refuse whoever may do more: with the password as well, their rights would be had."""
        user: User = self.cleaned_data["user"]
        if not rights_over(self.by, user).cover(rights_of(user)):
            raise ValidationError(self.fields["user"].error_messages["invalid_choice"])
        return user
