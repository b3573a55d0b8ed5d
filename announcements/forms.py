"""What staff write of an announcement."""

from django import forms
from django.utils import timezone

from announcements.models import Announcement
from characters.text import is_visible


class AnnouncementForm(forms.ModelForm):
    """種類, 説明, 開始 and 終了."""

    class Meta:
        model = Announcement
        fields = ("kind", "sentence", "begins_at", "ends_at")
        widgets = {"sentence": forms.Textarea(attrs={"rows": 3, "cols": 60})}
        help_texts = {
            "sentence": "空欄のときは、決まった文を表示します。いつまでかは自動で表示します。",
            "begins_at": "開始の1日前から、予告を表示します。",
            "ends_at": "この日時に、自動で終わります。",
        }
        error_messages = {
            "kind": {"required": "種類を選択してください。"},
            "ends_at": {"required": "終了の日付と時刻を入力してください。"},
            "begins_at": {"required": "開始の日付と時刻を入力してください。"},
        }

    def clean_sentence(self) -> str:
        """Return the sentence in one line; one that shows nothing is an empty one."""
        sentence = " ".join(self.cleaned_data["sentence"].split())
        return sentence if is_visible(sentence) else ""

    def clean(self) -> dict[str, object]:
        super().clean()
        data = self.cleaned_data
        begins, ends = data.get("begins_at"), data.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", "終了は、開始より後の日時を入力してください。")
        elif ends and self.instance._state.adding and ends <= timezone.now():
            self.add_error("ends_at", "終了は、今より後の日時を入力してください。")
        return data
