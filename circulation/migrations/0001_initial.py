import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


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
            name="WantedItem",
            fields=[],
            options={
                "verbose_name": "棚から取ってくる資料",
                "verbose_name_plural": "棚から取ってくる資料",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("catalog.item",),
        ),
        migrations.CreateModel(
            name="HistoryChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "chosen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="選んだ日時"
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="history_choice",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "読書記録を残す選択",
                "verbose_name_plural": "読書記録を残す選択",
            },
        ),
        migrations.CreateModel(
            name="Hold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.TextField(blank=True, verbose_name="書名")),
                (
                    "number",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="貸出システムの予約番号"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "順番待ち"),
                            ("secured", "確保"),
                            ("ready", "利用可能"),
                            ("expired", "期限切れ"),
                        ],
                        default="waiting",
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="順番"),
                ),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="予約日時"
                    ),
                ),
                (
                    "suspended_until",
                    models.DateField(blank=True, null=True, verbose_name="休止の最後の日"),
                ),
                (
                    "item_number",
                    models.CharField(blank=True, max_length=40, verbose_name="資料番号"),
                ),
                (
                    "ready_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="用意できた日時"),
                ),
                (
                    "keep_until",
                    models.DateField(blank=True, null=True, verbose_name="取り置き期限"),
                ),
                (
                    "shelf_number",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="取り置き番号"),
                ),
                ("state_told", models.CharField(blank=True, editable=False, max_length=10)),
                (
                    "patron",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "pickup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="branches.branch",
                        verbose_name="受取館",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="holds",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "予約",
                "verbose_name_plural": "予約",
                "ordering": ("pk",),
                "indexes": [
                    models.Index(fields=["patron", "id"], name="hold_of_patron"),
                    models.Index(
                        condition=models.Q(("state__in", ("waiting", "secured", "ready"))),
                        fields=["record", "id"],
                        name="hold_queue",
                    ),
                    models.Index(
                        condition=models.Q(("state", "ready")),
                        fields=["keep_until", "id"],
                        name="hold_ready",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("ready", "expired")),
                            models.Q(("state_told", models.F("state")), _negated=True),
                        ),
                        fields=["patron", "id"],
                        name="hold_untold",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ("waiting", "secured")),
                            models.Q(("state_told", ""), _negated=True),
                        ),
                        fields=["id"],
                        name="hold_waits_again",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("number", ""),
                            ("record__isnull", False),
                            ("state__in", ("waiting", "secured", "ready")),
                        ),
                        fields=("patron", "record"),
                        name="hold_one_open_per_record",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("number",),
                        name="hold_number",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("item_number", ""), _negated=True),
                            models.Q(("state", "expired"), _negated=True),
                        ),
                        fields=("item_number",),
                        name="hold_one_per_item",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "ready")),
                        fields=("pickup", "shelf_number"),
                        name="hold_one_per_shelf_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("item_number", ""), ("state", "waiting")),
                            models.Q(("number", ""), _negated=True),
                            models.Q(
                                ("state", "secured"), models.Q(("item_number", ""), _negated=True)
                            ),
                            models.Q(
                                ("keep_until__isnull", False),
                                ("ready_at__isnull", False),
                                ("state", "ready"),
                                models.Q(("item_number", ""), _negated=True),
                            ),
                            ("state", "expired"),
                            _connector="OR",
                        ),
                        name="hold_has_what_its_state_says",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("patron__isnull", False), ("state", "expired"), _connector="OR"
                        ),
                        name="hold_is_somebodys",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EndedHold",
            fields=[],
            options={
                "verbose_name": "予約棚から外す資料",
                "verbose_name_plural": "予約棚から外す資料",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("circulation.hold",),
        ),
        migrations.CreateModel(
            name="LendingPolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "most_loans",
                    models.PositiveSmallIntegerField(
                        blank=True, default=10, null=True, verbose_name="借りられる冊数"
                    ),
                ),
                (
                    "loan_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(366),
                        ],
                        verbose_name="貸出の日数（貸出日の翌日から）",
                    ),
                ),
                (
                    "most_renewals",
                    models.PositiveSmallIntegerField(default=1, verbose_name="延長できる回数"),
                ),
                (
                    "renewal_days",
                    models.PositiveSmallIntegerField(
                        default=14,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(366),
                        ],
                        verbose_name="延長の日数（申し込んだ日の翌日から）",
                    ),
                ),
                (
                    "most_holds",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="予約できる件数"
                    ),
                ),
                (
                    "keep_days",
                    models.PositiveSmallIntegerField(
                        default=7,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(366),
                        ],
                        verbose_name="取り置きの日数（用意できた日の翌日から）",
                    ),
                ),
                (
                    "overdue_stops_loans_after",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="貸出を止める、期限からの日数"
                    ),
                ),
                (
                    "overdue_stops_renewals",
                    models.BooleanField(default=False, verbose_name="延滞中は延長しない"),
                ),
                (
                    "overdue_stops_holds",
                    models.BooleanField(default=False, verbose_name="延滞中は予約を受け付けない"),
                ),
            ],
            options={
                "verbose_name": "貸出の決まり",
                "verbose_name_plural": "貸出の決まり",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("pk", 1)), name="lending_policy_one_row"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LibraryRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, unique=True, verbose_name="申込番号"
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("request", "予約"),
                            ("renew", "貸出の延長"),
                            ("cancel", "予約の取り消し"),
                            ("change_pickup", "受取館の変更"),
                            ("suspend", "予約の休止"),
                        ],
                        max_length=16,
                        verbose_name="申し込みの内容",
                    ),
                ),
                (
                    "item_number",
                    models.CharField(blank=True, max_length=40, verbose_name="資料番号"),
                ),
                (
                    "hold_number",
                    models.CharField(
                        blank=True, max_length=40, verbose_name="貸出システムの予約番号"
                    ),
                ),
                ("until", models.DateField(blank=True, null=True, verbose_name="休止の最後の日")),
                ("due_before", models.DateField(blank=True, editable=False, null=True)),
                (
                    "asked_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="申込日時"
                    ),
                ),
                (
                    "written_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="貸出システムへ送った日時"
                    ),
                ),
                (
                    "settled_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="決まった日時"),
                ),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "手続き済み"),
                            ("refused", "できない"),
                            ("gone", "貸出か予約が終わった"),
                        ],
                        max_length=10,
                        verbose_name="結果",
                    ),
                ),
                (
                    "refusal",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "withdrawn",
                                "この利用者番号では借りられません。窓口でお尋ねください。",
                            ),
                            (
                                "too_many_loans",
                                "借りられる数の上限になっています。返却してから借りてください。",
                            ),
                            ("overdue", "返却期限が過ぎた資料があります。先に返却してください。"),
                            ("reference", "館内でご覧いただく資料です。貸出はできません。"),
                            ("lent_already", "貸出中の資料です。先に返却の手続きをしてください。"),
                            ("waited_for", "次に予約している方がいます。"),
                            (
                                "held_for_another",
                                "ほかの方の予約で取り置いている資料です。貸出はできません。",
                            ),
                            ("not_lent", "この資料は返却されています。"),
                            ("not_renewed", "雑誌と新聞は、延長できません。"),
                            (
                                "renewed_already",
                                "延長できる回数を終えています。期限までに返却してください。",
                            ),
                            ("no_later", "きょう延長しても、返却期限は今より後になりません。"),
                            ("not_held", "雑誌と新聞は、予約できません。書架でご覧ください。"),
                            (
                                "no_items",
                                "貸出できる所蔵がないため、予約できません。窓口でお尋ねください。",
                            ),
                            (
                                "held_already",
                                "すでに予約しています。「利用状況」でご確認ください。",
                            ),
                            ("has_it", "いま借りている資料です。予約の必要はありません。"),
                            (
                                "too_many_holds",
                                "予約できる数の上限になっています。予約を取り消すと、新しく予約できます。",
                            ),
                            ("hold_gone", "この予約は、すでに終わっています。"),
                            (
                                "on_its_way",
                                "資料の用意が始まっているため、変更できません。窓口でお尋ねください。",
                            ),
                            (
                                "no_such_day",
                                "休止の最後の日は、あすから1年後までの日にしてください。",
                            ),
                            (
                                "unknown_item",
                                "この番号の資料は、蔵書にありません。番号を確かめてください。",
                            ),
                            ("not_offered", "この手続きは、窓口でお申し出ください。"),
                            ("asked_already", "すでに申し込んでいます。結果をお待ちください。"),
                            (
                                "meanwhile",
                                "ほかの手続きと重なったため、まだ受け付けていません。もう一度お試しください。",
                            ),
                        ],
                        max_length=20,
                        verbose_name="できない理由",
                    ),
                ),
                ("note", models.TextField(blank=True, verbose_name="職員のメモ")),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="library_requests",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "pickup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="branches.branch",
                        verbose_name="受取館",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="書誌",
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
                        verbose_name="記録した職員",
                    ),
                ),
            ],
            options={
                "verbose_name": "貸出システムへの申し込み",
                "verbose_name_plural": "貸出システムへの申し込み",
                "ordering": ("-pk",),
                "permissions": (
                    ("settle_libraryrequest", "貸出システムへの申し込みの結果を記録できる"),
                ),
                "indexes": [
                    models.Index(fields=["patron", "id"], name="library_request_of_patron"),
                    models.Index(
                        condition=models.Q(("settled_at", None)),
                        fields=["asked_at"],
                        name="library_request_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at", None)),
                        fields=("patron", "act", "item_number", "hold_number", "record"),
                        name="library_request_asked_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at", None)),
                            models.Q(
                                ("settled_at__isnull", False),
                                models.Q(("outcome", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="library_request_settled",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Loan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "item_number",
                    models.CharField(max_length=40, unique=True, verbose_name="資料番号"),
                ),
                ("title", models.TextField(blank=True, verbose_name="書名")),
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
                (
                    "lent_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="貸出日時"
                    ),
                ),
                ("due", models.DateField(verbose_name="返却期限")),
                (
                    "renewals",
                    models.PositiveSmallIntegerField(default=0, verbose_name="延長した回数"),
                ),
                (
                    "refusal",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                "withdrawn",
                                "この利用者番号では借りられません。窓口でお尋ねください。",
                            ),
                            (
                                "too_many_loans",
                                "借りられる数の上限になっています。返却してから借りてください。",
                            ),
                            ("overdue", "返却期限が過ぎた資料があります。先に返却してください。"),
                            ("reference", "館内でご覧いただく資料です。貸出はできません。"),
                            ("lent_already", "貸出中の資料です。先に返却の手続きをしてください。"),
                            ("waited_for", "次に予約している方がいます。"),
                            (
                                "held_for_another",
                                "ほかの方の予約で取り置いている資料です。貸出はできません。",
                            ),
                            ("not_lent", "この資料は返却されています。"),
                            ("not_renewed", "雑誌と新聞は、延長できません。"),
                            (
                                "renewed_already",
                                "延長できる回数を終えています。期限までに返却してください。",
                            ),
                            ("no_later", "きょう延長しても、返却期限は今より後になりません。"),
                            ("not_held", "雑誌と新聞は、予約できません。書架でご覧ください。"),
                            (
                                "no_items",
                                "貸出できる所蔵がないため、予約できません。窓口でお尋ねください。",
                            ),
                            (
                                "held_already",
                                "すでに予約しています。「利用状況」でご確認ください。",
                            ),
                            ("has_it", "いま借りている資料です。予約の必要はありません。"),
                            (
                                "too_many_holds",
                                "予約できる数の上限になっています。予約を取り消すと、新しく予約できます。",
                            ),
                            ("hold_gone", "この予約は、すでに終わっています。"),
                            (
                                "on_its_way",
                                "資料の用意が始まっているため、変更できません。窓口でお尋ねください。",
                            ),
                            (
                                "no_such_day",
                                "休止の最後の日は、あすから1年後までの日にしてください。",
                            ),
                            (
                                "unknown_item",
                                "この番号の資料は、蔵書にありません。番号を確かめてください。",
                            ),
                            ("not_offered", "この手続きは、窓口でお申し出ください。"),
                            ("asked_already", "すでに申し込んでいます。結果をお待ちください。"),
                            (
                                "meanwhile",
                                "ほかの手続きと重なったため、まだ受け付けていません。もう一度お試しください。",
                            ),
                        ],
                        editable=False,
                        max_length=20,
                    ),
                ),
                ("due_told", models.DateField(blank=True, editable=False, null=True)),
                ("overdue_told_on", models.DateField(blank=True, editable=False, null=True)),
                (
                    "branch",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="branches.branch",
                        verbose_name="貸出館",
                    ),
                ),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="loans",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "貸出",
                "verbose_name_plural": "貸出・返却",
                "ordering": ("due", "pk"),
                "permissions": (
                    ("lend_loan", "資料を貸し出し、返却を受け、予約棚を扱える"),
                    ("count_loan", "利用者の貸出と予約の数を見られる"),
                ),
                "indexes": [
                    models.Index(fields=["patron", "due"], name="loan_of_patron"),
                    models.Index(fields=["due", "id"], name="loan_due"),
                    models.Index(
                        condition=models.Q(("due_told", models.F("due")), _negated=True),
                        fields=["due", "id"],
                        name="loan_due_untold",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OverdueLoan",
            fields=[],
            options={
                "verbose_name": "延滞している資料",
                "verbose_name_plural": "延滞している資料",
                "proxy": True,
                "default_permissions": ("view",),
                "indexes": [],
                "constraints": [],
            },
            bases=("circulation.loan",),
        ),
        migrations.CreateModel(
            name="PatronStanding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "standing",
                    models.CharField(
                        choices=[
                            ("active", "利用できます"),
                            ("suspended", "利用停止中"),
                            ("card_lost", "カードの紛失を届け出済み"),
                            ("withdrawn", "退会"),
                        ],
                        max_length=10,
                        verbose_name="貸出システムでの状態",
                    ),
                ),
                (
                    "patron",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="standing",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
            ],
            options={
                "verbose_name": "貸出システムでの状態",
                "verbose_name_plural": "貸出システムでの状態",
            },
        ),
        migrations.CreateModel(
            name="RankedRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("loans", "ベスト貸出"), ("holds", "ベスト予約")],
                        max_length=5,
                        verbose_name="種類",
                    ),
                ),
                ("place", models.PositiveSmallIntegerField(verbose_name="順位")),
                (
                    "record",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "ベスト貸出・ベスト予約",
                "verbose_name_plural": "ベスト貸出・ベスト予約",
                "ordering": ("kind", "place", "pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "record"), name="ranked_record_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadingHistory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.TextField(blank=True, verbose_name="書名")),
                ("lent_on", models.DateField(verbose_name="貸出日")),
                ("returned_on", models.DateField(verbose_name="返却日")),
                (
                    "patron",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reading_history",
                        to="patrons.patron",
                        verbose_name="利用者",
                    ),
                ),
                (
                    "record",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="catalog.record",
                        verbose_name="書誌",
                    ),
                ),
            ],
            options={
                "verbose_name": "読書記録",
                "verbose_name_plural": "読書記録",
                "ordering": ("-returned_on", "-pk"),
                "indexes": [
                    models.Index(fields=["patron", "-returned_on", "-id"], name="history_of_patron")
                ],
            },
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=255, verbose_name="ファイル名")),
                ("digest", models.CharField(editable=False, max_length=64)),
                ("sequence", models.BigIntegerField(null=True, verbose_name="通し番号")),
                ("as_of", models.DateTimeField(null=True, verbose_name="データの日時")),
                (
                    "state",
                    models.CharField(
                        choices=[("loaded", "取り込み済み"), ("refused", "取り込めない")],
                        max_length=10,
                        verbose_name="状態",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=40, verbose_name="理由")),
                ("detail", models.CharField(blank=True, max_length=200)),
                ("counts", models.JSONField(default=dict, verbose_name="件数")),
                ("examples", models.JSONField(default=dict)),
                (
                    "seen_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="確認日時"
                    ),
                ),
            ],
            options={
                "verbose_name": "貸出システムからのデータ",
                "verbose_name_plural": "貸出システムからのデータ",
                "ordering": ("-seen_at", "-pk"),
                "constraints": [
                    models.UniqueConstraint(fields=("name", "digest"), name="snapshot_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "loaded")),
                        fields=("sequence",),
                        name="snapshot_loaded_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "refused"),
                            models.Q(("as_of__isnull", False), ("sequence__isnull", False)),
                            _connector="OR",
                        ),
                        name="snapshot_loaded_is_dated",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DayCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="日")),
                ("loans", models.PositiveIntegerField(default=0, verbose_name="貸出")),
                ("holds", models.PositiveIntegerField(default=0, verbose_name="予約")),
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
                "verbose_name": "日ごとの貸出・予約の数",
                "verbose_name_plural": "日ごとの貸出・予約の数",
                "constraints": [
                    models.UniqueConstraint(fields=("day", "record"), name="day_count_once"),
                    models.CheckConstraint(
                        condition=models.Q(("loans__gt", 0), ("holds__gt", 0), _connector="OR"),
                        name="day_count_counts",
                    ),
                ],
            },
        ),
    ]
