"""What is said of loans and holds, in the language that is spoken."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy, ngettext

from circulation.enums import Refusal
from circulation.port import Capability, Counts, Document, Outcome, Status, Unavailable
from ui.pages import sentences

ASKED = {
    Capability.RENEW: gettext_lazy("延長を申し込みました。まだ決まっていません。"),
    Capability.REQUEST: gettext_lazy("予約を申し込みました。まだ決まっていません。"),
    Capability.CANCEL: gettext_lazy("取り消しを申し込みました。まだ決まっていません。"),
    Capability.CHANGE_PICKUP: gettext_lazy("受取館の変更を申し込みました。まだ決まっていません。"),
    Capability.SUSPEND: gettext_lazy("休止の変更を申し込みました。まだ決まっていません。"),
}
STATES = {
    Status.RESERVED: gettext_lazy("順番待ち"),
    Status.ORDERED: gettext_lazy("確保"),
    Status.PROVIDED: gettext_lazy("利用可能"),
    Status.REJECTED: gettext_lazy("期限切れ"),
}
# The card's lines, by the names of `Counts`.
LINES = {"overdue": gettext_lazy("延滞資料"), "ready": gettext_lazy("利用可能な資料")}
REFUSALS = {refusal.value: refusal for refusal in Refusal}
ASK_AT_COUNTER = gettext_lazy("貸出状況は、窓口でお尋ねください。")


def day(when: date) -> str:
    """Return a day as one reads it: 3月24日（火）."""
    return date_format(when, gettext("n月j日（D）"))


def clock(moment: datetime) -> str:
    """Return a time of today, or a day and its time: 9時00分."""
    local = timezone.localtime(moment)
    time = date_format(local, gettext("G時i分"))
    if local.date() == timezone.localdate():
        return time
    said = {"day": date_format(local, gettext("n月j日")), "time": time}
    return gettext("%(day)s%(time)s") % said


def as_of(moment: datetime) -> str:
    """Return since when something is known: 3月10日9時00分現在."""
    local = timezone.localtime(moment)
    form = {"day": gettext("n月j日"), "time": gettext("G時i分")}
    said = {name: date_format(local, one) for name, one in form.items()}
    return gettext("%(day)s%(time)s現在") % said


def due(when: date, today: date) -> str:
    """Return a due date with the days that are left, or by which it is over."""
    days = (when - today).days
    said = {"day": day(when), "days": abs(days)}
    if days == 0:
        return gettext("%(day)sまで（きょうが期限です）") % said
    if days > 0:
        form = ngettext("%(day)sまで（あと%(days)s日）", "%(day)sまで（あと%(days)s日）", days)
        return form % said
    form = ngettext(
        "%(day)sまで（%(days)s日過ぎています）", "%(day)sまで（%(days)s日過ぎています）", -days
    )
    return form % said


def lang_of(row: Document) -> str:
    """Return the language of a title as HTML names it."""
    return row.record.lang if row.record else "ja"


def counted(count: int) -> str:
    return ngettext("%(count)s冊", "%(count)s冊", count) % {"count": count}


def not_shown(unknown: Unavailable, name: str) -> str:
    """Return what stands in place of a number of `Counts`, by its name; never 0 unless known."""
    if unknown.counts is None or unknown.as_of is None:
        return str(ASK_AT_COUNTER)
    said = {"time": clock(unknown.as_of), "count": counted(getattr(unknown.counts, name))}
    return gettext("ただいま表示できません（%(time)s現在は%(count)s）") % said


def lines_of(counts: Counts) -> list[str]:
    """Return the card's lines with their numbers."""
    return [f"{label} ({counted(getattr(counts, name))})" for name, label in LINES.items()]


def lines_not_shown(unknown: Unavailable) -> list[str]:
    """Return the card's lines where their numbers are not known now."""
    form = gettext("%(what)s：%(said)s")
    return [
        form % {"what": label, "said": not_shown(unknown, name)} for name, label in LINES.items()
    ]


def of_loan(loan: Document, outcome: str | None) -> str:
    """Return what there is to say of renewing a loan: what was asked, done, or is not possible."""
    if loan.asked and loan.due:
        still = gettext("返却期限は%(day)sのままです。") % {"day": day(loan.due)}
        return sentences(ASKED[loan.asked], still)
    if outcome == Outcome.DONE.value and loan.due:
        return gettext("延長しました。返却期限は%(day)sです。") % {"day": day(loan.due)}
    refusal = REFUSALS.get(outcome or "", loan.refusal)
    return gettext("延長できません：%s") % refusal.label if refusal else ""


def asked_of(hold: Document) -> str:
    """Return what was asked about a hold and is not decided, or why it was refused."""
    if hold.asked:
        return str(ASKED[hold.asked])
    return str(hold.refusal.label) if hold.refusal else ""


def place_of(hold: Document) -> str:
    """Return where a hold is fetched, or where to ask for that."""
    return hold.pickup.shown_name if hold.pickup else gettext("窓口")


def of_hold(hold: Document, place: str) -> str:
    """Return where a hold stands beyond its state; of one that was refused `asked_of` says why."""
    if _is_refused(hold):
        return ""
    if hold.status == Status.PROVIDED and hold.keep_until:
        said = gettext("%(branch)sで、%(day)sまでに受け取ってください。")
        fetch = said % {"branch": place, "day": day(hold.keep_until)}
        if hold.shelf_number is None:
            return fetch
        return sentences(fetch, gettext("取り置き番号は%sです。") % hold.shelf_number)
    if hold.status == Status.REJECTED:
        return gettext(
            "取り置きの期限が過ぎたため、この予約は終わりました。必要なときは、もう一度予約してください。"
        )
    told = [gettext("受取館：%s。") % place]
    if hold.status == Status.ORDERED:
        told.append(gettext("資料を用意しています。用意ができたら、お知らせします。"))
    if hold.suspended_until:
        until = {"day": day(hold.suspended_until)}
        told.append(gettext("%(day)sまで休止しています。順番は変わりません。") % until)
    return sentences(*told)


def state_of(hold: Document) -> str:
    """Return a hold's state in a word, with its place in the queue while it waits."""
    if _is_refused(hold):
        return gettext("予約できません")
    word = str(STATES[hold.status])
    if hold.status == Status.RESERVED and hold.position:
        return gettext("%(state)s（%(position)s番目）") % {"state": word, "position": hold.position}
    return word


def _is_refused(hold: Document) -> bool:
    """Return whether a library system was asked for a hold, and did not make it."""
    return hold.status == Status.REJECTED and hold.refusal is not None
