"""お知らせ and 図書館推奨資料 as staff write them, with a look at them before they are public."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from characters.text import is_visible
from news.latest import LATEST
from news.models import MAXIMUM_WORKS, News, Published, Recommendation, RecommendedWork
from news.pictures import NotAPicture, Picture, TooManyPixels, made_anew
from news.previews import Previewed, is_asked
from news.works import WorkField
from staff.known import KnownToPages
from staff.uploads import MOST_BYTES
from ui.forms import LineField, VisibleField

NOT_A_PICTURE = (
    "写真・絵として読めません。JPEG、PNG、WebP、GIFのどれかで保存したものを選んでください。"
)
TOO_LARGE = (
    "写真・絵が大きすぎます。20MB、2500万画素（JPEGは2億画素）までに縮めてから、選んでください。"
)
CHOOSE_AGAIN = (
    "選んだ写真・絵は、まだ保存していません。ほかの欄を直したら、もう一度選んでください。"
)
DESCRIBE = "写真・絵の説明を入力してください。写真・絵が見えない方には、この説明を読み上げます。"


class PublishedForm(forms.ModelForm):
    """What staff write; a picture is made anew and takes the place of the one before."""

    new_picture = forms.FileField(
        label="写真・絵を選ぶ",
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        help_text="JPEG、PNG、WebP、GIF。20MBまで。小さく作り直し、撮影の場所や日時は残しません。",
        error_messages={"empty": NOT_A_PICTURE, "invalid": NOT_A_PICTURE},
    )
    without_picture = forms.BooleanField(label="写真・絵を外す", required=False)

    class Meta:
        fields = ("title", "text", "title_en", "text_en", "alternative", "begins_at", "ends_at")
        field_classes = {
            **dict.fromkeys(("title", "title_en", "alternative"), LineField),
            "text": VisibleField,
        }
        widgets = {
            "text": forms.Textarea(attrs={"rows": 12, "cols": 80}),
            "text_en": forms.Textarea(attrs={"rows": 12, "cols": 80}),
        }
        help_texts = {
            "text": "空の行で段落を分けます。アドレス（https://…）は、前後を空白か改行で区切ると"
            "リンクになります。",
            "alternative": "写真・絵があるときは必ず書きます。例：「窓辺の本棚に並ぶ絵本」",
            "begins_at": "空欄のあいだは公開しません。先の日時を入力すると、その時に公開します。",
            "ends_at": "空欄のときは、終わりなく公開します。",
        }
        error_messages = {
            "title": {"required": "題名を入力してください。"},
            "text": {"required": "本文を入力してください。"},
        }

    def clean_text_en(self) -> str:
        text: str = self.cleaned_data["text_en"]
        return text if is_visible(text) else ""

    def clean_new_picture(self) -> Picture | None:
        """Return the picture made anew."""
        sent: UploadedFile | None = self.cleaned_data["new_picture"]
        if sent is None:
            return None
        if (sent.size or 0) > MOST_BYTES:
            raise forms.ValidationError(TOO_LARGE)
        try:
            return made_anew(sent.read())
        except TooManyPixels:
            raise forms.ValidationError(TOO_LARGE) from None
        except NotAPicture:
            raise forms.ValidationError(NOT_A_PICTURE) from None

    def clean(self) -> dict[str, Any]:
        super().clean()
        data = self.cleaned_data
        begins, ends = data.get("begins_at"), data.get("ends_at")
        if begins and ends and ends <= begins:
            self.add_error("ends_at", "公開の終了は、開始より後の日時を入力してください。")
        new = data.get("new_picture")
        has_one = new or (self.instance.picture_digest and not data.get("without_picture"))
        if has_one and not data.get("alternative") and "alternative" not in self.errors:
            self.add_error("alternative", DESCRIBE)
        if new and self.errors and not is_asked(self.data):
            # No browser sends a file again by itself; a preview leaves it where it was chosen.
            self.add_error("new_picture", CHOOSE_AGAIN)
        if not self.errors:
            self.typed()
        return data

    def typed(self) -> Any:
        """Return what was typed, with its picture, once it is valid; nothing is stored."""
        new = self.cleaned_data.get("new_picture")
        if new or self.cleaned_data.get("without_picture"):
            self.instance.show(new)
        return self.instance


class PublishedAdmin(Previewed):
    """What is public, what will be, what is being written, and what is over."""

    form = PublishedForm
    takes_a_file = True
    beside_form: ClassVar = {"picture_digest": "写真・絵"}
    list_display = ("title", "state", "begins_at", "ends_at")
    readonly_fields = ("shown_picture",)
    fieldsets = (
        (None, {"fields": ("title", "text")}),
        (
            "英語（なくてもよい）",
            {
                "fields": ("title_en", "text_en"),
                "description": "英語の画面に出ます。空欄のときは、日本語のまま出ます。",
            },
        ),
        (
            "写真・絵",
            {"fields": ("shown_picture", "new_picture", "without_picture", "alternative")},
        ),
        ("公開", {"fields": ("begins_at", "ends_at")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what there is nothing to do with: a picture that is not there yet."""
        left_out = set() if obj and obj.picture_digest else {"shown_picture", "without_picture"}
        if obj and not self.has_change_permission(request, obj):
            left_out |= {"new_picture", "without_picture"}
        return [
            (title, {"fields": [name for name in options["fields"] if name not in left_out]})
            for title, options in self.fieldsets
        ]

    @admin.display(description="今の写真・絵")
    def shown_picture(self, item: Published) -> SafeString:
        address = reverse(f"admin:news_{self.opts.model_name}_picture", args=[item.pk])
        return format_html('<img src="{}" alt="{}" width="300">', address, item.alternative)


@admin.register(News)
class NewsAdmin(KnownToPages, PublishedAdmin):
    """News, the newest of which the home page shows."""

    page_of_residents = "news/item.html"
    known = LATEST
    # The home page reads again every ten seconds, and browsers keep it for a minute.
    delay = "ホームページに出る（または消える）まで、1分ほどかかることがあります。"


class RecommendedWorkForm(forms.ModelForm):
    """One work; `record` is typed as a number or an address."""

    record = WorkField(
        label="資料",
        max_length=300,
        help_text="書誌番号、ISBN、または資料の画面のアドレス",
        error_messages={"required": "資料を入力してください。"},
    )

    class Meta:
        model = RecommendedWork
        fields = ("record", "sentence", "order")


class RecommendedWorkInline(admin.TabularInline):
    model = RecommendedWork
    form = RecommendedWorkForm
    extra = 3
    max_num = MAXIMUM_WORKS


@admin.register(Recommendation)
class RecommendationAdmin(PublishedAdmin):
    page_of_residents = "recommendations/item.html"
    inlines = (RecommendedWorkInline,)
