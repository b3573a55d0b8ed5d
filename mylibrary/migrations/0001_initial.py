import uuid

import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import mylibrary.mynumber.models
import mylibrary.profile.models
import mylibrary.reset.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("branches", "0001_initial"),
        ("catalog", "0001_initial"),
        ("patrons", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CatalogueRead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("added_at", models.DateTimeField()),
                ("record_id", models.BigIntegerField(default=0)),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Alert",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="名前")),
                ("query", models.TextField(verbose_name="条件")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="登録した日時"
                    ),
                ),
                (
                    "paused_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="止めた日時"),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="alerts",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "SDI（新着お知らせ）",
                "verbose_name_plural": "SDI（新着お知らせ）",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        models.F("patron"),
                        django.db.models.functions.text.MD5("query"),
                        name="alert_each_search_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Arrival",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "found_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="見つかった日時"
                    ),
                ),
                (
                    "told_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="お知らせした日時"),
                ),
                (
                    "alert",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="arrived",
                        to="mylibrary.alert",
                        verbose_name="条件",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "届いた新着",
                "verbose_name_plural": "届いた新着",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(("told_at", None)),
                        fields=["alert"],
                        name="arrival_untold",
                    ),
                    models.Index(fields=["found_at"], name="arrival_found"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("alert", "record"), name="arrival_once_per_alert"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="BasketEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "added_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="入れた日時"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="basket",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "予約かご",
                "verbose_name_plural": "予約かご",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(fields=("patron", "record"), name="basket_record_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("has_titles", models.BooleanField(default=False, verbose_name="書名を入れる")),
                (
                    "made_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作った日時"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_feed",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "カレンダーのアドレス",
                "verbose_name_plural": "カレンダーのアドレス",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="DeviceCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("password_mark", models.CharField(max_length=64)),
                (
                    "browser",
                    models.CharField(blank=True, max_length=100, verbose_name="端末の種類"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="表示を始めた日時"
                    ),
                ),
                ("expires_at", models.DateTimeField(verbose_name="有効期限")),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="device_card",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "カードを表示する端末",
                "verbose_name_plural": "カードを表示する端末",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="EmailConfirmation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="確認ID",
                    ),
                ),
                ("email", models.CharField(max_length=254, verbose_name="E-mail")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作成日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=mylibrary.profile.models.confirmation_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="email_confirmation",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "E-mailの確認",
                "verbose_name_plural": "E-mailの確認",
                "indexes": [models.Index(fields=["expires_at"], name="email_confirmation_expires")],
            },
        ),
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "受付中"),
                            ("cancelled", "本人が取り消し"),
                            ("declined", "お断り"),
                            ("confirmed", "消去済み"),
                            ("lapsed", "退会後の期限で消去済み"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                (
                    "requested_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申し込みの日時"
                    ),
                ),
                (
                    "closed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="終了した日時"),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("items_out", "返却されていない資料があります"),
                            ("counter", "窓口で確認したいことがあります"),
                        ],
                        max_length=10,
                        verbose_name="お断りの理由",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure_requests",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "個人情報の消去の申し込み",
                "verbose_name_plural": "個人情報の消去の申し込み",
                "permissions": (("decide_erasurerequest", "個人情報の消去を決定できる"),),
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("patron",),
                        name="erasure_request_one_open_per_patron",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["open", "cancelled", "declined", "confirmed", "lapsed"])
                        ),
                        name="erasure_request_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at", None), ("state", "open")),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("closed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="erasure_request_open_or_closed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("staff__isnull", False), ("state__in", ("confirmed", "declined"))
                            ),
                            models.Q(
                                models.Q(("state__in", ("confirmed", "declined")), _negated=True),
                                ("staff", None),
                            ),
                            _connector="OR",
                        ),
                        name="erasure_request_decided_by_staff",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "declined")),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "declined"), _negated=True), ("reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="erasure_request_declined_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KanaRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "last_name_before",
                    models.CharField(blank=True, max_length=100, verbose_name="前の姓"),
                ),
                (
                    "first_name_before",
                    models.CharField(blank=True, max_length=100, verbose_name="前の名"),
                ),
                ("last_name_kana", models.CharField(max_length=100, verbose_name="新しい姓")),
                (
                    "first_name_kana",
                    models.CharField(blank=True, max_length=100, verbose_name="新しい名"),
                ),
                (
                    "requested_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申し込み日時"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "確認待ち"),
                            ("approved", "変更した"),
                            ("declined", "変更しない"),
                            ("cancelled", "取り消し"),
                        ],
                        default="requested",
                        editable=False,
                        max_length=10,
                        verbose_name="状況",
                    ),
                ),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="終了日時"),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="kana_requests",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "名前カタカナの変更",
                "verbose_name_plural": "名前カタカナの変更",
                "permissions": (("decide_kanarequest", "名前カタカナの変更を決定できる"),),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "requested")),
                        fields=["requested_at", "id"],
                        name="kana_request_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "requested")),
                        fields=("patron",),
                        name="kana_request_one_waiting_per_patron",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at", None), ("decided_by", None), ("state", "requested")
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by", None),
                                ("state", "cancelled"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ("approved", "declined")),
                            ),
                            _connector="OR",
                        ),
                        name="kana_request_decided_by_whom_it_says",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkOffer",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="申し出ID",
                    ),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[("login", "ログイン"), ("recover", "番号の確認")],
                        max_length=10,
                        verbose_name="目的",
                    ),
                ),
                ("issuer", models.CharField(max_length=255, verbose_name="発行者")),
                ("subject", models.CharField(max_length=255, verbose_name="識別子")),
                ("phone_needed", models.BooleanField(verbose_name="電話番号の確認")),
                (
                    "privacy_version",
                    models.CharField(
                        db_default="", max_length=20, verbose_name="示した利用目的の版"
                    ),
                ),
                (
                    "tries_left",
                    models.PositiveSmallIntegerField(default=5, verbose_name="残りの回数"),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作成日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=mylibrary.mynumber.models.default_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "マイナンバーカードとの連携の申し出",
                "verbose_name_plural": "マイナンバーカードとの連携の申し出",
                "indexes": [models.Index(fields=["expires_at"], name="link_offer_expires")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("purpose__in", ["login", "recover"])),
                        name="link_offer_purpose_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PickupChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "branch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="branches.branch",
                        verbose_name="受取館",
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pickup_choice",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "前に選んだ受取館",
                "verbose_name_plural": "前に選んだ受取館",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="PrivacyNoticeShown",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=20, verbose_name="版")),
                (
                    "shown_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="示した日時"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "示した利用目的",
                "verbose_name_plural": "示した利用目的",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patron", "version"), name="purpose_shown_once_per_version"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ResetRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="申し込みID",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=20, verbose_name="利用者番号")),
                ("email_key", models.CharField(blank=True, max_length=254, verbose_name="E-mail")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申し込み日時"
                    ),
                ),
                (
                    "expires_at",
                    models.DateTimeField(
                        default=mylibrary.reset.models.reset_expiry, verbose_name="期限"
                    ),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="確かめた日時"),
                ),
                ("used_at", models.DateTimeField(blank=True, null=True, verbose_name="使用日時")),
                (
                    "patron",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "パスワードの再設定の申し込み",
                "verbose_name_plural": "パスワードの再設定の申し込み",
                "indexes": [models.Index(fields=["expires_at"], name="reset_request_expires")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answered_at", None),
                            models.Q(("email_key", ""), ("number", "")),
                            _connector="OR",
                        ),
                        name="reset_request_answered_holds_nothing_typed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("patron", None), ("answered_at__isnull", False), _connector="OR"
                        ),
                        name="reset_request_patron_was_looked_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ResetStop",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "stopped_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="停止した日時"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reset_stop",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "E-mailでのパスワード再設定の停止",
                "verbose_name_plural": "E-mailでのパスワード再設定の停止",
                "permissions": (
                    ("decide_resetstop", "E-mailでのパスワード再設定を停止・再開できる"),
                ),
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Shelf",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=40, verbose_name="本棚の名前")),
                (
                    "created_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="作った日時"
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shelves",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "My本棚",
                "verbose_name_plural": "My本棚",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patron", "name"), name="shelf_name_once_per_patron"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ShelfEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveIntegerField(verbose_name="順番")),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "added_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="入れた日時"
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="資料",
                    ),
                ),
                (
                    "shelf",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="entries",
                        to="mylibrary.shelf",
                        verbose_name="本棚",
                    ),
                ),
            ],
            options={
                "verbose_name": "My本棚の資料",
                "verbose_name_plural": "My本棚の資料",
                "default_permissions": (),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shelf", "record"), name="shelf_entry_record_once"
                    ),
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("shelf", "position"),
                        name="shelf_entry_position_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WantedTitle",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=300, verbose_name="書名")),
                ("author", models.CharField(blank=True, max_length=200, verbose_name="著者名")),
                ("publisher", models.CharField(blank=True, max_length=200, verbose_name="出版者")),
                (
                    "year",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="出版年"),
                ),
                ("isbn", models.CharField(blank=True, max_length=13, verbose_name="ISBN")),
                ("title_key", models.CharField(editable=False, max_length=300)),
                ("author_key", models.CharField(blank=True, editable=False, max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "受付中"),
                            ("considered", "検討中"),
                            ("buying", "購入します"),
                            ("borrowing", "他の図書館から借ります"),
                            ("declined", "お応えできません"),
                            ("ready", "用意できました"),
                            ("withdrawn", "取り下げ"),
                        ],
                        default="received",
                        editable=False,
                        max_length=10,
                        verbose_name="状況",
                    ),
                ),
                (
                    "state_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="状況の変わった日時"
                    ),
                ),
                (
                    "first_on",
                    models.DateField(
                        default=django.utils.timezone.localdate, verbose_name="受付日"
                    ),
                ),
                ("wanted_by", models.PositiveIntegerField(default=0, verbose_name="人数")),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="用意した資料",
                    ),
                ),
            ],
            options={
                "verbose_name": "リクエスト",
                "verbose_name_plural": "リクエスト",
                "permissions": (("decide_wantedtitle", "リクエストされた資料を決定できる"),),
                "default_permissions": ("view",),
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["considered", "received"])),
                        fields=["first_on", "id"],
                        name="wanted_title_waiting",
                    ),
                    models.Index(fields=["title_key", "author_key"], name="wanted_title_same"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["borrowing", "buying", "considered", "received"]),
                            models.Q(("isbn", ""), _negated=True),
                        ),
                        fields=("isbn",),
                        name="wanted_title_one_open_per_isbn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "received",
                                    "considered",
                                    "buying",
                                    "borrowing",
                                    "declined",
                                    "ready",
                                    "withdrawn",
                                ],
                            )
                        ),
                        name="wanted_title_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "ready"), ("record", None), _connector="OR"),
                        name="wanted_title_record_when_ready",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TitleDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "受付中"),
                            ("considered", "検討中"),
                            ("buying", "購入します"),
                            ("borrowing", "他の図書館から借ります"),
                            ("declined", "お応えできません"),
                            ("ready", "用意できました"),
                            ("withdrawn", "取り下げ"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("unavailable", "品切れや絶版で、手に入りません"),
                            ("not_collected", "図書館で集める資料に当てはまりません"),
                            ("not_published", "まだ発売されていません"),
                            ("unclear", "どの資料か、確かめられませんでした"),
                            ("other", "そのほかの理由です"),
                        ],
                        max_length=20,
                    ),
                ),
                ("sentence", models.CharField(blank=True, max_length=300)),
                ("note", models.TextField(blank=True)),
                ("decided_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "wanted",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="decisions",
                        to="mylibrary.wantedtitle",
                    ),
                ),
            ],
            options={
                "ordering": ("pk",),
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state", "declined")),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            models.Q(
                                models.Q(("state", "declined"), _negated=True), ("reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="title_decision_declined_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reason", "other"), _negated=True),
                            models.Q(("sentence", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="title_decision_other_reason_said",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PurchaseSuggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=300, verbose_name="書名")),
                ("author", models.CharField(blank=True, max_length=200, verbose_name="著者名")),
                ("publisher", models.CharField(blank=True, max_length=200, verbose_name="出版者")),
                (
                    "year",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="出版年"),
                ),
                ("isbn", models.CharField(blank=True, max_length=13, verbose_name="ISBN")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("remark", models.CharField(blank=True, max_length=500, verbose_name="補足")),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="リクエストした日時"
                    ),
                ),
                (
                    "withdrawn_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="取り下げた日時"),
                ),
                (
                    "answered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="回答の日時"),
                ),
                (
                    "told_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="お知らせした日時"),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "wanted",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="mylibrary.wantedtitle",
                    ),
                ),
            ],
            options={
                "verbose_name": "リクエスト",
                "verbose_name_plural": "リクエスト",
                "default_permissions": (),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("answered_at__isnull", False),
                            ("told_at", None),
                            ("withdrawn_at", None),
                        ),
                        fields=["answered_at"],
                        name="purchase_suggestion_to_tell",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("patron", "wanted"),
                        name="purchase_suggestion_once_per_title",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("told_at", None),
                            ("told_at__gte", models.F("answered_at")),
                            _connector="OR",
                        ),
                        name="purchase_suggestion_told_after_answer",
                    ),
                ],
            },
        ),
    ]
