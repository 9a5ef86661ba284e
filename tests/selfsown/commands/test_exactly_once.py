"""Whatever dies or gets lost at any write: every comment is answered once, and every rating is recorded once."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from tests.selfsown.commands.fake_host import AUTHOR, MAINTAINER, ME, READER, STRANGER, Faults, Killed, Scene, make_pace

from selfsown.commands.answer import answer_pull
from selfsown.commands.ledger import MARKER, read_ledger
from selfsown.commands.record import Base, record_pull
from selfsown.host import Busy, Unsure

SEEDS = 600


def run_until_done(step, faults: Faults, events: int) -> None:
    """Deliver an event `events` times, and sweep once after the faults are over."""
    for _ in range(events):
        try:
            step()
        except (Killed, Unsure, Busy):
            continue
    faults.share = 0.0
    step()


def talk(scene: Scene) -> list[int]:
    one, two = scene.chats[0].id, scene.chats[1].id
    said = [
        (READER, f"/rate 7 {one} Fine."),
        (AUTHOR, f"/rate 10 {one}\n/drop {two}"),
        (MAINTAINER, f"/rejudge\n/rate 4 {two}"),
        (STRANGER, f"/rate 1 {one}\n/help"),
        (READER, f"/rate 8 {one}\n/explain {two}"),
    ]
    return [scene.host.say(account, body).id for account, body in said]


@pytest.mark.parametrize("block", range(6))
def test_each_thing_happens_once_over_many_seeds(make_scene, rulebook, block):
    for seed in range(block * SEEDS // 6, (block + 1) * SEEDS // 6):
        scene = make_scene("tea", "coffee", "water")
        host, chance = scene.host, random.Random(seed)
        comments = talk(scene)
        host.faults = Faults(chance, left=chance.randrange(1, 7), share=chance.choice([0.1, 0.3, 0.8]))
        run_until_done(lambda scene=scene: answer_pull(scene.desk, 7), host.faults, chance.choice([0, 1, 3]))
        check_answers(scene, comments)
        host.merge()
        host.faults = Faults(chance, left=chance.randrange(1, 4), share=chance.choice([0.3, 0.8]))
        base = Base("b" * 40, scene.merged_corpus(), rulebook, "2026-11-21")

        def record(host=host, base=base) -> None:
            record_pull(host, host.state, base, make_pace())

        run_until_done(record, host.faults, chance.choice([0, 1, 3]))
        assert len(host.opened) == len(host.committed) == 1
        assert host.opened[0][1] == "Add 3 ratings given on pull request 7"


def check_answers(scene: Scene, comments: list[int]) -> None:
    host = scene.host
    ledgers, entries = read_ledger(7, host.posted, ME)
    assert len(ledgers) == 1
    assert [entry.key for entry in entries] == [
        (comments[0], 0),
        *((it, place) for it in comments[1:] for place in (0, 1)),
    ]
    replies = Counter(
        it.body.split("\n")[0] for it in host.posted if it.author == ME and not it.body.startswith(MARKER)
    )
    assert replies == {f"<!-- selfsown:answer {it} -->": 1 for it in (comments[1], comments[3], comments[4])}
    final = {it: {content for comment, content in host.reacted if comment == it} for it in comments}
    refused = {comments[3]}
    assert final == {it: {"eyes", "confused" if it in refused else "+1"} for it in comments}
    # Again only where the process died between the start and the ledger. Where the start itself got lost there is
    # none, and the pending status has the sweeper come by.
    restarts = host.faults.log.count("dispatch kill-after") + died_after_dispatch(host.faults.log)
    assert len(host.dispatched) <= 1 + restarts
    assert len(host.status) == 1
    if not any(it in ("dispatch 500",) for it in host.faults.log):
        assert host.dispatched


def died_after_dispatch(log: list[str]) -> int:
    """How often the process died between a start and the end of the ledger's write."""
    died, is_between = 0, False
    for what, kind in (it.split(" ") for it in log):
        if what == "dispatch":
            is_between = not kind.startswith("kill")
        elif is_between and kind.startswith("kill"):
            died, is_between = died + 1, False
        elif is_between and what in ("add", "edit") and kind in ("None", "lost-answer"):
            is_between = False
    return died


def test_a_list_that_lags_gives_no_second_ledger_or_reply(make_scene):
    scene = make_scene("tea", "coffee")
    talk(scene)
    for lag in range(1, 6):
        scene.host.lag = lag
        answer_pull(scene.desk, 7)
    for marker in {it.body.split("\n")[0] for it in scene.host.posted if it.author == ME}:
        assert len(scene.host.bodies(marker)) == 1
