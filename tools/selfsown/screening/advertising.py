"""Advertising: links in company of words that sell, links that pay whoever placed them, one address again and again.

A link alone is fine: answers name sources. What speaks for advertising is counted, and the sum decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from selfsown.conversation import Turn
from selfsown.screening.sighting import Action, Sighting

KIND = "advertising"

_LINK = re.compile(
    r"(?:https?://|www\.)(?P<host>[\w.\-]{3,100})(?P<rest>[^\s<>\"')\]]{0,500})"
    r"|(?<![\w@.\-/])(?P<bare>[a-z0-9][a-z0-9\-]{1,40}\.(?:com|net|org|io|shop|store|biz|info|xyz|online|site|top|club|app|link|ru|cn))(?![\w.\-])",
    re.IGNORECASE,
)
_PAID = re.compile(
    r"[?&](?:ref|aff|affid|affiliate|partner|tag|utm_\w{2,10}|coupon|promo|referral)=|/(?:ref|aff|go|promo)/",
    re.IGNORECASE,
)
_SHORT = frozenset(
    ("bit.ly", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "t.me", "wa.me", "cutt.ly", "rb.gy", "amzn.to", "shorturl.at")
)
_SELLS = re.compile(
    r"\b(?:buy (?:it |one |yours )?now|order (?:now|today|yours)|shop now|click (?:here|the link|below)|sign up (?:now|today|here)|"
    r"subscribe (?:now|today|to my)|limited[ -]time|special offer|exclusive (?:deal|offer|discount)|[0-9]{1,2} ?% off|"
    r"discount code|promo ?code|coupon|use (?:my |the )?code|free (?:trial|shipping|gift)|money[ -]back|best price|"
    r"lowest price|act (?:now|fast)|don't miss|risk[ -]free|100% (?:free|guaranteed|natural)|make money|earn \\$|"
    r"(?:work|earn) from home|passive income|guaranteed (?:profit|returns?|results?)|crypto (?:giveaway|investment)|"
    r"whatsapp me|dm me|contact us (?:now|today)|visit (?:our|my) (?:website|site|store|shop|page|channel)|"
    r"jetzt (?:kaufen|bestellen|sichern)|achetez maintenant|compra ahora|offerta limitata)\b",
    re.IGNORECASE,
)
_MANY = 4  # links to one host, in turns of one speaker
_REFUSED, _SHOWN = 3, 2


def find_advertising(turns: Sequence[Turn]) -> Iterator[Sighting]:
    """The turns that advertise, each as a whole. Linear in their length."""
    hosts: Counter[str] = Counter()
    for turn in turns:
        hosts.update({host for host, _ in _links(turn.content)})
    for index, turn in enumerate(turns):
        weight = _weigh(turn.content, hosts)
        if weight >= _SHOWN:
            yield Sighting(KIND, index, 0, 0, Action.REFUSE if weight >= _REFUSED else Action.WARN)


def _weigh(text: str, hosts: Counter[str]) -> int:
    links = _links(text)
    if not links:
        return 0
    sells = min(len({match[0].lower() for match in _SELLS.finditer(text)}), 3)
    paid = any(_PAID.search(rest) or host in _SHORT for host, rest in links)
    often = max(hosts[host] for host, _ in links) >= _MANY or len(links) - len({host for host, _ in links}) >= _MANY
    return sells + 2 * paid + often + (sells > 0)


def _links(text: str) -> list[tuple[str, str]]:
    if "." not in text:
        return []
    found = ((match["host"] or match["bare"], match["rest"] or "") for match in _LINK.finditer(text))
    return [(host.lower().removeprefix("www."), rest) for host, rest in found]
