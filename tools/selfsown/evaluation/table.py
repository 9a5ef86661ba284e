"""The tables of an evaluation for people: judges one below the other, each value over its interval.

Names that come from a file (groups, families, reasons) are made inert.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from selfsown.evaluation.compare import CONTESTS, Difference, hardest
from selfsown.evaluation.evaluate import Evaluation, Measurement
from selfsown.evaluation.measures import MEASURES
from selfsown.evaluation.report import Report, shown_name
from selfsown.render.inert import visible

_MEGABYTE = 1e6


def render_tables(report: Report) -> Iterator[tuple[str, Table]]:
    """The titles and tables of one file: measures by form, differences, groups and families, cost."""
    for form in report.forms:
        yield f"{visible(report.file, 120)}: {report.forms[form]:,} {form} lines", _measures_table(report, form)
    if any(one.beside in report.trivial for found in report.differences.values() for one in found):
        yield "beside the best of the trivial judges", _differences_table(report)
    for name in report.asked:
        if report.evaluations[name].groups:
            yield f"{shown_name(name)}, by group or family", _groups_table(report.evaluations[name])
    yield "what it took", _cost_table(report)


def _measures_table(report: Report, form: str) -> Table:
    measures = [measure for measure in MEASURES if measure.form == form]
    table = _table(["judge", *(measure.words for measure in measures)])
    for name, found in report.evaluations.items():
        values = (render_value(found.measures.get(measure.name)) for measure in measures)
        table.add_row(shown_name(name), *values, style=_style(report, name))
    return table


def _differences_table(report: Report) -> Table:
    """Each asked judge beside the best of the trivial ones: the rest is in the JSON."""
    table = _table(["judge", "measure", "beside", "difference", ""], left=3)
    for name in report.asked:
        for measure in CONTESTS:
            found = hardest([one for one in report.differences[name] if one.beside in report.trivial], measure.name)
            if found is None:
                continue
            between = found.interval
            shown = f"{between.estimate:+.3f} ({between.low:+.3f} … {between.high:+.3f})"
            words, style = _verdict(found)
            table.add_row(shown_name(name), measure.words, shown_name(found.beside), shown, Text(words, style=style))
    return table


def _verdict(found: Difference) -> tuple[str, str]:
    if found.is_better:
        return "better", "green"
    return ("worse", "red") if found.is_worse else ("no telling", "")


def _groups_table(evaluation: Evaluation) -> Table:
    """One judge's measures for each group or attack family, with how many lines each rests on."""
    groups = evaluation.groups.values()
    measures = [
        measure for measure in MEASURES if any(measure.name in found and found[measure.name].n for found in groups)
    ]
    table = _table(["group", *(measure.words for measure in measures)])
    for group, found in evaluation.groups.items():
        values = (render_value(found.get(measure.name), with_n=True) for measure in measures)
        table.add_row(shown_name(group), *values)
    return table


def _cost_table(report: Report) -> Table:
    headings = ["judge", "conversations", "not judged", "judged now", "seconds per 1,000", "memory"]
    table = _table(headings)
    for name, found in report.evaluations.items():
        memory = "–" if found.memory is None else f"{found.memory / _MEGABYTE:,.0f} MB"
        not_judged = f"{found.not_judged.interval.estimate:.1%}"
        row = (f"{found.conversations:,}", not_judged, f"{found.seconds.n:,}", render_value(found.seconds), memory)
        table.add_row(shown_name(name), *row, style=_style(report, name))
    return table


def _style(report: Report, name: str) -> str:
    return "" if name in report.asked else "dim"


def render_value(found: Measurement | None, *, with_n: bool = False) -> str:
    """The estimate over its interval; a dash where the data says nothing."""
    if found is None or not math.isfinite(found.interval.estimate):
        return "–"
    between, n = found.interval, f" of {found.n:,}" if with_n else ""
    if not math.isfinite(between.low):
        return f"{between.estimate:.3f}{n}"
    return f"{between.estimate:.3f}{n}\n{between.low:.3f} … {between.high:.3f}"


def _table(headings: Sequence[str], left: int = 1) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(heading, justify="left" if index < left else "right", no_wrap=index < left)
    return table
