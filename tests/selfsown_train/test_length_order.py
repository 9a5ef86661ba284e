from __future__ import annotations

import random

from selfsown_train.trainer import LengthOrder

LENGTHS = [random.Random(at).randint(10, 400) for at in range(101)]


def batches(order: LengthOrder, size: int = 8) -> list[list[int]]:
    rows = list(order)
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def test_every_row_is_shown_and_the_last_batch_is_full() -> None:
    order = LengthOrder(8, LENGTHS, 7)
    rows = list(order)
    assert len(rows) == len(order) == 104
    assert set(rows) == set(range(101))


def test_a_batch_holds_rows_of_like_length_in_no_order_of_length() -> None:
    found = batches(LengthOrder(8, LENGTHS, 7))
    longest = [max(LENGTHS[row] for row in batch) for batch in found]
    padded = sum(8 * length for length in longest)
    assert sum(LENGTHS[row] for batch in found for row in batch) / padded > 0.9
    assert longest != sorted(longest)
    assert longest != sorted(longest, reverse=True)


def test_seed_and_epoch_alone_decide_the_order() -> None:
    one, other = LengthOrder(8, LENGTHS, 7), LengthOrder(8, LENGTHS, 7)
    first = list(one)
    assert first == list(one) == list(other)
    other.set_epoch(1)
    second = list(other)
    assert second != first
    assert second != list(LengthOrder(8, LENGTHS, 8))
    assert {frozenset(batch) for batch in batches(one)} != {frozenset(batch) for batch in batches(other)}


def test_fewer_rows_than_a_batch_are_shown_again() -> None:
    rows = list(LengthOrder(8, [5, 6, 7], 7))
    assert len(rows) == 8
    assert {rows.count(row) for row in range(3)} == {2, 3}
