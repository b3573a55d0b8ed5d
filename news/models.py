"""News (お知らせ), and works under a headline with a sentence on each (図書館推奨資料)."""

from datetime import datetime
from hashlib import sha256
from typing import ClassVar, NamedTuple, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import OfRecordQuerySet, Record
from news.pictures import Picture

MAXIMUM_SENTENCE = 200
# For a form's limit of fields (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS), six each.
MAXIMUM_WORKS = 25


class Said(NamedTuple):
    """What staff wrote, and its language as HTML names it."""

    text: str
    lang: str


def said(japanese: str, english: str) -> Said:
    """Return what a page says: the English where there is some and the page is not Japanese."""
    if english and get_language() != settings.LANGUAGE_CODE:
        return Said(english, "en")
    return Said(japanese, "ja")


class PublishedQuerySet(models.QuerySet):
    def current(self) -> Self:
        """What residents may read now, the newest first; slice it for the home page."""
        now = timezone.now()
        open_ended = Q(ends_at=None) | Q(ends_at__gt=now)
        return self.filter(open_ended, begins_at__lte=now).order_by("-begins_at", "-pk")

    def as_shown(self) -> Self:
        """With what their pages show beside them."""
        return self

    def begun(self) -> Self:
        """What residents may read now, or could once."""
        return self.filter(begins_at__lte=timezone.now())


class PublishedManager(models.Manager.from_queryset(PublishedQuerySet)):  # type: ignore[misc]
    """Rows without the bytes of their pictures, which only the picture's own address reads."""

    def get_queryset(self) -> PublishedQuerySet:
        return super().get_queryset().defer("picture")


class Published(models.Model):
    """What staff write and residents read from `begins_at` (None: not yet) until `ends_at`."""

    title = models.CharField(_("題名"), max_length=100)
    text = models.TextField(_("本文"), max_length=4000)
    # English takes twice as many letters.
    title_en = models.CharField(_("英語の題名"), max_length=200, blank=True)
    text_en = models.TextField(_("英語の本文"), max_length=8000, blank=True)
    begins_at = models.DateTimeField(_("公開の開始"), null=True, blank=True)
    ends_at = models.DateTimeField(_("公開の終了"), null=True, blank=True)
    # A WebP file (news/pictures.py). In the database, as several web processes on several machines
    # share nothing else, and a backup has it.
    picture = models.BinaryField(_("写真・絵"), null=True, blank=True)
    picture_digest = models.CharField(max_length=16, blank=True, editable=False)
    picture_width = models.PositiveSmallIntegerField(null=True, editable=False)
    picture_height = models.PositiveSmallIntegerField(null=True, editable=False)
    alternative = models.CharField(_("写真・絵の説明"), max_length=MAXIMUM_SENTENCE, blank=True)

    objects = PublishedManager()

    class Meta:
        abstract = True
        ordering = ("-begins_at", "-pk")
        indexes: ClassVar = [
            models.Index(fields=["-begins_at", "-id"], name="%(class)s_begins_at"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("begins_at")),
                name="%(class)s_ends_after_its_beginning",
                violation_error_message=_("公開の終了は、開始より後の日時を入力してください。"),
            ),
            models.CheckConstraint(
                condition=Q(picture_digest="") | ~Q(alternative=""),
                name="%(class)s_picture_is_described",
                violation_error_message=_("写真・絵の説明を入力してください。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def headline(self) -> Said:
        return said(self.title, self.title_en)

    @property
    def body(self) -> Said:
        return said(self.text, self.text_en)

    def is_over(self, now: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= now

    def show(self, picture: Picture | None) -> None:
        """Take a picture, or none, for the next `save`."""
        self.picture = picture and picture.content
        self.picture_digest = sha256(picture.content).hexdigest()[:16] if picture else ""
        self.picture_width = picture and picture.width
        self.picture_height = picture and picture.height

    @property
    def picture_address(self) -> str:
        """Where the picture is kept, or "" without one."""
        if not self.picture_digest:
            return ""
        address = reverse(f"news:{self._meta.model_name}_picture", args=[self.pk])
        return f"{address}?v={self.picture_digest}"


class News(Published):
    """One piece of news (お知らせ)."""

    class Meta(Published.Meta):
        verbose_name = verbose_name_plural = _("お知らせ")


class RecommendationQuerySet(PublishedQuerySet):
    def as_shown(self) -> Self:
        """With `works`, each with its record as it is shown; what the library lost is left out."""
        works = RecommendedWork.objects.filter(record__deleted_at=None).with_record()
        return self.prefetch_related(models.Prefetch("works", works))


class RecommendationManager(PublishedManager.from_queryset(RecommendationQuerySet)):  # type: ignore[misc]
    pass


class Recommendation(Published):
    """Works under one headline (図書館推奨資料), such as 「秋の夜長に読む本」."""

    objects: ClassVar[RecommendationManager] = RecommendationManager()

    class Meta(Published.Meta):
        verbose_name = verbose_name_plural = _("図書館推奨資料")

    @cached_property
    def listed(self) -> list["RecommendedWork"]:
        """The works, in their order; a list that is not stored yet is given its own."""
        return list(self.works.all())


class RecommendedWork(models.Model):
    """One of the works, and why it is recommended."""

    recommendation = models.ForeignKey(
        Recommendation, verbose_name=_("一覧"), on_delete=models.CASCADE, related_name="works"
    )
    record = models.ForeignKey(
        Record, verbose_name=_("資料"), on_delete=models.CASCADE, related_name="+"
    )
    sentence = models.CharField(_("紹介文"), max_length=MAXIMUM_SENTENCE, blank=True)
    order = models.PositiveSmallIntegerField(_("並び順"), default=100)

    objects = OfRecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("推奨資料")
        ordering = ("order", "pk")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["recommendation", "record"],
                name="recommended_work_once_a_list",
                violation_error_message=_("同じ資料が2回入力されています。"),
            ),
        ]

    def __str__(self) -> str:
        return str(self.record)
