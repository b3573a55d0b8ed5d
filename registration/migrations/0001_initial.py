import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patrons", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE registration_receipt_no_seq START 101",
            "DROP SEQUENCE registration_receipt_no_seq",
        ),
        migrations.CreateModel(
            name="LapsedStarts",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                        verbose_name="申請ID",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("started", "開始"),
                            ("identified", "本人確認済み"),
                            ("entered", "入力済み"),
                            ("confirmed", "確認済み"),
                            ("registered", "登録済み"),
                            ("review", "図書館で確認中"),
                            ("approved", "本人の手続き待ち"),
                            ("refused", "登録不可"),
                            ("expired", "終了"),
                        ],
                        default="started",
                        editable=False,
                        max_length=12,
                        verbose_name="状態",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="開始日時")),
                ("expires_at", models.DateTimeField(verbose_name="期限")),
                (
                    "privacy_version",
                    models.CharField(
                        blank=True,
                        db_default="",
                        editable=False,
                        max_length=20,
                        verbose_name="示した利用目的の版",
                    ),
                ),
                ("issuer", models.TextField(blank=True, verbose_name="発行者")),
                ("subject", models.TextField(blank=True, verbose_name="識別子")),
                ("name", models.TextField(blank=True, verbose_name="名前")),
                ("birth_date", models.CharField(blank=True, max_length=8, verbose_name="生年月日")),
                ("address", models.TextField(blank=True, verbose_name="住所")),
                ("last_name_kana", models.TextField(blank=True, verbose_name="名前カタカナ（姓）")),
                (
                    "first_name_kana",
                    models.TextField(blank=True, verbose_name="名前カタカナ（名）"),
                ),
                ("postal_code", models.TextField(blank=True, verbose_name="郵便番号")),
                ("phone", models.TextField(blank=True, verbose_name="電話番号")),
                ("email", models.TextField(blank=True, verbose_name="E-mail")),
                ("contact_method", models.TextField(blank=True, verbose_name="予約連絡方法")),
                (
                    "language",
                    models.CharField(
                        blank=True, db_default="", default="", max_length=10, verbose_name="ことば"
                    ),
                ),
                (
                    "municipality_code",
                    models.CharField(blank=True, max_length=5, verbose_name="市町村コード"),
                ),
                (
                    "residency_reason",
                    models.CharField(blank=True, max_length=40, verbose_name="居住地の判定"),
                ),
                (
                    "residency_rule_version",
                    models.CharField(blank=True, max_length=20, verbose_name="判定表の版"),
                ),
                (
                    "duplicate_reason",
                    models.CharField(blank=True, max_length=40, verbose_name="二重登録の判定"),
                ),
                (
                    "candidate_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="同じ方かもしれない利用者",
                    ),
                ),
                (
                    "registered_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="登録日時"),
                ),
                (
                    "review_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="確認の開始"),
                ),
                (
                    "receipt_no",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="受付番号"),
                ),
                ("answer_by", models.DateField(blank=True, null=True, verbose_name="回答期限")),
                (
                    "delay_told_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="遅れの連絡"),
                ),
                (
                    "staff_warned_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="期限の予告"),
                ),
                (
                    "link_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="リンクの期限"),
                ),
                (
                    "link_used_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="リンクの使用"),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="applications",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "利用者登録の申請",
                "verbose_name_plural": "利用者登録の申請",
                "ordering": ("-created_at", "-pk"),
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("registered", "refused", "expired")), _negated=True
                        ),
                        fields=["expires_at"],
                        name="application_due",
                    ),
                    models.Index(fields=["-created_at", "-id"], name="application_newest_first"),
                    models.Index(
                        condition=models.Q(("candidate_ids", []), _negated=True),
                        fields=["-created_at", "-id"],
                        name="application_with_candidates",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("started", "expired")), _negated=True),
                        fields=["-created_at", "-id"],
                        name="application_worth_showing",
                    ),
                    models.Index(
                        condition=models.Q(("receipt_no__isnull", False)),
                        fields=["receipt_no"],
                        name="application_receipt_no",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("review_since__isnull", False)),
                        fields=("receipt_no",),
                        name="application_one_case_per_receipt",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("identified", "entered", "confirmed"))),
                        fields=("issuer", "subject"),
                        name="application_one_draft_per_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "review")),
                        fields=("issuer", "subject"),
                        name="application_one_review_per_person",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "approved")),
                        fields=("issuer", "subject"),
                        name="application_one_approval_per_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state__in", ("registered", "refused", "expired")), _negated=True
                            ),
                            models.Q(
                                ("address", ""),
                                ("birth_date", ""),
                                ("email", ""),
                                ("first_name_kana", ""),
                                ("issuer", ""),
                                ("last_name_kana", ""),
                                ("name", ""),
                                ("phone", ""),
                                ("postal_code", ""),
                                ("subject", ""),
                            ),
                            _connector="OR",
                        ),
                        name="application_closed_holds_nothing_personal",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "started"), _negated=True),
                            models.Q(
                                ("address", ""),
                                ("birth_date", ""),
                                ("issuer", ""),
                                ("name", ""),
                                ("subject", ""),
                            ),
                            _connector="OR",
                        ),
                        name="application_started_has_no_identity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "state__in",
                                    ("identified", "entered", "confirmed", "review", "approved"),
                                ),
                                _negated=True,
                            ),
                            models.Q(
                                ("issuer", ""),
                                ("subject", ""),
                                ("birth_date", ""),
                                _connector="OR",
                                _negated=True,
                            ),
                            _connector="OR",
                        ),
                        name="application_verified_has_identity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("patron__isnull", False),
                                ("registered_at__isnull", False),
                                ("state", "registered"),
                            ),
                            models.Q(
                                models.Q(("state", "registered"), _negated=True),
                                ("patron__isnull", True),
                                ("registered_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="application_registered_has_patron",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "review"), _negated=True),
                            ("review_since__isnull", False),
                            _connector="OR",
                        ),
                        name="application_review_has_begun",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "started",
                                    "identified",
                                    "entered",
                                    "confirmed",
                                    "registered",
                                    "review",
                                    "approved",
                                    "refused",
                                    "expired",
                                ],
                            )
                        ),
                        name="application_state_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReviewCase",
            fields=[],
            options={
                "verbose_name": "二重登録などの確認",
                "verbose_name_plural": "二重登録などの確認",
                "permissions": (("decide_reviewcase", "二重登録などの確認を決定できる"),),
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("registration.application",),
        ),
        migrations.CreateModel(
            name="ApplicationTransition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "from_state",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("started", "開始"),
                            ("identified", "本人確認済み"),
                            ("entered", "入力済み"),
                            ("confirmed", "確認済み"),
                            ("registered", "登録済み"),
                            ("review", "図書館で確認中"),
                            ("approved", "本人の手続き待ち"),
                            ("refused", "登録不可"),
                            ("expired", "終了"),
                        ],
                        max_length=12,
                        verbose_name="前の状態",
                    ),
                ),
                (
                    "to_state",
                    models.CharField(
                        choices=[
                            ("started", "開始"),
                            ("identified", "本人確認済み"),
                            ("entered", "入力済み"),
                            ("confirmed", "確認済み"),
                            ("registered", "登録済み"),
                            ("review", "図書館で確認中"),
                            ("approved", "本人の手続き待ち"),
                            ("refused", "登録不可"),
                            ("expired", "終了"),
                        ],
                        max_length=12,
                        verbose_name="後の状態",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("started", "手続きの開始"),
                            ("typed", "入力の変更"),
                            ("card_read", "マイナンバーカードの読み取り"),
                            ("entered", "入力"),
                            ("confirmed", "申請者の確認"),
                            ("registered", "登録"),
                            ("outside_area", "対象地域外"),
                            ("address_unreadable", "住所の市町村が読み取れない"),
                            ("duplicate", "二重登録の可能性"),
                            ("open_review", "確認中の申請あり"),
                            ("unclear_identity", "本人確認情報の確認が必要"),
                            ("reset", "リセット"),
                            ("cancelled", "キャンセル"),
                            ("timed_out", "期限切れ"),
                            ("replaced", "同じ方の新しい手続き"),
                            ("same_person", "職員の決定：同一人物"),
                            ("other_person", "職員の決定：登録してよい"),
                            ("counter", "職員の決定：窓口へ案内"),
                        ],
                        max_length=40,
                        verbose_name="理由",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="日時")),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="transitions",
                        to="registration.application",
                        verbose_name="申請",
                    ),
                ),
            ],
            options={
                "verbose_name": "申請の経過",
                "verbose_name_plural": "申請の経過",
                "ordering": ("at", "pk"),
            },
        ),
        migrations.CreateModel(
            name="ReviewDecision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("same_person", "同一人物"),
                            ("other_person", "別人（登録してよい）"),
                            ("deferred", "保留"),
                            ("counter", "窓口へ案内"),
                        ],
                        max_length=20,
                        verbose_name="決定",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="メモ")),
                (
                    "cleared_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="別人とした利用者",
                    ),
                ),
                (
                    "at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="日時"),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="registration.application",
                        verbose_name="申請",
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patrons.patron",
                        verbose_name="同一人物の利用者",
                    ),
                ),
                (
                    "staff",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "職員の決定",
                "verbose_name_plural": "職員の決定",
                "ordering": ("at", "pk"),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("patron__isnull", False), ("verdict", "same_person")),
                            models.Q(
                                models.Q(("verdict", "same_person"), _negated=True),
                                ("patron__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="review_decision_names_the_same_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("verdict__in", ["same_person", "other_person", "deferred", "counter"])
                        ),
                        name="review_decision_known",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="application",
            name="decision",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="registration.reviewdecision",
                verbose_name="職員の決定",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(("decision__isnull", False), ("link_until__isnull", False)),
                    _connector="OR",
                ),
                name="application_approved_has_decision",
            ),
        ),
    ]
