"""`selfsown judge evaluate`: how good a judge is, held against what people said, beside trivial judges."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import orjson
from rich.console import Console
from rich.text import Text

from selfsown.cli.arguments import read_count
from selfsown.cli.console import err, out, progress, say, write_machine
from selfsown.cli.judges import SPEC_HELP, open_cache, open_judge
from selfsown.cli.place import find_checkout
from selfsown.conversation import Conversation
from selfsown.errors import UsageError
from selfsown.extras import need
from selfsown.judge.cache import JudgementCache
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Judgement
from selfsown.render.inert import visible
from selfsown.rulebook import Rulebook, load_folder_rulebook
from selfsown.shard import write_atomically

if TYPE_CHECKING:
    from selfsown.evaluation.answers import Acceptance
    from selfsown.evaluation.evaluate import Evaluation, Settings
    from selfsown.evaluation.read import Survey
    from selfsown.evaluation.report import Report

HELP = "Measure judges on rated, paired or attacked conversations, beside judges that understand nothing."

BESIDE = ("features", "longest", "shortest", "constant")
_MOST_REASON = 120
_WIDE = 200


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="JSON lines, rated, paired or attacked (docs/evaluation.md), or a folder of them, such as corpus/ratings",
    )
    parser.add_argument("--judge", action="append", metavar="SPEC", help=f"{SPEC_HELP}; may be given several times")
    parser.add_argument("--alone", action="store_true", help=f"without {', '.join(BESIDE)} beside it")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="tables, or one JSON object")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw it, too: FILE.svg, FILE.png or FILE.pdf")
    parser.add_argument(
        "--resamples", type=read_count, default=1000, metavar="N", help="of each interval (default: 1,000)"
    )
    parser.add_argument("--seed", type=_seed, default=0, metavar="N", help="of the resampling (default: 0)")
    parser.add_argument("--limit", type=read_count, metavar="N", help="only the first N lines of each FILE")
    parser.add_argument("--fresh", action="store_true", help="judge anew what is cached, to measure the time it takes")


def run(args: argparse.Namespace) -> int:
    """0 measured, 1 a file has lines that are none of the forms."""
    read, picture = _part("read"), _part("picture")
    if args.picture:
        picture.check_picture(args.picture)
    root = find_checkout()
    rulebook = load_folder_rulebook(root)
    surveys = {path: read.survey(read.list_files(path), args.limit) for path in dict.fromkeys(args.paths)}
    if show_problems(surveys):
        return 1
    settings = _part("evaluate").Settings(rulebook.policy.judge.recommend, args.resamples, seed=args.seed)
    asked = list(dict.fromkeys(args.judge or [BESIDE[0]]))
    found: dict[Path, dict[str, Evaluation]] = {path: {} for path in surveys}
    with open_cache(root) as cache:
        for spec in [*asked, *([] if args.alone else [name for name in BESIDE if name not in asked])]:
            for path, evaluation in measure(spec, surveys, rulebook, settings, None if args.fresh else cache):
                found[path][spec] = evaluation
    report = _part("report").make_report
    reports = [report((str(path), read.list_files(path)), found[path], asked, BESIDE, settings) for path in surveys]
    if args.picture:
        write_atomically(args.picture.resolve(), picture.draw_picture(reports, args.picture.suffix))
    if args.format == "json":
        write_machine(render_json(reports, settings, args.limit, rulebook))
    else:
        show(reports)
    return 0


def measure(
    spec: str, surveys: dict[Path, Survey], rulebook: Rulebook, settings: Settings, cache: JudgementCache | None
) -> Iterator[tuple[Path, Evaluation]]:
    """One judge on every file. It is opened here, so that its weights count as its memory."""
    cost, answers, read = _part("cost"), _part("answers"), _part("read")
    before = cost.watch_memory()
    judge = open_judge(spec, rulebook)
    known = None if spec in BESIDE else cache  # these cost less than a look in the cache
    for path, survey in surveys.items():
        texts = _part("texts").find_texts(find_checkout(path.resolve().parent) or find_checkout(), survey.elsewhere)
        comparisons = read.read_comparisons(read.list_files(path), texts, survey.limit)
        words = f"{visible(spec, 30)} on {visible(path.name, 30)}"
        shown = progress(comparisons, words, survey.lines)
        said = answers.ask(judge, shown, rulebook.rubric, known, open_acceptance(judge.id, rulebook))
        if not said.conversations:
            raise UsageError(
                f"{path} has nothing to judge", "its ratings name conversations that are in no corpus here"
            )
        peak = cost.peak_memory()
        with err.status(f"{words}: intervals") if err.is_terminal else nullcontext():
            yield path, _part("evaluate").measure_answers(said, settings, max(peak - before, 0) if peak else None)


def open_acceptance(judge: str, rulebook: Rulebook) -> Acceptance | None:
    """P(accept) by the calibration of this checkout, where it is that of the judge with this id."""
    from selfsown.calibration.acceptance import acceptance
    from selfsown.calibration.record import CALIBRATION, read_calibration

    path = (find_checkout() or Path()) / CALIBRATION
    found = read_calibration(path.read_bytes(), rulebook.schemas["calibration"]) if path.is_file() else None
    if found is None or found.judge != judge:
        return None
    features = FeaturesJudge()

    def accept(conversation: Conversation, judgement: Judgement) -> float | None:
        beside = features.judge([conversation], rulebook.rubric)[0] if found.features else None
        return acceptance(found, judgement, beside if isinstance(beside, Judgement) else None)

    return accept


def show_problems(surveys: dict[Path, Survey]) -> bool:
    """Say what cannot be read; whether there is anything."""
    for survey in surveys.values():
        for problem in survey.problems:
            place = f"{visible(str(problem.path), 200)}:{problem.line}"
            say(f"{place}: {visible(problem.message, 300)}", style="red")
            say(f"  tip: {visible(problem.tip, 300)}")
        if survey.bad_lines > len(survey.problems):
            say(f"and {survey.bad_lines - len(survey.problems):,} more lines like these", style="red")
    bad = sum(survey.bad_lines for survey in surveys.values())
    if bad:
        say(f"nothing was measured: {bad:,} lines are none of the forms", style="bold red")
    return bool(bad)


def render_json(reports: list[Report], settings: Settings, limit: int | None, rulebook: Rulebook) -> str:
    """One object, in the form that docs/evaluation.md describes."""
    value = {
        "format": _part("report").FORMAT,
        "resamples": settings.resamples,
        "confidence": settings.confidence,
        "seed": settings.seed,
        "limit": limit,
        "recommend": settings.recommend,
        "rubric": rulebook.rubric.digest,
        "files": [report.to_json() for report in reports],
    }
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def show(reports: list[Report]) -> None:
    """The tables, and why something was not judged."""
    wide = out if out.is_terminal else Console(width=_WIDE)
    for report in reports:
        for title, table in _part("table").render_tables(report):
            wide.print(Text(title, style="bold"), table, "", sep="\n", soft_wrap=False)
        for name, found in report.evaluations.items():
            for why, count in found.reasons.items():
                say(f"{visible(name, 40)} could not judge {count:,}: {visible(why, _MOST_REASON)}", style="yellow")
    say("below each value its 95 % interval; lines with the same first request are resampled together")


def _part(name: str) -> ModuleType:
    """A module of `selfsown.evaluation`. Raises MissingExtra where its libraries are not installed."""
    return need(f"selfsown.evaluation.{name}", "evaluate")


def _seed(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise argparse.ArgumentTypeError("a whole number from 0 on")
    return int(text)
