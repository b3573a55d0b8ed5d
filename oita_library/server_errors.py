"""What gunicorn answers when a request never reaches the site.

Broken HTTP, and an address or cookies longer than gunicorn takes: its own page is in English.
"""

import socket

from gunicorn import util

from oita_library.headers import same_for_all

PAGE = """\
<!DOCTYPE html>
<html lang="ja">
<head><meta charset="utf-8"><title>エラー：{heading}｜大分市民図書館</title></head>
<body><main><h1>{heading}</h1><p>{what}</p><p>{next}</p>
<p><a href="/">ホームページへ</a></p></main></body>
</html>
"""
BROKEN = {
    "heading": "この内容は受け付けられませんでした",
    "what": "送られた内容が大きすぎるか、途中で壊れています。登録は行われていません。",
    "next": "もう一度お試しください。続くときは、ブラウザのCookieを消してください。",
}
FAULT = {
    "heading": "うまく処理できませんでした",
    "what": "図書館のシステムに問題が起きました。お客様の操作のせいではありません。",
    "next": "登録の途中だった方は、時間をおいて同じ画面を開き直してください。",
}
HEAD = """\
HTTP/1.1 {status} {reason}\r
Connection: close\r
Content-Type: text/html; charset=utf-8\r
Content-Length: {length}\r
Cache-Control: no-store\r
Content-Security-Policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'\r
{headers}\r
"""


def write_error(client: socket.socket, status: int, reason: str, message: str) -> None:
    """Write an error page in Japanese; `message`, what gunicorn would tell, stays out of it."""
    body = PAGE.format(**(BROKEN if status < 500 else FAULT)).encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in same_for_all().items())
    head = HEAD.format(status=status, reason=reason, length=len(body), headers=headers)
    util.write_nonblock(client, head.encode("latin-1") + body)


def use_pages_in_japanese() -> None:
    """Make gunicorn's workers write these pages; it has no setting for them."""
    util.write_error = write_error
