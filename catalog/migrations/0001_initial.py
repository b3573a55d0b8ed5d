import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("branches", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Record",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "control_number",
                    models.CharField(max_length=40, unique=True, verbose_name="書誌番号"),
                ),
                ("title", models.TextField(verbose_name="書名")),
                ("title_reading", models.TextField(blank=True, verbose_name="書名の読み")),
                ("volume", models.CharField(blank=True, max_length=200, verbose_name="巻次")),
                ("series", models.TextField(blank=True, verbose_name="シリーズ")),
                (
                    "contributors",
                    models.JSONField(blank=True, default=list, verbose_name="著者など"),
                ),
                ("publisher", models.TextField(blank=True, verbose_name="出版者")),
                (
                    "year",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="出版年"),
                ),
                (
                    "extent",
                    models.CharField(blank=True, max_length=200, verbose_name="ページ数・大きさ"),
                ),
                (
                    "isbns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=13),
                        default=list,
                        size=None,
                        verbose_name="ISBN",
                    ),
                ),
                ("ndc", models.CharField(blank=True, max_length=12, verbose_name="分類（NDC）")),
                (
                    "subjects",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="件名",
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=3, verbose_name="本文の言語")),
                (
                    "material",
                    models.CharField(
                        choices=[
                            ("book", "図書"),
                            ("large_print", "大活字本"),
                            ("braille", "点字資料"),
                            ("daisy", "DAISY（録音図書）"),
                            ("ll_book", "LLブック"),
                            ("magazine", "雑誌"),
                            ("newspaper", "新聞"),
                            ("sound", "CD・録音資料"),
                            ("video", "DVD・映像資料"),
                            ("map", "地図"),
                            ("music", "楽譜"),
                            ("electronic", "電子資料"),
                            ("other", "その他"),
                        ],
                        default="book",
                        max_length=12,
                        verbose_name="資料の種類",
                    ),
                ),
                ("for_children", models.BooleanField(default=False, verbose_name="児童向け")),
                ("description", models.TextField(blank=True, verbose_name="内容")),
                (
                    "added_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="受入日時"
                    ),
                ),
                (
                    "updated_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="更新日時"
                    ),
                ),
                (
                    "deleted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="削除日時"),
                ),
                ("title_key", models.TextField(editable=False)),
                ("author_key", models.TextField(blank=True, editable=False)),
                ("publisher_key", models.TextField(blank=True, editable=False)),
                ("subject_key", models.TextField(blank=True, editable=False)),
                ("grams", django.contrib.postgres.search.SearchVectorField(editable=False)),
            ],
            options={
                "verbose_name": "書誌",
                "verbose_name_plural": "書誌",
                "ordering": ("-pk",),
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["grams"], name="record_grams"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fastupdate=False, fields=["isbns"], name="record_isbns"
                    ),
                    models.Index(
                        django.contrib.postgres.indexes.OpClass(
                            "title_key", name="text_pattern_ops"
                        ),
                        condition=models.Q(("deleted_at", None)),
                        name="record_title",
                    ),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["-added_at", "-id"],
                        name="record_added",
                    ),
                    models.Index(fields=["updated_at", "id"], name="record_updated"),
                    models.Index(
                        condition=models.Q(("deleted_at", None)),
                        fields=["ndc", "id"],
                        name="record_ndc",
                    ),
                    models.Index(fields=["material"], name="record_material"),
                    models.Index(fields=["language"], name="record_language"),
                    models.Index(fields=["year"], name="record_year"),
                    models.Index(
                        condition=models.Q(
                            ("deleted_at", None), models.Q(("series", ""), _negated=True)
                        ),
                        fields=["series", "id"],
                        name="record_series",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=40, unique=True, verbose_name="資料番号")),
                ("shelf", models.CharField(blank=True, max_length=100, verbose_name="置き場所")),
                (
                    "call_number",
                    models.CharField(blank=True, max_length=100, verbose_name="請求記号"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("on_shelf", "在架"),
                            ("on_loan", "貸出中"),
                            ("held", "予約棚"),
                            ("in_transit", "移送中"),
                            ("processing", "準備中"),
                            ("reference", "館内のみ"),
                            ("missing", "所在不明"),
                        ],
                        default="on_shelf",
                        max_length=12,
                        verbose_name="状態",
                    ),
                ),
                (
                    "material",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("book", "図書"),
                            ("large_print", "大活字本"),
                            ("braille", "点字資料"),
                            ("daisy", "DAISY（録音図書）"),
                            ("ll_book", "LLブック"),
                            ("magazine", "雑誌"),
                            ("newspaper", "新聞"),
                            ("sound", "CD・録音資料"),
                            ("video", "DVD・映像資料"),
                            ("map", "地図"),
                            ("music", "楽譜"),
                            ("electronic", "電子資料"),
                            ("other", "その他"),
                        ],
                        max_length=12,
                        verbose_name="資料の種類",
                    ),
                ),
                ("is_in_use", models.BooleanField(db_default=False, default=False, editable=False)),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="items",
                        to="branches.branch",
                        verbose_name="館",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "所蔵",
                "verbose_name_plural": "所蔵",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "on_shelf")),
                        fields=["record", "branch"],
                        name="item_on_shelf",
                    )
                ],
            },
        ),
    ]
