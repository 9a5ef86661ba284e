"""`selfsown judge calibrate`: from what people rated to the probability that they accept, and to bands that may decide."""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from selfsown.calibration.bands import Support, least_ratings
from selfsown.calibration.record import CALIBRATION, Calibration, read_calibration
from selfsown.calibration.sample import Sample, count_audits, make_samples
from selfsown.canonical import canonical_bytes
from selfsown.cli.console import out, progress, say
from selfsown.cli.hosting import read_audit_key
from selfsown.cli.judges import SPEC_HELP, open_cache, open_judge
from selfsown.cli.place import open_repository, today
from selfsown.errors import SelfsownError, UsageError
from selfsown.extras import need
from selfsown.judge import Judge, judge_all
from selfsown.judge.features import FeaturesJudge
from selfsown.judgement import Judgement, Unjudged
from selfsown.policy import JudgePolicy
from selfsown.rated import RatedConversation, read_opinions, read_rated
from selfsown.render.inert import visible
from selfsown.rulebook import Rulebook
from selfsown.sentences import count
from selfsown.shard import write_atomically

if TYPE_CHECKING:
    from selfsown.repo import Repository

HELP = "Fit what people rated: from a judge's answers to the probability that people accept, and to bands."

_KINDS = (".svg", ".png", ".pdf")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--judge", default="features", metavar="SPEC", help=SPEC_HELP)
    parser.add_argument("--base", default="HEAD", metavar="REF", help="the ratings of this commit (default: HEAD)")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help=f"write there (default: {CALIBRATION})")
    parser.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the reliability diagram: FILE.svg, .png or .pdf"
    )


def run(args: argparse.Namespace) -> int:
    """Fit, write, and say what follows; 0."""
    if args.picture and args.picture.suffix not in _KINDS:
        raise UsageError(f"{args.picture} is no picture", f"end its name in {', '.join(_KINDS)}")
    fit = need("selfsown.calibration.fit", "evaluate")
    with open_repository() as repository:
        base = repository.resolve(args.base)
        rulebook = repository.rulebook(base)
        rated = read_rated(repository, base)
        policy = rulebook.policy.judge
        samples = ask(rated, open_judge(args.judge, rulebook), rulebook, repository.root)
        audits = count_audits(samples, _read_previous(repository, base, rulebook), policy, read_audit_key())
        found: Calibration = fit.fit_calibration(samples, policy, fit.Origin(base, _digest(rated), today()), audits)
        _write(args.output or repository.root / CALIBRATION, render_calibration(found))
    if args.picture:
        _write(
            args.picture, need("selfsown.calibration.picture", "evaluate").draw_reliability(found, args.picture.suffix)
        )
    show(found, policy)
    return 0


def ask(rated: Sequence[RatedConversation], judge: Judge, rulebook: Rulebook, root: Path) -> list[Sample]:
    """What the judge, and the features beside it, say of every rated conversation."""
    opinions = read_opinions(rated)
    conversations = [said.conversation for said in opinions]
    answers: list[dict[str, Judgement | Unjudged]] = []
    with open_cache(root) as cache:
        for each in (judge, FeaturesJudge()):
            said = judge_all(conversations, rulebook.rubric, each, cache)
            told = progress(said, f"judging ({visible(each.id, 60)})", len(conversations))
            answers.append({answer.conversation: answer for answer in told})
    samples = make_samples(opinions, answers[0], answers[1], rulebook.policy.judge.accepted)
    if len(samples) < len(opinions):
        say(
            f"{count(len(opinions) - len(samples), 'rated conversation')} could not be judged and is left out", "yellow"
        )
    return samples


def render_calibration(found: Calibration) -> bytes:
    """The file: JSON for people and machines."""
    return (json.dumps(found.to_json(), indent=2, ensure_ascii=False) + "\n").encode()


def show(found: Calibration, policy: JudgePolicy) -> None:
    """A table with words."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in describe(found, policy):
        table.add_row(Text(name, style="bold"), Text(value))
    out.print(table)


def describe(found: Calibration, policy: JudgePolicy) -> Iterator[tuple[str, str]]:
    """(what, in words) of a calibration."""
    yield "judge", visible(found.judge, 80)
    accepted = f"people accept {count(found.positives, 'conversation')} of {found.n} (a mean rating from {found.accepted:g} on)"
    yield "ratings", f"{accepted}; {found.independent} of them rated by others than their authors"
    yield from _describe_fit(found)
    yield "accepts", _describe_band(found.accept, "from", "declined", policy.accept_risk, found, policy)
    yield "declines", _describe_band(found.decline, "up to", "accepted", policy.decline_risk, found, policy)
    if found.audits:
        yield (
            "audits",
            f"{count(found.audits.n, 'blind rating')} since the calibration before, {found.audits.contrary} against the band",
        )


def _describe_fit(found: Calibration) -> Iterator[tuple[str, str]]:
    measured = found.measured
    if measured is None:
        yield "method", f"{found.curve.method}: the ratings are too few or too one-sided for more"
        return
    losses = sorted(measured.losses.items(), key=lambda pair: pair[1])
    told = ", ".join(f"{name} {loss:.3f}" for name, loss in losses)
    yield "method", f"{found.curve.method} ({told} nats on ratings that were left out)"
    between = f"{measured.ece_low:.3f} to {measured.ece_high:.3f}"
    yield (
        "error",
        f"ECE {measured.ece:.3f} ({between}), {len(measured.bins)} bins of equal mass; Brier score {measured.brier:.3f}",
    )
    yield "", f"with as few ratings, a perfect acceptance would show an ECE of {measured.ece_expected:.3f}"


def _describe_band(
    band: Support | None, which: str, contrary: str, risk: float, found: Calibration, policy: JudgePolicy
) -> str:
    if band is None:
        needed = least_ratings(0, risk, policy.confidence)
        return f"nothing yet: {count(found.independent, 'independent rating')}, and a band takes {needed} without a contrary one"
    return (
        f"{which} {band.threshold:.3f}: people {contrary} {band.errors} of {band.n}, "
        f"at most {band.bound:.1%} at a confidence of {policy.confidence:.0%}"
    )


def _read_previous(repository: Repository, base: str, rulebook: Rulebook) -> Calibration | None:
    content = repository.read_file(base, CALIBRATION)
    return None if content is None else read_calibration(content, rulebook.schemas["calibration"])


def _digest(rated: Sequence[RatedConversation]) -> str:
    ids = sorted(entry.rating.id for entry in rated)
    return hashlib.sha256(canonical_bytes(ids)).hexdigest()[:12]


def _write(path: Path, content: bytes) -> None:
    try:
        path.resolve().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path.resolve(), content)
    except OSError as error:
        raise SelfsownError(f"cannot write {path}: {error.strerror}", "name a file that can be written") from error
    say(f"wrote {path}")
