"""The HTML part of a mail: the shape of the text, and nothing of it markup."""

import re

import pytest

from notices.delivery import deliver
from tests.notices.html import Shown, squeezed
from tests.notices.sink import html_of, text_of

SITE = "https://library.example"
HOSTILE = f"""<b>&"\'</b> {{{{ body }}}} さま

次のページ：{SITE}/counter/?a=1&b="<i>
https://evil.example/?next={SITE}/

■<script>alert(1)</script>
・<img src=x onerror=alert(1)>
・二つめ

{SITE}/mylibrary/

123456
"""


@pytest.mark.django_db
def test_what_people_typed_is_shown_and_is_no_markup(sink, make_notice, settings):
    settings.PUBLIC_BASE_URL = SITE
    subject = '【大分市民図書館】<b>&"題'
    deliver(notice_id=make_notice(subject=subject, body=HOSTILE).pk)
    (received,) = sink.mails
    assert text_of(received) == HOSTILE
    html = html_of(received)
    assert "<title>【大分市民図書館】&lt;b&gt;&amp;&quot;題</title>" in html
    shown = Shown(html)
    assert shown.words == squeezed(f'大分市民図書館\n<b>&"題\n{HOSTILE}')
    assert shown.links == [f"{SITE}/counter/?a=1&b=", f"{SITE}/mylibrary/"]
    assert {"b", "i", "img", "script", "link"}.isdisjoint(shown.tags)
    assert "<h2>&lt;script&gt;alert(1)&lt;/script&gt;</h2>" in html
    assert "<ul><li>&lt;img src=x onerror=alert(1)&gt;</li><li>二つめ</li></ul>" in html
    assert f'<p class="open"><a href="{SITE}/mylibrary/">{SITE}/mylibrary/</a></p>' in html
    assert '<p class="digits">123456</p>' in html
    # Nothing is asked from anywhere when the mail is opened.
    assert not re.search(r"url\(|@import|@font-face|https?:", html.partition("</style>")[0])
