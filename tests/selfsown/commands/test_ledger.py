"""The one comment that holds what was asked and decided."""

from __future__ import annotations

import base64
import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from selfsown.commands.decide import Code
from selfsown.commands.ledger import (
    MARKER,
    MOST_PACKED,
    BrokenLedger,
    Entry,
    has_room,
    pack_entries,
    read_ledger,
    render_ledger,
    unpack_entries,
)
from selfsown.host import Account, PostedComment
from selfsown.render.markdown import MOST_BYTES

ME, OTHER = Account(900, "bot", True), Account(5, "eve", False)
ENTRY = Entry(
    1000, 0, 3, "rhea", "rate", "c-" + "1" * 32, 7.5, "Fine.", "reader", "accepted", "a" * 40, "2026-11-21T09:00:00Z"
)


def posted(identity: int, body: str, author: Account = ME) -> PostedComment:
    return PostedComment(identity, f"N{identity}", 7, author, body, "2026-11-21T09:00:00Z", "2026-11-21T09:00:00Z")


entries = st.lists(
    st.builds(
        replace,
        st.just(ENTRY),
        comment=st.integers(1, 2**40),
        position=st.integers(0, 4),
        score=st.none() | st.floats(0, 10).map(lambda score: round(score, 1)),
        reason=st.text(max_size=300),
        code=st.sampled_from(list(Code)).map(str),
    ),
    max_size=30,
    unique_by=lambda entry: entry.key,
)


@given(entries)
@settings(max_examples=50)
def test_what_is_written_reads_back(given):
    ordered = tuple(sorted(given, key=lambda entry: entry.key))
    assert unpack_entries(7, pack_entries(7, given)) == ordered
    own, found = read_ledger(7, [posted(1, render_ledger(7, given))], ME)
    assert (len(own), found) == (1, ordered)


def test_the_same_entries_give_the_same_text():
    many = [replace(ENTRY, comment=number) for number in range(9)]
    assert render_ledger(7, many) == render_ledger(7, many[::-1])


def test_people_see_who_what_and_how_it_was_decided():
    text = render_ledger(7, [replace(ENTRY, login="a`b|c", code="young")])
    assert text.startswith(MARKER + "\n")
    assert "| 3 ``a`b¦c`` | `/rate 7.5 c-111111111111` | account too young | `aaaaaaaaaaaa` | 2026-11-21 |" in text


def test_somebody_elses_ledger_is_none():
    text = render_ledger(7, [ENTRY])
    assert read_ledger(7, [posted(1, text, OTHER), posted(2, "see " + text)], ME) == ([], ())


def test_two_of_ours_are_read_together_the_oldest_first():
    second = replace(ENTRY, comment=1001)
    comments = [posted(5, render_ledger(7, [ENTRY])), posted(6, render_ledger(7, [replace(ENTRY, score=1.0), second]))]
    own, found = read_ledger(7, comments, ME)
    assert [comment.id for comment in own] == [5, 6]
    assert found == (ENTRY, second)


def pack(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


@pytest.mark.parametrize(
    "packed",
    [
        "",
        "AAAA",
        "====",
        pack(b""),
        pack(b"[]"),
        pack(b'{"entries":[]}'),
        pack(b'{"pull":8,"entries":[]}'),
        pack(b'{"pull":7,"entries":{}}'),
        pack(b'{"pull":7,"entries":[[1]]}'),
        pack(b'{"pull":7,"entries":[' + b"[]," * 6_000 + b"[]]}"),
        pack(b" " * (1 << 20) + b'{"pull":7,"entries":[]}'),
        pack(b"0" * 200_000_000),
        pack_entries(7, [ENTRY])[:-8],
        pack_entries(7, [replace(ENTRY, reason="x" * 301)]),
        pack_entries(7, [replace(ENTRY, time="today")]),
        pack_entries(7, [replace(ENTRY, account="3")]),  # type: ignore[arg-type]
    ],
    ids=range(16),
)
def test_a_ledger_that_does_not_read_is_never_written_over(packed):
    with pytest.raises(BrokenLedger, match="pull request 7 does not read"):
        read_ledger(7, [posted(1, f"{MARKER}\n<!-- selfsown:entries {packed} -->")], ME)


def test_a_ledger_without_its_hidden_part_does_not_read():
    with pytest.raises(BrokenLedger):
        read_ledger(7, [posted(1, MARKER)], ME)


def test_the_largest_ledger_fits_and_its_table_loses_the_oldest():
    chance = random.Random(1)
    many: list[Entry] = []
    while True:
        reason = "".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(300))
        more = [
            *many,
            replace(ENTRY, comment=len(many), reason=reason, conversation=f"c-{chance.getrandbits(128):032x}"),
        ]
        if not has_room(7, more, is_maintainer=True, most=400):
            break
        many = more
    assert len(many) > 40
    assert MOST_PACKED * 0.9 < len(pack_entries(7, many)) <= MOST_PACKED
    assert len(render_ledger(7, many).encode()) <= MOST_BYTES
    small = [replace(ENTRY, comment=number, reason="") for number in range(400)]
    assert has_room(7, small, is_maintainer=False, most=400)
    assert not has_room(7, small, is_maintainer=False, most=399)
    text = render_ledger(7, small)
    assert len(text.encode()) <= MOST_BYTES
    assert read_ledger(7, [posted(1, text)], ME)[1] == tuple(small)


def test_readers_leave_room_for_people_with_a_role():
    chance = random.Random(2)
    many = [
        replace(ENTRY, comment=number, reason="".join(chr(chance.randrange(0x4E00, 0x9FFF)) for _ in range(300)))
        for number in range(52)
    ]
    assert len(pack_entries(7, many)) > 44_000
    assert not has_room(7, many, is_maintainer=False, most=400)
    assert has_room(7, many, is_maintainer=True, most=400)
