import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# A transition is a record: it may be added, and go with its application, but never be rewritten.
REFUSE_UPDATES = """
CREATE FUNCTION registration_refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'transitions are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER registration_transition_append_only
BEFORE UPDATE ON registration_applicationtransition
FOR EACH ROW EXECUTE FUNCTION registration_refuse_update();
"""
ALLOW_UPDATES = """
DROP TRIGGER registration_transition_append_only ON registration_applicationtransition;
DROP FUNCTION registration_refuse_update();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patrons", "0001_initial"),
    ]

    operations = [
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
            },
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
                            ("duplicate", "二重登録の可能性"),
                            ("open_review", "確認中の申請あり"),
                            ("unclear_identity", "本人確認情報の確認が必要"),
                            ("reset", "リセット"),
                            ("cancelled", "キャンセル"),
                            ("timed_out", "期限切れ"),
                            ("replaced", "同じ方の新しい手続き"),
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
        migrations.AddIndex(
            model_name="application",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ("registered", "refused", "expired")), _negated=True
                ),
                fields=["expires_at"],
                name="application_due",
            ),
        ),
        migrations.AddIndex(
            model_name="application",
            index=models.Index(fields=["-created_at", "-id"], name="application_newest_first"),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("identified", "entered", "confirmed"))),
                fields=("issuer", "subject"),
                name="application_one_draft_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "review")),
                fields=("issuer", "subject"),
                name="application_one_review_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("registered", "refused", "expired")), _negated=True),
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
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("identified", "entered", "confirmed", "review")),
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
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
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
                            "refused",
                            "expired",
                        ],
                    )
                ),
                name="application_state_known",
            ),
        ),
        migrations.RunSQL(REFUSE_UPDATES, ALLOW_UPDATES),
    ]
