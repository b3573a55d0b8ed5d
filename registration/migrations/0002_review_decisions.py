import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

# Cases that wait already have waited since they were put aside.
SINCE_WHEN = """
UPDATE registration_application SET review_since = coalesce(
    (SELECT max(at) FROM registration_applicationtransition AS moved
     WHERE moved.application_id = registration_application.id AND moved.to_state = 'review'),
    created_at)
WHERE state = 'review';
"""
# A decision is a record: neither rewritten nor deleted.
REFUSE_CHANGES = """
CREATE FUNCTION registration_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'decisions are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER registration_decision_append_only
BEFORE UPDATE OR DELETE ON registration_reviewdecision
FOR EACH ROW EXECUTE FUNCTION registration_refuse_change();
"""
ALLOW_CHANGES = """
DROP TRIGGER registration_decision_append_only ON registration_reviewdecision;
DROP FUNCTION registration_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patrons", "0001_initial"),
        ("registration", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
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
                            ("held", "保留"),
                            ("counter", "窓口へ案内"),
                        ],
                        max_length=20,
                        verbose_name="決定",
                    ),
                ),
                ("note", models.TextField(verbose_name="メモ")),
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
            ],
            options={
                "verbose_name": "職員の決定",
                "verbose_name_plural": "職員の決定",
                "ordering": ("at", "pk"),
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
        migrations.RemoveConstraint(
            model_name="application",
            name="application_verified_has_identity",
        ),
        migrations.RemoveConstraint(
            model_name="application",
            name="application_state_known",
        ),
        migrations.AddField(
            model_name="application",
            name="link_until",
            field=models.DateTimeField(blank=True, null=True, verbose_name="リンクの期限"),
        ),
        migrations.AddField(
            model_name="application",
            name="link_used_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="リンクの使用"),
        ),
        migrations.AddField(
            model_name="application",
            name="review_since",
            field=models.DateTimeField(blank=True, null=True, verbose_name="確認の開始"),
        ),
        migrations.AddField(
            model_name="application",
            name="staff_warned_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="期限の予告"),
        ),
        migrations.AlterField(
            model_name="application",
            name="state",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="applicationtransition",
            name="from_state",
            field=models.CharField(
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
        migrations.AlterField(
            model_name="applicationtransition",
            name="reason",
            field=models.CharField(
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
                    ("same_person", "職員の決定：同一人物"),
                    ("other_person", "職員の決定：登録してよい"),
                    ("counter", "職員の決定：窓口へ案内"),
                ],
                max_length=40,
                verbose_name="理由",
            ),
        ),
        migrations.AlterField(
            model_name="applicationtransition",
            name="to_state",
            field=models.CharField(
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
        migrations.AddField(
            model_name="reviewdecision",
            name="application",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="decisions",
                to="registration.application",
                verbose_name="申請",
            ),
        ),
        migrations.AddField(
            model_name="reviewdecision",
            name="patron",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="patrons.patron",
                verbose_name="同一人物の利用者",
            ),
        ),
        migrations.AddField(
            model_name="reviewdecision",
            name="staff",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="職員",
            ),
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
        migrations.RunSQL(SINCE_WHEN, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "approved")),
                fields=("issuer", "subject"),
                name="application_one_approval_per_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="application",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state__in", ("identified", "entered", "confirmed", "review", "approved")),
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
                    models.Q(("state", "review"), _negated=True),
                    ("review_since__isnull", False),
                    _connector="OR",
                ),
                name="application_review_has_begun",
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
                            "approved",
                            "refused",
                            "expired",
                        ],
                    )
                ),
                name="application_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="reviewdecision",
            constraint=models.CheckConstraint(
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
        ),
        migrations.AddConstraint(
            model_name="reviewdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict__in", ["same_person", "other_person", "held", "counter"])
                ),
                name="review_decision_known",
            ),
        ),
        migrations.RunSQL(REFUSE_CHANGES, ALLOW_CHANGES),
    ]
