"""What an import tells staff line by line: in words on the screen, and as a file of all lines."""

from pathlib import Path

from patrons.transfer.rows import Finding
from staff.files import ReportFile, guard

HEADERS = ("行", "利用者番号", "種類", "理由")
KINDS = {
    "rejected": "取り込めない行",
    "kept": "見送り",
    "erased": "個人情報を消去済みのため見送り",
    "note": "使えない値を除いて取り込み",
    "look": "取り込んだ値の確認",
    "skipped": "読み飛ばし",
    "namesake": "同姓同名・同一生年月日",
    "renamed": "氏名を変えずに取り込み",
}
# Why a row, or a value of it, is not taken, or what is to be looked at.
REASONS = {
    "columns": "列の数が見出しと違います",
    "control_characters": "制御文字（NUL など）があります",
    "bytes": "CP932 の文字でないバイトがあります",
    "number": "利用者番号がないか、番号の形ではありません",
    "number_spreadsheet": "この館の利用者番号ではありません。"
    "表計算ソフトで変わった形です（7.10E+06、7100261.0、#N/A など）。"
    "番号の列を文字列にして、書き出し直してください",
    "number_zeros": "先頭の 0 が落ちた利用者番号のようです（対応表の [[number]]）",
    "number_pattern": "利用者番号の桁数か検査数字が、対応表の [[number]] と違います",
    "zeros": "先頭の 0 の数だけが違う利用者番号で、同じ人がいます。正しい番号を確認してください",
    "name_empty": "氏名がありません",
    "name_too_long": "氏名が長すぎます",
    "name_spreadsheet": "氏名が、表計算ソフトのエラー（#REF! など）です",
    "birth_date": "生年月日が正しくありません",
    "birth_date_empty": "生年月日がありません",
    "birth_date_era": "生年月日が、元号の期間の外です",
    "birth_date_form": "生年月日が読めない形です"
    "（19500103、1950/1/3、昭和25年1月3日、S25.1.3 などにしてください）",
    "birth_date_spreadsheet": "生年月日が、表計算ソフトの日付の番号か、変わった形です"
    "（1950/1/3 の形にして、書き出し直してください）",
    "contact_method": "予約連絡方法が対応表にない値です（対応表の [contact_method]）",
    "status": "状態が対応表にない値です（対応表の [status]）",
    "number_twice": "同じ利用者番号がファイルに2回以上あります",
    "other_person": "この利用者番号は、別の人が使っています",
    "not_exported": "こちらで変わった内容を、先に貸出システムへ反映してください",
    "only_withdrawn": "退会だけを取り込みます。"
    "こちらで変わった内容を、先に貸出システムへ反映してください",
    "only_returned": "退会の取り消しだけを取り込みます。"
    "こちらで変わった内容を、先に貸出システムへ反映してください",
    "file_older": "このファイルより新しい内容があります。"
    "貸出システムから新しいファイルを書き出して、取り込んでください",
    "erased": "こちらで消去した利用者です。貸出システムに残っている個人情報も消去してください",
    "renamed": "カードで確認した氏名と違います。同じ人かどうか確認してください",
    "namesake": "同じ氏名・生年月日の利用者がいます。同じ人かどうか確認してください",
    "unreadable": "氏名か住所に、読めない文字（〓か外字）があります。そのまま取り込みました",
    "phone_completed": "電話番号の先頭に、落ちていた 0 を補いました",
    "empty_rows": "空の行です",
    "end_sign": "ファイルの終わりの印（Ctrl-Z）です",
    "kana": "カナ",
    "postal_code": "郵便番号",
    "address": "住所",
    "phone": "電話番号",
    "email": "E-mail",
}
# Why a whole file is not read.
REFUSALS = {
    "empty": "ファイルに利用者の行がありません",
    "encoding": "文字コードが正しくありません（UTF-8 か CP932 にしてください）",
    "cut_character": "文字の途中で切れています（UTF-8）。"
    "途中で切れたファイルか、桁数で切られた値です。書き出し直してください",
    "line_ends": "改行が CR だけです（CR+LF か LF にしてください）",
    "missing_columns": "必要な列がありません",
    "no_headers": "見出しの行がありません。"
    "1 行目を見出し（対応表の [columns] のもの）にしてください。今の 1 行目",
    "twice": "同じ見出しの列が2つあります",
    "record_too_long": "長すぎる行があります",
    "quotes": '引用符（"）が閉じていないか、使い方が正しくありません',
    "cut_off": "最後の行が改行で終わっていません。途中で切れたファイルかもしれません"
    "（正しいファイルなら --accept-cut-off）",
    "rows": "行数が --rows と違います。ファイルの行数",
}


class Report(ReportFile):
    """Lines to look at."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(path, HEADERS)

    def add(self, kind: str, finding: Finding) -> None:
        """Take one line; the screen gets no patron number."""
        reason = REASONS[finding.code] + (f"：{finding.detail}" if finding.detail else "")
        words = f"{finding.line} 行目: {KINDS[kind]}（{reason}）"
        self.tell(words, (finding.line, guard(finding.number), KINDS[kind], reason))
