"""Bibliographic records and their items."""

from datetime import datetime
from typing import Any, ClassVar, Self, TypeVar, cast

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchQuery, SearchVectorField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from branches.models import Branch
from catalog.covers import drawing
from catalog.search.folding import phrase
from catalog.search.keys import Keys

Row = TypeVar("Row", bound=models.Model)

MAXIMUM_CONTROL_NUMBER = 40
MAXIMUM_ITEM_NUMBER = 40
MOST_BY_AUTHOR = 500
# MARC's codes of the languages that a library here has most of.
BCP_47 = {
    **{"jpn": "ja", "eng": "en", "chi": "zh", "kor": "ko", "fre": "fr", "ger": "de", "spa": "es"},
    **{"por": "pt", "ita": "it", "rus": "ru", "vie": "vi", "tha": "th", "ind": "id", "nep": "ne"},
}


class Material(models.TextChoices):
    """What a work is made as; those for people who cannot read print are told apart."""

    BOOK = "book", _("図書")
    LARGE_PRINT = "large_print", _("大活字本")
    BRAILLE = "braille", _("点字資料")
    DAISY = "daisy", _("DAISY（録音図書）")
    LL_BOOK = "ll_book", _("LLブック")
    MAGAZINE = "magazine", _("雑誌")
    NEWSPAPER = "newspaper", _("新聞")
    SOUND = "sound", _("CD・録音資料")
    VIDEO = "video", _("DVD・映像資料")
    MAP = "map", _("地図")
    MUSIC = "music", _("楽譜")
    ELECTRONIC = "electronic", _("電子資料")
    OTHER = "other", _("その他")


class ItemState(models.TextChoices):
    """Where an item is, as far as the catalogue knows."""

    ON_SHELF = "on_shelf", _("在架")
    ON_LOAN = "on_loan", _("貸出中")
    HELD = "held", _("予約棚")
    IN_TRANSIT = "in_transit", _("移送中")
    PROCESSING = "processing", _("準備中")
    REFERENCE = "reference", _("館内のみ")
    MISSING = "missing", _("所在不明")


class GramQuery(SearchQuery):
    """Bigrams as `catalog.search.folding` writes them, which no parser may take apart again."""

    def __init__(self, query: str) -> None:
        super().__init__(query)
        self.query = query

    def as_sql(self, *_: Any, **__: Any) -> Any:
        """Cast them."""
        return "%s::tsquery", [self.query]


class RecordQuerySet(models.QuerySet):
    def present(self) -> Self:
        """Records that are not deleted."""
        return self.filter(deleted_at=None)

    def without_keys(self) -> Self:
        """Records as they are shown: what only the search reads is as long as all the rest."""
        return self.defer(*Keys._fields)

    def with_items(self) -> Self:
        items = Item.objects.select_related("branch").order_by("branch__order", "call_number", "pk")
        return self.prefetch_related(models.Prefetch("items", items))

    def with_isbn(self, number: str) -> Self:
        """Records of an ISBN in its 13 digits: the volumes of a work may share one."""
        return self.present().filter(isbns__contains=[number])

    def arrived_since(self, moment: datetime) -> Self:
        """Records that came since, the newest first."""
        return self.present().filter(added_at__gte=moment).order_by("-added_at", "-pk")

    def in_series(self, series: str) -> Self:
        """Records of a series in the order of their years; none of no series."""
        found = self.present().filter(series=series).exclude(series="")
        return found.order_by("year", "pk")

    def by_author(self, key: str) -> Self:
        """Records that name a person, whose folded name is the key, the newest of some hundred;
        none of no person.
        """
        if len(key) < 2:
            return self.none()
        named = self.present().filter(grams=GramQuery(phrase(key, "B")))
        # Not whose name has this one within it.
        whole = named.extra(where=["%s = ANY(string_to_array(author_key, E'\\n'))"], params=[key])
        found = models.Subquery(whole.order_by().values("pk")[:MOST_BY_AUTHOR])
        return self.filter(pk__in=found).order_by("-year", "-pk")

    def changed_after(self, moment: datetime, pk: int) -> Self:
        """Records that were changed or deleted after one, in the order of their changes."""
        # A row is compared as a whole by one index.
        later = self.extra(where=["(updated_at, id) > (%s, %s)"], params=[moment, pk])
        return cast(Self, later.order_by("updated_at", "pk"))

    def beside(self, record: "Record") -> Self:
        """Records that stand to the right of one, by class; none of no class."""
        if not record.ndc:
            return self.none()
        # A row is compared as a whole by one index.
        here = [record.ndc, record.pk]
        right = self.present().extra(where=["(ndc, id) > (%s, %s)"], params=here)
        return cast(Self, right.order_by("ndc", "pk"))


class OfRecordQuerySet(models.QuerySet[Row]):
    """Rows of a model that names a record, as `record`."""

    def with_record(self) -> Self:
        """Each with its record as it is shown, as `RecordQuerySet.without_keys`."""
        return self.select_related("record").defer(*(f"record__{name}" for name in Keys._fields))


class Record(models.Model):
    """A bibliographic record (書誌); `control_number` is the library system's (MARC 21, 001).

    `contributors` is a list of objects `name`, `reading`, `role`. `*_key` and `grams` are made by
    `catalog.search.folding` from the others and serve the search alone. A deleted record stays as
    a row without items, so that harvesters learn of it.
    """

    control_number = models.CharField(_("書誌番号"), max_length=MAXIMUM_CONTROL_NUMBER, unique=True)
    title = models.TextField(_("書名"))
    title_reading = models.TextField(_("書名の読み"), blank=True)
    volume = models.CharField(_("巻次"), max_length=200, blank=True)
    series = models.TextField(_("シリーズ"), blank=True)
    contributors = models.JSONField(_("著者など"), default=list, blank=True)
    publisher = models.TextField(_("出版者"), blank=True)
    year = models.PositiveSmallIntegerField(_("出版年"), null=True, blank=True)
    extent = models.CharField(_("ページ数・大きさ"), max_length=200, blank=True)
    isbns = ArrayField(models.CharField(max_length=13), verbose_name="ISBN", default=list)
    ndc = models.CharField(_("分類（NDC）"), max_length=12, blank=True)
    subjects = ArrayField(models.TextField(), verbose_name=_("件名"), default=list, blank=True)
    language = models.CharField(_("本文の言語"), max_length=3, blank=True)
    material = models.CharField(
        _("資料の種類"), max_length=12, choices=Material, default=Material.BOOK
    )
    for_children = models.BooleanField(_("児童向け"), default=False)
    description = models.TextField(_("内容"), blank=True)
    added_at = models.DateTimeField(_("受入日時"), default=timezone.now)
    updated_at = models.DateTimeField(_("更新日時"), default=timezone.now)
    deleted_at = models.DateTimeField(_("削除日時"), null=True, blank=True)

    title_key = models.TextField(editable=False)
    author_key = models.TextField(editable=False, blank=True)
    publisher_key = models.TextField(editable=False, blank=True)
    subject_key = models.TextField(editable=False, blank=True)
    grams = SearchVectorField(editable=False)

    objects = RecordQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = _("書誌")
        ordering = ("-pk",)
        indexes: ClassVar = [
            GinIndex(fields=["grams"], name="record_grams", fastupdate=False),
            GinIndex(fields=["isbns"], name="record_isbns", fastupdate=False),
            # A title as it stands, and its beginning.
            models.Index(
                OpClass("title_key", name="text_pattern_ops"),
                name="record_title",
                condition=Q(deleted_at=None),
            ),
            models.Index(
                fields=["-added_at", "-id"], name="record_added", condition=Q(deleted_at=None)
            ),
            # Harvesters ask for what changed since, deleted ones included.
            models.Index(fields=["updated_at", "id"], name="record_updated"),
            models.Index(fields=["ndc", "id"], name="record_ndc", condition=Q(deleted_at=None)),
            # Searches without a word. Seven megabytes each for a million records.
            models.Index(fields=["material"], name="record_material"),
            models.Index(fields=["language"], name="record_language"),
            models.Index(fields=["year"], name="record_year"),
            models.Index(
                fields=["series", "id"],
                name="record_series",
                condition=Q(deleted_at=None) & ~Q(series=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.volume}".strip()

    @property
    def authors(self) -> str:
        """The names of who made it, as a line."""
        return "、".join(one["name"] for one in self.contributors)  # not shown

    @property
    def first_author(self) -> str:
        """The name of whoever is told of first, "" where nobody is."""
        return self.contributors[0]["name"] if self.contributors else ""

    @property
    def address(self) -> str:
        """The whole address of its page, for other programs."""
        return settings.PUBLIC_BASE_URL + reverse("catalog:record", args=[self.pk])

    @property
    def face(self) -> drawing.Face:
        """What its cover is drawn from."""
        return drawing.face_of(
            record_id=self.pk, title=str(self), author=self.first_author, ndc=self.ndc
        )

    @property
    def cover(self) -> str:
        """The address of its cover, which changes with what is drawn."""
        address = reverse("catalog:cover", args=[self.pk])
        return f"{address}?v={drawing.digest(self.face)}"

    @property
    def line(self) -> str:
        """Who made it, who published it and when, as the list of hits says it."""
        year = gettext("%s年") % self.year if self.year else ""
        return "\u3000".join(filter(None, (self.authors, self.publisher, year)))

    @property
    def lang(self) -> str:
        """The language of the title as HTML names it (BCP 47); Japanese where none is known."""
        return BCP_47.get(self.language, "ja")


class Item(models.Model):
    """One copy (所蔵); `number` is what its barcode says."""

    record = models.ForeignKey(
        Record, verbose_name=_("書誌"), on_delete=models.CASCADE, related_name="items"
    )
    number = models.CharField(_("資料番号"), max_length=MAXIMUM_ITEM_NUMBER, unique=True)
    branch = models.ForeignKey(
        Branch, verbose_name=_("館"), on_delete=models.PROTECT, related_name="items"
    )
    shelf = models.CharField(_("置き場所"), max_length=100, blank=True)
    call_number = models.CharField(_("請求記号"), max_length=100, blank=True)
    state = models.CharField(
        _("状態"), max_length=12, choices=ItemState, default=ItemState.ON_SHELF
    )
    material = models.CharField(_("資料の種類"), max_length=12, choices=Material, blank=True)
    # Lent, held or on its way here: no import takes it away or says where it is.
    is_in_use = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        verbose_name = verbose_name_plural = _("所蔵")
        indexes: ClassVar = [
            # Whether anything of a record can be taken along now.
            models.Index(
                fields=["record", "branch"],
                name="item_on_shelf",
                condition=Q(state=ItemState.ON_SHELF),
            ),
        ]

    def __str__(self) -> str:
        return self.number
