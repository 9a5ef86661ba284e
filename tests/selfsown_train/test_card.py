"""The card of a small checkout: one command, and what it says of a head that is fitted on little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from selfsown.card.goals import ACCEPTABILITY
from selfsown.cli.main import main
from selfsown.conversation import Turn
from selfsown.evaluation.comparison import Rated, make_conversation
from selfsown.rulebook import load_folder_rulebook
from selfsown_train.card import BY_LINE, BY_REQUEST, Material, cross_answers, describe_offline, halve, learn
from selfsown_train.judge_examples import RATED, Ask, Example, examples_digest, score, yes_or_no
from selfsown_train.offline.fit import fit_head
from selfsown_train.offline.measurements import open_gauges
from selfsown_train.offline.terms import terms_within

LONG = "Bread rises because yeast turns sugar into gas, and the gas stays in the dough while it bakes. "


def conversation(number: int, answer: str):
    return make_conversation((Turn("user", f"Why does bread number {number} rise?"), Turn("assistant", answer)))


def silent(items, what, total):
    yield from items


@pytest.fixture(scope="module")
def material(checkout: Path) -> Material:
    """Long answers are rated high, in a head over what is counted in the text."""
    rubric = load_folder_rulebook(checkout).rubric
    own = []
    for number in range(40):
        share = number % 2
        one = conversation(number, LONG * 3 if share else "No.")
        asks = [Ask(one, entry.name, yes_or_no(bool(share), 0.05)) for entry in rubric.criteria]
        own.append(Example(RATED, "", (*asks, Ask(one, "overall", score(10.0 * share, 1.0)))))
    gauges = open_gauges(["surface"])
    numbers = {ask.conversation.id: gauges[0].read(ask.conversation) for one in own for ask in one.asks}
    facts = {"examples": {"rated": 40}, "examples_digest": examples_digest(own)}
    head = fit_head(own, numbers, rubric, terms_within(["surface"]), provenance=facts)
    return Material(head, own, gauges, None, rubric, silent)


def test_a_head_is_described_by_what_it_was_fitted_on(material):
    found = describe_offline(material.head, material.own)
    assert (found["is_own_alone"], found["models"], found["head"]) == (True, [], material.head.digest)
    assert describe_offline(material.head, material.own[1:])["is_own_alone"] is False


def test_halves_share_nothing_and_groups_stay_together():
    groups = [str(place // 5) for place in range(100)]
    pool, test = halve(groups, 1)
    assert sorted(pool + test) == list(range(100))
    assert abs(len(pool) - len(test)) <= 5
    assert not {groups[place] for place in pool} & {groups[place] for place in test}
    assert halve(groups, 1) == (pool, test) != halve(groups, 2)


def test_ratings_of_the_other_taste_are_learned(material):
    """People of this file like it short: our own corpus is wrong about them, and their ratings put it right."""
    rated = [
        Rated(str(n), conversation(1000 + n // 2, "No." if n % 2 else LONG * 3), float(n % 2), (0.0, 1.0))
        for n in range(120)
    ]
    found = learn(material, rated, 1)
    assert set(found["splits"]) == {BY_LINE, BY_REQUEST}
    for points in found["splits"].values():
        assert [point["ratings"] for point in points] == [0, 50]
        assert points[0]["mean"] < 0.1
        assert points[-1]["mean"] > 0.9


def test_nobody_is_judged_by_a_head_that_knows_them(material):
    chosen = [one.asks[0].conversation for one in material.own]
    found = cross_answers(material, chosen, "crossed")
    assert set(found) == {entry.id for entry in chosen}
    assert {answer.judge for answer in found.values()} == {"crossed"}
    good = [found[entry.id].score for entry in chosen[1::2]]
    assert min(good) > max(found[entry.id].score for entry in chosen[::2])


def test_one_command_writes_the_card(small_checkout, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(small_checkout)
    folder = tmp_path / "human"
    folder.mkdir()
    lines = [
        {"id": str(n), "messages": messages(f"What of {n}?", "So. " * (n + 1)), "score": n % 2, "scale": [0, 1]}
        for n in range(12)
    ]
    (folder / f"{ACCEPTABILITY}.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = tmp_path / "card" / "JUDGE.md"
    out.parent.mkdir()
    arguments = ["judge", "report", "--quick", "--judge", "features", "--resamples", "20", "-o", str(out)]
    assert main([*arguments, "--human", str(folder)]) == 0
    results, page = json.loads((out.parent / "judge/report.json").read_text()), out.read_text()
    (one,) = results["parts"]["human"]["sets"]
    assert list(one["judges"]) == ["features", "longest", "shortest", "constant"]
    assert one["judges"]["constant"]["auc"]["estimate"] == 0.5
    assert f"{one['judges']['longest']['auc']['estimate']:.3f}" in page
    assert "Left out: it needs the offline judge" in page
    assert set(results["parts"]["corruptions"]["sets"][0]["pools"]) == {"seen", "unseen wordings", "held out"}
    assert results["parts"]["attacks"]["benign"]["all"]["features"]["n"] > 20
    ways = results["parts"]["sameness"]["judges"]["features"]
    assert ways["in another process"] == {"score": 0.0, "probability": 0.0, "otherwise": 0}
    assert next(goal for goal in results["goals"] if goal["name"] == "same")["judges"]["features"]["is_met"] is True
    assert (out.parent / "judge/human.svg").read_bytes().startswith(b"<?xml")


def test_a_folder_that_is_not_there_is_named(small_checkout, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(small_checkout)
    assert main(["judge", "report", "--human", str(tmp_path / "none"), "-o", str(tmp_path / "J.md")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def messages(request: str, answer: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": request}, {"role": "assistant", "content": answer}]


def test_what_is_no_report_is_named(tmp_path, capsys):
    other = tmp_path / "other.json"
    other.write_text('{"judges": {}}')
    assert main(["judge", "report", "--from", str(other), "-o", str(tmp_path / "J.md")]) == 3
    assert "other.json: it is no report.json: it lacks goals, parts" in capsys.readouterr().err
