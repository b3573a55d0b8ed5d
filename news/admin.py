"""お知らせ and 図書館推奨資料 as staff write them, with a look at them before they are public."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from characters.text import is_visible
from news import latest
from news.models import MAXIMUM_WORKS, News, Published, Recommendation, RecommendedWork
from news.pictures import CONTENT_TYPE, NotAPicture, Picture, TooManyPixels, made_anew
from news.works import WorkField
from staff.base import StaffModelAdmin
from staff.uploads import MOST_BYTES

NOT_A_PICTURE = (
    "写真・絵として読めません。JPEG、PNG、WebP、GIFのどれかで保存したものを選んでください。"
)
TOO_LARGE = (
    "写真・絵が大きすぎます。20MB、2500万画素（JPEGは2億画素）までに縮めてから、選んでください。"
)
# The home page reads again every ten seconds, and browsers keep it for a minute.
DELAY = "ホームページに出る（または消える）まで、1分ほどかかることがあります。"
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
        fields = ("title", "text", "alternative", "begins_at", "ends_at")
        widgets = {"text": forms.Textarea(attrs={"rows": 12, "cols": 80})}
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

    def clean_title(self) -> str:
        title = " ".join(self.cleaned_data["title"].split())
        if not is_visible(title):
            raise forms.ValidationError("題名を入力してください。")
        return title

    def clean_text(self) -> Any:
        text = self.cleaned_data["text"]
        if not is_visible(text):
            raise forms.ValidationError("本文を入力してください。")
        return text

    def clean_alternative(self) -> str:
        alternative = " ".join(self.cleaned_data["alternative"].split())
        return alternative if is_visible(alternative) else ""

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
        if new and self.errors:
            # No browser sends a file again by itself.
            self.add_error("new_picture", CHOOSE_AGAIN)
        return data

    def save(self, commit: bool = True) -> Any:
        new = self.cleaned_data.get("new_picture")
        if new or self.cleaned_data.get("without_picture"):
            self.instance.show(new)
        return super().save(commit)


class PublishedAdmin(StaffModelAdmin):
    """What is public, what will be, what is being written, and what is over."""

    form = PublishedForm
    takes_a_file = True
    list_display = ("title", "state", "begins_at", "ends_at")
    readonly_fields = ("shown_picture",)
    fieldsets = (
        (None, {"fields": ("title", "text")}),
        (
            "写真・絵",
            {"fields": ("shown_picture", "new_picture", "without_picture", "alternative")},
        ),
        ("公開", {"fields": ("begins_at", "ends_at")}),
    )
    change_form_template = "admin/news/change_form.html"
    preview_template = ""

    def get_urls(self) -> list[URLPattern]:
        """Return the addresses, with the page before it is public, and its picture."""
        name = f"news_{self.opts.model_name}"
        of_ours = [
            path(
                f"<int:pk>/{page}/",
                self.admin_site.admin_view(require_safe(view)),
                name=f"{name}_{page}",
            )
            for page, view in (("preview", self.preview), ("picture", self.picture))
        ]
        return [*of_ours, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Leave out what there is nothing to do with: a picture that is not there yet."""
        left_out = set() if obj and obj.picture_digest else {"shown_picture", "without_picture"}
        if obj and not self.has_change_permission(request, obj):
            left_out |= {"new_picture", "without_picture"}
        return [
            (title, {"fields": [name for name in options["fields"] if name not in left_out]})
            for title, options in self.fieldsets
        ]

    @admin.display(description="状態")
    def state(self, item: Published) -> str:
        now = timezone.now()
        if item.is_over(now):
            return "終了"
        if item.begins_at is None:
            return "下書き"
        return "公開中" if item.begins_at <= now else "公開予定"

    @admin.display(description="今の写真・絵")
    def shown_picture(self, item: Published) -> SafeString:
        address = reverse(f"admin:news_{self.opts.model_name}_picture", args=[item.pk])
        return format_html('<img src="{}" alt="{}" width="300">', address, item.alternative)

    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the stored text as residents will read it, whenever that is."""
        self._visible(request, pk)
        item = self.model.objects.as_shown().get(pk=pk)
        picture = reverse(f"admin:news_{self.opts.model_name}_picture", args=[pk])
        context = {
            "item": item,
            "picture_address": picture if item.picture_digest else "",
            "state": self.state(item),
            "for_staff": True,
        }
        return render(request, self.preview_template, context)

    def picture(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Its picture, for staff: the public address has it only while it is public."""
        item = self._visible(request, pk)
        if not item.picture:
            raise Http404
        return HttpResponse(bytes(item.picture), content_type=CONTENT_TYPE)

    def _visible(self, request: HttpRequest, pk: int) -> Any:
        item = self.get_object(request, str(pk))
        if item is None:
            raise Http404
        if not self.has_view_permission(request, item):
            raise PermissionDenied
        return item


@admin.register(News)
class NewsAdmin(PublishedAdmin):
    """News, the newest of which the home page shows."""

    preview_template = "admin/news/preview_news.html"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        transaction.on_commit(latest.renew)
        messages.info(request, DELAY)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        transaction.on_commit(latest.renew)


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
    preview_template = "admin/news/preview_recommendation.html"
    inlines = (RecommendedWorkInline,)
