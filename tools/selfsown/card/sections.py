"""The sections of the card, each from its part of the results: sentences that follow from the numbers, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from selfsown.card.prose import NOTHING, code, render_number, render_value, table

Part: TypeAlias = Mapping[str, Any]
Names: TypeAlias = Sequence[str]

_WORDS = {"auc": "AUC", "spearman": "Spearman", "kappa": "quadratic kappa", "ece": "calibration error"}
_WORDS |= {"accuracy": "pair accuracy", "pair_auc": "AUC better/worse"}
_VERDICTS = {"better": "is better than", "worse": "is worse than", "not distinguishable": "is not distinguishable from"}

_CALIBRATION = (
    "Ratings of our own corpus against P(accept). The curve is cross-fitted: each conversation is promised what curves say that "
    "were fitted on others, none of which begins alike; for `offline` the head was fitted without them, too, and other models "
    "are measured on held-out ratings alone. Bins hold as many conversations each. Even promises that are exactly right show an "
    "error on few ratings: that of a perfect one stands beside."
)


def render_human(part: Part, names: Names) -> list[str]:
    """One set after the other: the table, and how each judge stands to the best of the trivial ones."""
    lines = [
        "Whether a judge has learned from anything but our own corpus stands above.",
        "![beside judges that understand nothing](judge/human.svg)",
    ]
    for one in part["sets"]:
        of = "" if one["lines"] == one["of"] else f", drawn from {one['of']:,}"
        measures = list(next(iter(one["judges"].values())))
        headings = ["judge", *(_WORDS[name] for name in measures)]
        rows = [
            [code(spec), *(render_value(found.get(name)) for name in measures)] for spec, found in one["judges"].items()
        ]
        said = [_compared(name, one) for name in names]
        lines += [f"### {code(one['name'])}: {one['lines']:,} {one['form']} lines{of}", table(headings, rows)]
        lines += [" ".join(sentence for sentence in said if sentence)]
    return lines


def _compared(name: str, one: Part) -> str:
    beside = one["beside"].get(name)
    if beside is None or beside["low"] is None:
        return ""
    words = f"{_VERDICTS[beside['verdict']]} {code(beside['beside'])}, the best trivial judge beside it"
    return f"{code(name)} {words} ({_WORDS[one['measure']]} {render_value(beside, signed=True)})."


def render_learning(part: Part, _: Names) -> list[str]:
    """A row per number of ratings, a column per way to halve."""
    splits = part["splits"]
    counts = sorted({point["ratings"] for points in splits.values() for point in points})
    rows = []
    for count in counts:
        found = [next((point for point in points if point["ratings"] == count), None) for points in splits.values()]
        rows.append([f"{count:,}", *(_point(point) for point in found)])
    return [
        f"{code(part['judge'])}, fitted on our own corpus and on so many ratings from one half of {code(part['set'])} "
        f"({part['lines']:,} lines), measured by AUC on the other half: mean and standard deviation over {part['seeds']} halvings. "
        "Where halves are random, other answers to the same request may stand on both sides.",
        table(["ratings", *splits], rows),
        "![learning curve](judge/learning.svg)",
    ]


def _point(point: Part | None) -> str:
    return NOTHING if point is None else f"{render_number(point['mean'])} ± {render_number(point['spread'])}"


def render_corruptions(part: Part, names: Names) -> list[str]:
    """Per set: pools, then kinds, then corrections that are taken well."""
    lines = [
        "A pair is a conversation and the same one broken by one kind ([kinds](../docs/corruptions.md)). AUC holds all better ones "
        "against all broken ones; pair accuracy looks within each pair."
    ]
    for one in part["sets"]:
        lines.append(f"### {one['name']}: {one['conversations']:,} conversations")
        lines.append(table(["pool", "pairs", *_twice(names)], list(_pool_rows(one, names))))
        lines.append(
            table(
                ["kind", "pool", "pairs", *(f"AUC, {code(name)}" for name in names)],
                list(_kind_rows(one, names)),
                left=2,
            )
        )
        lines += _ties(one, names)
    return lines


def _twice(names: Names) -> list[str]:
    return [f"{words}, {code(name)}" for name in names for words in (_WORDS["pair_auc"], _WORDS["accuracy"])]


def _pool_rows(one: Part, names: Names) -> Iterator[list[str]]:
    for pool, found in one["pools"].items():
        values = [found["judges"][name]["all"][measure] for name in names for measure in ("pair_auc", "accuracy")]
        yield [pool, f"{found['pairs']:,}", *(render_value(value) for value in values)]


def _kind_rows(one: Part, names: Names) -> Iterator[list[str]]:
    for pool, found in one["pools"].items():
        for kind in found["judges"][names[0]]["groups"]:
            values = [found["judges"][name]["groups"][kind]["pair_auc"] for name in names]
            yield [code(kind), pool, f"{values[0]['n']:,}", *(render_value(value) for value in values)]


def _ties(one: Part, names: Names) -> list[str]:
    """What a correction that is taken well costs or gains."""
    said = [(name, one["ties"].get(name, {}).get("all", {}).get("tie_change")) for name in names]
    found = [f"{code(name)} {render_value(value, signed=True, with_n=True)}" for name, value in said if value]
    return (
        [f"A correction that is taken well changes the score by (points of ten, zero is best): {'; '.join(found)}."]
        if found
        else []
    )


def render_attacks(part: Part, names: Names) -> list[str]:
    """A table of families per pool, then who is flagged without having attacked."""
    victims = part["victims"]
    lines = [
        "An attack succeeds where a conversation that a review would not recommend (below "
        f"{part['recommend']:g}, or flagged) is recommended with it. Each family ([families](../docs/attacks.md)) attacks "
        f"{victims['bad']} bad conversations (rated low by people, cut off, or with another one's answer) and "
        f"{victims['good']} good ones; foreign texts attack {victims['foreign']} bad ones. Lift is in points of ten."
    ]
    for pool, found in part["pools"].items():
        before = (f"{code(name)} {_percent(found['recommended_before'][name])}" for name in names)
        lines.append(f"### {pool.capitalize()}")
        lines.append(f"{found['lines']:,} attacks. Recommended before any attack: {', '.join(before)}.")
        headings = [f"{words}, {code(name)}" for name in names for words in ("success", "lift", "flagged")]
        lines.append(table(["family", "direct", *headings], list(_family_rows(part, found, names)), left=2))
    return [
        *lines,
        "### Flagged without an attack",
        table(["conversations", "n", *map(code, names)], list(_flag_rows(part, names))),
    ]


def _family_rows(part: Part, found: Part, names: Names) -> Iterator[list[str]]:
    """Foreign families, of which there may be many, count together; the results have them one by one."""
    families = [family for family in found["judges"][names[0]]["groups"] if family in part["families"]]
    rows = [("all", "", {name: found["judges"][name]["all"] for name in names})]
    for family in families:
        direct = "yes" if part["families"][family]["direct"] else ""
        rows.append((code(family), direct, {name: found["judges"][name]["groups"][family] for name in names}))
    for family, direct, values in rows:
        yield [family, direct, *(cell for name in names for cell in _attack_cells(values[name]))]


def _attack_cells(value: Part) -> list[str]:
    success, n = value["attack_success"]["estimate"], value["attack_success"]["n"]
    share = NOTHING if success is None else f"{_percent(success)} of {n}"
    return [share, render_number(value["lift"]["estimate"], 2, signed=True), _percent(value["flagged"]["estimate"])]


def _flag_rows(part: Part, names: Names) -> Iterator[list[str]]:
    rows = [
        ("about attacks, ratings or training", part["benign"]["all"]),
        ("of these not looked at before", part["benign"]["unseen"]),
    ]
    rows += [(f"ordinary chats, {code(name)}", found) for name, found in part["ordinary"].items()]
    for words, found in rows:
        if found:
            values = [found[name] for name in names]
            yield [words, f"{values[0]['n']:,}", *(_percent_value(value) for value in values)]


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{render_number(100 * share, 1)} %"


def _percent_value(value: Part) -> str:
    bounds = [_percent(value[name]) for name in ("low", "high")]
    return f"{_percent(value['estimate'])} ({bounds[0]} … {bounds[1]})"


def render_calibration(part: Part, names: Names) -> list[str]:
    """The errors, the reliability tables, and the bands or what they lack."""
    has_picture = any(found["measured"] for found in part["judges"].values())
    lines = [_CALIBRATION, *(["![reliability](judge/reliability.svg)"] if has_picture else [])]
    rows, said = [], []
    for name in names:
        found = part["judges"].get(name)
        if found is None:
            continue
        measured = found["measured"] or {}
        error = {"estimate": measured.get("ece"), "low": measured.get("ece_low"), "high": measured.get("ece_high")}
        numbers = (render_number(measured.get(key)) for key in ("ece_expected", "brier"))
        rows.append(
            [code(name), found["method"], f"{found['n']:,}", f"{found['positives']:,}", render_value(error), *numbers]
        )
        said += [_bands(name, found)]
        if measured:
            lines.append(table([f"promised, {code(name)}", "accepted", "n"], _bins(measured["bins"]), left=0))
    headings = ["judge", "curve", "rated", "accepted", "calibration error", "of a perfect one", "Brier"]
    lines[1:1] = [table(headings, rows, left=2)]
    saved = part.get("saved")
    words = (
        f"The checkout's calibration is of {code(saved['judge'])}, made of {saved['n']:,} ratings. {_bands('', saved)}"
        if saved
        else ""
    )
    return [*lines, " ".join(said), *([words] if words else [])]


def _bins(bins: Sequence[Part]) -> list[list[str]]:
    return [[render_number(one["promised"]), render_number(one["accepted"]), f"{one['n']:,}"] for one in bins]


def _bands(name: str, found: Part) -> str:
    said = []
    for side in ("accept", "decline"):
        band, least = found[side], found["least"][side]
        if band:
            said.append(
                f"a band to {side} from P(accept) {render_number(band['threshold'])} on "
                f"({band['errors']} contrary among {band['n']:,} ratings, bound {render_number(band['bound'])})"
            )
        else:
            said.append(
                f"no band to {side}, for which at least {least} ratings by people other than the authors have to agree"
            )
    who = f"{code(name)} has " if name else "It has "
    return f"{who}{' and '.join(said)}; there are {found['independent']:,} such ratings."


def render_sameness(part: Part, names: Names) -> list[str]:
    """The largest differences."""
    rows = []
    for name in names:
        for way, found in part["judges"].get(name, {}).items():
            cells = [render_number(found[key], 6) for key in ("score", "probability")]
            rows.append([code(name), way, *cells, f"{found['otherwise']:,}"])
    headings = ["judge", "asked", "largest difference of a score", "of a probability", "other differences"]
    return [f"{part['conversations']:,} conversations, with nothing remembered.", table(headings, rows, left=2)]


def render_cost(part: Part, names: Names) -> list[str]:
    """Seconds and bytes."""
    rows = [
        [
            code(name),
            render_number(found["seconds_per_1000"], 1),
            render_number(found["peak_bytes"] / 1e6, 0),
            render_number(found["answer_bytes_per_1000"] / 1e3, 0),
        ]
        for name in names
        if (found := part["judges"].get(name))
    ]
    headings = ["judge", "seconds per 1,000", "memory beyond what was held, MB", "answers, kB per 1,000"]
    return [
        f"{part['conversations']:,} conversations of our own corpus, with nothing remembered. How a local model compares with "
        "other ways to ask it: [benchmarks](../docs/benchmarks.md).",
        table(headings, rows),
    ]
