"""The HTML of a sign-up form for a merchant's own page: plain, without style, and whole without a script.

Refuses to let the words on that page and the words kept with a consent drift apart: it remembers what it prints.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from saleor_mailflow.audience.sign_up import remember_wording
from saleor_mailflow.messages.render import render_page
from saleor_mailflow.messages.words import LANGUAGES
from saleor_mailflow.pages.guard import own_name, texts
from saleor_mailflow.pages.sign_up_form import OpenForm, facts


def snippet(one: OpenForm, language: str, now: datetime) -> str:
    """Return the HTML of a form in a language of ours. What it says people agree to is remembered word by word."""
    shown = facts(one, language, now)
    remember_wording(one.shop.pk, language, one.consent(language), now)
    known = texts(language, "sign_up", brand=one.brand)
    return render_page(
        "snippet",
        {
            **shown,
            "language": language,
            "languages": [{"key": key, "label": own_name(key), "on": key == language} for key in LANGUAGES],
            "t": known,
            "key": one.row.key,
            "action": address(one, "subscribe"),
            "script": f"{address(one, 's')}form.js",
        },
    )


def address(one: OpenForm, door: str) -> str:
    """Return the address of a form: ``s`` is the hosted page, ``subscribe`` what an embedded form posts to."""
    return f"{one.base}/{door}/{quote(one.shop.domain, safe=':')}/{quote(one.row.key)}/"
