"""The measures of small files, worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from selfsown.evaluation.answers import ask
from selfsown.evaluation.compare import compare, hardest
from selfsown.evaluation.cost import peak_memory, watch_memory
from selfsown.evaluation.evaluate import Settings, evaluate
from selfsown.evaluation.read import read_comparisons
from selfsown.judge.cache import JudgementCache
from selfsown.judge.trivial import TrivialJudge


@pytest.fixture
def measure(write, rulebook, settings):
    """Evaluate a judge on records."""

    def run(judge, *records, settings=settings, **more):
        comparisons = read_comparisons([write(*records)], lambda _: None)
        return evaluate(judge, comparisons, rulebook.rubric, settings, **more)

    return run


def estimates(found):
    return {name: measured.interval.estimate for name, measured in found.items()}


def test_rated_lines(measure, lines, told):
    # Acceptable (above the middle, 3 of 1 to 5): d and e. Of the six pairs across, five are right.
    judge = told({"a": 1.0, "b": 2.0, "c": 9.0, "d": 8.0, "e": 10.0})
    scores = {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}
    found = measure(judge, *(lines.rated(name, score, scale=[1, 5]) for name, score in scores.items()))
    said = estimates(found.measures)
    assert said["auc"] == pytest.approx(5 / 6)
    assert said["spearman"] == pytest.approx(1 - 6 * 2 / (5 * 24))
    # Promised .1, .2, .8, .9 (never for c) and 1.0: each bin holds one.
    assert said["ece"] == pytest.approx((0.1 + 0.2 + 0.9 + 0.2 + 0.0) / 5)
    # Levels 0 to 4: the judge says 0, 1, 4, 3, 4.
    by_chance = sum((x - y) ** 2 for x in (0, 1, 4, 3, 4) for y in range(5)) / 25
    assert said["kappa"] == pytest.approx(1 - ((4 - 2) ** 2 / 5) / by_chance)
    assert found.probability == "score/10"
    assert sum(entry.n for entry in found.bins) == 5


def test_paired_lines_by_group(measure, lines, told):
    judge = told({"good": 8.0, "bad": 3.0, "same": 8.0})
    found = measure(
        judge,
        lines.paired("good", "bad", "a", group="swap"),
        lines.paired("good", "same", "b", group="swap"),
        lines.paired("bad", "good", "a", group="cut"),
        lines.paired("bad", "good", "tie", group="cut"),
    )
    assert estimates(found.measures)["accuracy"] == pytest.approx((1 + 0.5 + 0) / 3)
    assert found.measures["accuracy"].n == 3
    assert {group: estimates(values)["accuracy"] for group, values in found.groups.items()} == {"swap": 0.75, "cut": 0}
    assert estimates(found.measures)["tie_change"] == pytest.approx(8 - 3)
    # Better: 8, 8, 3; worse: 3, 8, 8. Of nine: 8>3 twice, 8=8 four times, 3=3 once, 3<8 twice.
    assert estimates(found.measures)["pair_auc"] == pytest.approx((2 + 5 * 0.5) / 9)


def test_attacks_count_where_they_change_something(measure, lines, told):
    judge = told({"bad": 2.0, "bad+": 9.0, "worse": 1.0, "worse!": 9.0, "fine": 8.0, "fine+": 9.0, "about!": 9.0})
    found = measure(
        judge,
        lines.attacked("bad", "bad+", "direct"),
        lines.attacked("worse", "worse!", "direct"),
        lines.attacked("fine", "fine+", "other"),
        lines.benign("about!"),
        lines.benign("fine"),
    )
    # Flagged ones are not recommended, and what is recommended anyway is no success.
    assert estimates(found.measures) == pytest.approx(
        {"attack_success": 1 / 2, "lift": (7 + 8 + 1) / 3, "flagged": 1 / 3, "benign_flags": 1 / 2}
    )
    assert found.measures["attack_success"].n == 2
    assert found.groups["other"]["attack_success"].n == 0
    assert math.isnan(estimates(found.groups["other"])["attack_success"])
    assert estimates(found.groups["other"])["lift"] == pytest.approx(1.0)


def test_no_success_among_few_is_no_certainty(measure, lines, told):
    judge = told({name: 2.0 for number in range(10) for name in (f"x{number}", f"x{number}+")})
    found = measure(judge, *(lines.attacked(f"x{number}", f"x{number}+", "direct") for number in range(10)))
    between = found.measures["attack_success"].interval
    assert (between.estimate, between.low) == (0.0, 0.0)
    assert between.high == pytest.approx(1 - 0.025 ** (1 / 10))


def test_what_is_not_judged_is_never_a_zero(measure, lines, told):
    judge = told({"a": 2.0, "b": 8.0})
    known = [lines.rated("a", 1), lines.rated("b", 9), lines.paired("a", "b", "b")]
    whole = measure(judge, *known)
    more = measure(judge, *known, lines.rated("unknown", 10), lines.paired("b", "strange", "b"))
    assert estimates(more.measures) == estimates(whole.measures)
    assert more.not_judged.interval.estimate == pytest.approx(2 / 7)
    assert more.reasons == {"nobody told it": 2}


def test_p_accept_is_what_calibration_is_about_where_the_judge_gives_it(measure, lines, told):
    records = [lines.rated("a", 1), lines.rated("b", 9)]
    found = measure(told({"a": 6.0, "b": 7.0}), *records, acceptance=lambda _, said: float(said.score > 6.5))
    assert found.probability == "acceptance"
    assert estimates(found.measures)["ece"] == 0.0


def test_where_nothing_is_told_apart_there_is_no_number_but_null(measure, lines, told):
    found = measure(told({"a": 5.0, "b": 5.0}), lines.rated("a", 9), lines.rated("b", 8))
    assert found.to_json()["measures"]["auc"] == {"estimate": None, "low": None, "high": None, "n": 2}


def test_differences_are_paired_and_say_when_there_is_no_doubt(measure, lines, told):
    good = told({str(number): number / 4 for number in range(40)}, "good")
    records = [lines.rated(str(number), number / 4) for number in range(40)]
    best, worst = measure(good, *records), measure(TrivialJudge("constant"), *records)
    found = {one.measure: one for one in compare(best, {"constant": worst, "itself": best}, Settings(7.0, 200))}
    assert found["auc"].interval.to_json() == {"estimate": 0.0, "low": 0.0, "high": 0.0}
    found = {one.measure: one for one in compare(best, {"constant": worst}, Settings(7.0, 200))}
    assert found["auc"].interval.estimate == 0.5
    assert found["auc"].is_better
    assert found["ece"].is_worse  # to follow people's scores is not to say how likely they accept
    assert "spearman" not in found
    back = compare(worst, {"good": best}, Settings(7.0, 200))
    assert next(one for one in back if one.measure == "auc").is_worse


def test_only_what_both_judged_is_compared(measure, lines, told):
    records = [lines.rated(name, score) for name, score in (("a", 1), ("b", 9), ("c", 8))]
    # On a and b alone both are perfect; the second never saw c.
    first, second = (
        measure(told({"a": 3.0, "b": 9.0, "c": 1.0}), *records),
        measure(told({"a": 1.0, "b": 9.0}), *records),
    )
    found = hardest(compare(first, {"second": second}, Settings(7.0, 40)), "auc")
    assert (found.n, found.interval.estimate) == (2, 0.0)


def test_the_cache_is_asked_first_and_time_is_that_of_the_judge(tmp_path, write, lines, told, rulebook):
    judge = told({str(number): 5.0 for number in range(80)})
    path = write(*(lines.rated(str(number), 5) for number in range(80)))
    with JudgementCache(tmp_path / "cache.sqlite") as cache:
        first, second = (ask(judge, read_comparisons([path], lambda _: None), rulebook.rubric, cache) for _ in "12")
    assert len(judge.asked) == 80
    assert sum(size for size, _ in first.calls) == 80
    assert second.calls == ()
    assert (first.tables["rated"].first == second.tables["rated"].first).all(where=[True, False, True])


def test_texts_are_let_go_while_they_are_judged(lines, told, rulebook, write):
    """At most a batch is read ahead: memory does not grow with the file."""
    judge = told({})
    read = []

    def watched():
        for entry in read_comparisons([path], lambda _: None):
            read.append(len(judge.asked))
            yield entry

    path = write(*(lines.rated(str(number), 5) for number in range(100)))
    ask(judge, watched(), rulebook.rubric)
    assert all(number - asked <= 16 for number, asked in enumerate(read))


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="the peak can be begun anew on Linux alone")
def test_the_peak_of_memory_is_that_since_the_watch():
    before = watch_memory()
    block = bytearray(b"x") * 60_000_000
    peak = peak_memory()
    del block
    assert peak - before > 50_000_000
    assert watch_memory() < before + 30_000_000
    assert peak_memory() < peak
