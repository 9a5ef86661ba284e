"""The card as a page: written from the results alone, so that whoever has them can write it again, byte for byte.

Every number on it is one of theirs. Names that came from files are made inert.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from selfsown.card import sections
from selfsown.card.prose import VERDICTS, code, paragraph, render_number, table
from selfsown.render.inert import visible

_SECTIONS: tuple[tuple[str, str, Callable[[Mapping[str, Any], Sequence[str]], list[str]]], ...] = (
    ("human", "What people said", sections.render_human),
    ("learning", "What ratings bring", sections.render_learning),
    ("corruptions", "Broken conversations", sections.render_corruptions),
    ("attacks", "Attacks", sections.render_attacks),
    ("calibration", "Calibration", sections.render_calibration),
    ("sameness", "The same judgement for the same input", sections.render_sameness),
    ("cost", "What it costs", sections.render_cost),
)

_OWN = "Our own corpus gives exactly these examples: nothing else, and none of the files below, trained it."
_NOT_OWN = (
    "**These are not the examples that our own corpus gives now: it was fitted on something else, too, or long ago.**"
)


def render_card(results: Mapping[str, Any]) -> str:
    """The whole of training/JUDGE.md."""
    parts = [
        "# The judges, measured",
        paragraph(
            f"Made by `selfsown judge report` from commit `{results['commit'][:12]}` on {results['created']}; every number is in "
            f"[{results['data']}]({results['data']}), from which `selfsown judge report --from` writes this page again. "
            "Beside a value stands its "
            f"{render_number(100 * results['confidence'], 0)} % interval, by {results['resamples']:,} resamples of whole requests "
            "([how](../docs/evaluation.md)); n is the number of lines or pairs."
        ),
    ]
    if results["is_quick"]:
        parts.append("**Made with `--quick`: the samples are too small to rely on.**")
    parts += [*_goals(results), *_judges(results)]
    for name, title, render in _SECTIONS:
        part = results["parts"].get(name, {"left_out": "it was not measured"})
        parts.append(f"## {title}")
        parts += (
            [f"Left out: {visible(part['left_out'], 300)}."] if "left_out" in part else render(part, _names(results))
        )
    parts += ["## Where it was measured", _machine(results["machine"])]
    return "\n\n".join(parts) + "\n"


def _names(results: Mapping[str, Any]) -> list[str]:
    return list(results["judges"])


def _goals(results: Mapping[str, Any]) -> list[str]:
    names = _names(results)
    rows = [
        [goal["words"], goal["wanted"], *(_reached(goal["judges"].get(name)) for name in names)]
        for goal in results["goals"]
    ]
    return [
        "## Goals and what was reached",
        "The goals were set before anything was measured. Where a goal speaks of several values, the worst of them is shown.",
        table(["goal", "wanted", *map(code, names)], rows, left=2),
    ]


def _reached(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "not measured"
    where = visible(str(found["where"]), 60)
    among = f"{where}; {found['missed']} of {found['of']} miss" if found["missed"] and found["of"] > 1 else where
    return f"**{VERDICTS[found['is_met']]}** {render_number(found['worst'])} ({among})"


def _judges(results: Mapping[str, Any]) -> list[str]:
    parts = ["## What they are, and what for"]
    for name, about in results["judges"].items():
        parts.append(f"**{code(name)}** ({code(about['id'])}). {' '.join(_about(about))}")
    return [
        *parts,
        f"All answer the rubric `{results['rubric']}` ([judging](../docs/judging.md)).",
        "**Meant for** sorting conversations that are offered as training data, worst first, and for showing people what to "
        "look at. **Not meant for** deciding alone, for comparing people, or for anything that is no conversation.",
        "**Limits.** None of them knows whether an answer is true. They were fitted and tried on short conversations, most of "
        "them in English. Whoever reads the code can write around it. Corruptions made by a program are easier than what "
        "people dislike: read that section beside what people said, never alone.",
    ]


def _about(about: Mapping[str, Any]) -> list[str]:
    offline = about.get("offline")
    if offline is None:
        return [visible(about["words"], 300)]
    provenance = offline["provenance"]
    counts = ", ".join(f"{count:,} {visible(origin, 30)}" for origin, count in provenance.get("examples", {}).items())
    models = ", ".join(f"{one['name']} ({one['license']}, `{one['digest']}`)" for one in offline["models"])
    words = [
        visible(about["words"], 300),
        f"Its head `{offline['head']}` weighs {offline['terms']} measurements of the groups {', '.join(offline['groups'])}.",
        f"Fitted at `{visible(str(provenance.get('commit', '')), 40)[:12]}` on {counts} examples." if counts else "",
        _OWN if offline["is_own_alone"] else _NOT_OWN,
        f"Models: {models}." if models else "It needs no model.",
    ]
    return [entry for entry in words if entry]


def _machine(machine: Mapping[str, Any]) -> str:
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    return f"Python {machine['python']} on {machine['system']} with {machine['cores']} cores; {libraries}."
