"""Which domains are asked about, and that none is that people really have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrons.email_slips import _USED, likely_domain
from patrons.normalize import normalize_email


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.cm", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmial.con", "gmail.com"),
        ("gmail.jp", "gmail.com"),
        ("gmail.co.jp", "gmail.com"),
        ("gmail.com.jp", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("fmail.com", "gmail.com"),
        ("docomo.co.jp", "docomo.ne.jp"),
        ("docomo.ne.jo", "docomo.ne.jp"),
        ("docomo.nejp", "docomo.ne.jp"),
        ("docomo.jp", "docomo.ne.jp"),
        ("docomo.ne", "docomo.ne.jp"),
        ("docmo.ne.jp", "docomo.ne.jp"),
        ("docomo.en.jp", "docomo.ne.jp"),
        ("ezweb.co.jp", "ezweb.ne.jp"),
        ("ezwed.ne.jp", "ezweb.ne.jp"),
        ("yaho.co.jp", "yahoo.co.jp"),
        ("yahoo.co.jo", "yahoo.co.jp"),
        ("yahoo.jp", "yahoo.co.jp"),
        ("yahoo.co", "yahoo.co.jp"),
        ("yahooo.co.jp", "yahoo.co.jp"),
        ("softbank.jp", "softbank.ne.jp"),
        ("softbank.co.jp", "softbank.ne.jp"),
        ("i.softbank.ne.jp", "i.softbank.jp"),
        ("i.sofbank.jp", "i.softbank.jp"),
        ("icloud.con", "icloud.com"),
        ("icloud.jp", "icloud.com"),
        ("iclould.com", "icloud.com"),
        ("hotmail.con", "hotmail.com"),
        ("hotmail.jp", "hotmail.co.jp"),
        ("hotmal.com", "hotmail.com"),
        ("outlook.co.jp", "outlook.jp"),
        ("outlok.jp", "outlook.jp"),
        ("oita-u.ac.jo", "oita-u.ac.jp"),
        ("example.con", "example.com"),
        ("oita.cojp", "oita.co.jp"),
    ],
)
def test_a_likely_slip_is_asked_about(typed, meant):
    assert likely_domain(typed) == meant


_REAL = """
gmail.com googlemail.com yahoo.co.jp yahoo.ne.jp yahoo.com ymail.com rocketmail.com mail.com
email.com docomo.ne.jp ezweb.ne.jp au.com uqmobile.jp softbank.ne.jp i.softbank.jp disney.ne.jp
jp-c.ne.jp d.vodafone.ne.jp t.vodafone.ne.jp ymobile.ne.jp y-mobile.ne.jp willcom.com pdx.ne.jp
wcm.ne.jp emobile.ne.jp emnet.ne.jp ymobile1.ne.jp rakumail.jp rakuten.jp rakuten.com
rakuten.co.jp mineo.jp icloud.com me.com mac.com cloud.com outlook.jp outlook.com outlook.kr
hotmail.co.jp hotmail.com hotmail.co.uk hotmail.fr live.jp live.com msn.com passport.com
nifty.com nifty.ne.jp biglobe.ne.jp so-net.ne.jp jcom.home.ne.jp jcom.zaq.ne.jp ocn.ne.jp
plala.or.jp dion.ne.jp oct-net.ne.jp fat.coara.or.jp ctb.ne.jp bbiq.jp nttdocomo.com kddi.com
g.softbank.co.jp oita-u.ac.jp city.oita.oita.jp city.oita.lg.jp pref.oita.lg.jp oita.co.jp
tcat.ne.jp aol.com aol.jp gmx.com gmx.de web.de proton.me protonmail.com pm.me zoho.com
yandex.com mail.ru qq.com 163.com 126.com foxmail.com naver.com daum.net hanmail.net kakao.com
yahoo.com.tw yahoo.com.vn yahoo.co.uk yahoo.co.id yahoo.co.kr yahoo.co.in yahoo.fr hinet.net
duck.com fastmail.com tutanota.com hey.com example.jp example.com example.co.jp co.jp.example
me.jp cp.jp company.co ministry.gov.jo shop.com.jo
"""
REAL = _REAL.split()


@pytest.mark.parametrize("domain", REAL)
def test_a_real_domain_is_never_asked_about(domain):
    assert likely_domain(domain) == ""


@given(st.from_regex(r"[a-z0-9-]{1,12}(\.[a-z]{2,6}){1,3}", fullmatch=True) | st.text(max_size=20))
def test_what_is_offered_can_be_written_to_and_is_not_asked_about_again(domain):
    if meant := likely_domain(domain):
        assert meant != domain
        assert likely_domain(meant) == ""


@pytest.mark.parametrize("domain", _USED)
@given(data=st.data())
def test_every_slip_of_a_usual_domain_leads_to_a_usual_one(domain, data):
    place = data.draw(st.integers(0, len(domain) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    before, after = domain[:place], domain[place:]
    slip = data.draw(
        st.sampled_from(
            [
                before + after[1:],
                before + letter + after,
                before + letter + after[1:],
                before + after[1] + after[0] + after[2:],
            ]
        )
    )
    assert likely_domain(slip) in _USED or likely_domain(slip) == ""
    if slip not in REAL:
        assert likely_domain(slip) in _USED
    assert normalize_email(f"a@{domain}") == f"a@{domain}"
