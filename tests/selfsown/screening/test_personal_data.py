"""Personal data of every kind, planted and nearly so."""

from __future__ import annotations

import time

import pytest

from selfsown.conversation import Conversation, Turn
from selfsown.screening.personal_data import find_personal_data

pytest.importorskip("phonenumbers")
pytest.importorskip("stdnum")

# Numbers of documentation and tests; none belongs to a person.
PLANTED = {
    "e-mail address": [
        "ann@example.org",
        "a.b+c@mail.example.co.uk",
        "ANN_B@EXAMPLE.COM",
        "jürgen@beispiel.example",
        "x-1@sub-domain.example.net",
    ],
    "phone number": [
        "+1 650-253-0000",
        "+44 20 7946 0958",
        "030 901820",
        "(650) 253-0000",
        "+33 1 42 68 53 00",
    ],
    "payment card": [
        "4111 1111 1111 1111",
        "4111111111111111",
        "5500-0000-0000-0004",
        "3782 822463 10005",
        "6011 0009 9013 9424",
    ],
    "bank account (IBAN)": [
        "DE89 3704 0044 0532 0130 00",
        "GB82WEST12345698765432",
        "FR14 2004 1010 0505 0001 3M02 606",
        "NL91ABNA0417164300",
        "ES91 2100 0418 4502 0005 1332",
    ],
    "IP address": ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "2a00:1450::200e", "2001:4860:4860:0:0:0:0:8888"],
}
NEAR_MISSES = [
    "someone @ home",
    "user@localhost",
    "a@b",
    "Use @dataclass(frozen=True) here.",
    "The year 2024 and 1,234,567 people",
    "pi is 3.14159265358979323846",
    "4111 1111 1111 1112",
    "1234567890123",
    "The ISBN is 978-3-16-148410-0",
    "DE00 3704 0044 0532 0130 00",
    "AB12 CDEF",
    "version 1.2.3 and 1.2.3.4.5",
    "192.168.0.1 and 10.0.0.1 and 127.0.0.1",
    "999.999.999.999",
    "at 12:30:45 and 10:20:30",
    "fe80::1:2:3:4",
    "commit 9026befeea490e62fb8ee7b849d2357edf2d723f",
    "std::vector::size()",
    "12 times 12 is 144.",
    "2026-11-21",
]


def found(text: str) -> list[tuple[str, str]]:
    conversation = Conversation((Turn("user", "Hello"), Turn("user", text)), "s", "MIT", "2026-01-01")
    items = find_personal_data(conversation.turns)
    assert all(item.turn == 1 for item in items)
    return [(item.kind, text[item.start : item.end]) for item in items]


@pytest.mark.parametrize("before", ["", "Write to ", "<", "It is: "])
@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in PLANTED.items() for text in texts])
def test_what_is_planted_is_found_and_nothing_around_it(kind, text, before):
    for after in ("", ".", ", please.", "\nThanks!"):
        assert found(f"{before}{text}{after}") == [(kind, text)], f"{before}{text}{after}"


@pytest.mark.parametrize("text", NEAR_MISSES)
def test_a_near_miss_is_not_found(text):
    assert found(text) == []


def test_many_finds_come_in_order_and_do_not_overlap():
    text = "Call +1 650-253-0000 or write to ann@example.org; the account is DE89 3704 0044 0532 0130 00."
    assert [kind for kind, _ in found(text)] == ["phone number", "e-mail address", "bank account (IBAN)"]


def test_every_turn_is_looked_at():
    turns = (Turn("system", "ann@example.org"), Turn("user", "x"), Turn("assistant", "bob@example.org"))
    items = find_personal_data(turns)
    assert [(item.turn, item.start, item.end) for item in items] == [(0, 0, 15), (2, 0, 15)]


@pytest.mark.parametrize(
    "unit", ["a", "a@", "a.", "@a.b", "1", "1 ", "1.", "1:", "f:", "AA00", "AA00 BB", "+", "(", "-1"]
)
def test_hostile_text_takes_bounded_time(unit):
    text = (unit * 20_000)[:20_000] + "!"
    start = time.process_time()
    found(text)
    assert time.process_time() - start < 5
