"""What screening catches of planted secrets and personal data, what it stops by mistake, and how fast it is.

    python tests/benchmarks/bench_screening.py [--seed N] [--chats FOLDER] [--write docs/benchmarks.md]

The plants are made here from a seed (tests/doubles/planted.py); one is caught where the part that gives it away is gone
from the masked text, or the conversation is refused. Where detect-secrets, presidio-analyzer or scrubadub are installed
(they are none of ours: use a throw-away environment), they get the same plants in the same run. A library catches a
plant where one of its finds overlaps it. Real chats are read in place and never written anywhere.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests/doubles"), str(ROOT / "tests/benchmarks")]

import planted  # noqa: E402
from section import write_section  # noqa: E402

from selfsown.conversation import Turn, read_turns  # noqa: E402
from selfsown.policy import ScreeningPolicy, load_policy  # noqa: E402
from selfsown.screening.screen import decide_refusal, find_sightings  # noqa: E402
from selfsown.screening.sighting import Action, mask  # noqa: E402

Catch = Callable[[str, str], bool]
Plants = Mapping[str, list[tuple[str, str]]]

# Nothing of these is a secret or personal: hashes, ids, examples of documentations, numbers of everyday talk.
EVERYDAY = (
    "The commit is {hex40}.",
    "Its SHA-256 is {hex64}.",
    "The id is {hex8}-4b1d-11ee-be56-0242ac120002.",
    "The documentation uses AKIAIOSFODNN7EXAMPLE for it.",
    "My password is hunter2, as everybody's.",
    "Put your key there: api_key = <YOUR_API_KEY>, or os.environ['API_KEY'].",
    "In {year}-{two}-12 there were {million:,}.",
    "pi is 3.{digits}, about.",
    "{three} times {year} is {million}.",
    "The ISBN is 978-3-16-{six}-0, version {two}.2.{two}.",
    "It runs from 10:{two} to 11:30, in room {three}, on 192.168.0.{two}.",
    "The password is wrong, and the secret of good bread is time.",
)


def write_everyday(chance: random.Random, form: str) -> str:
    """One of the sentences, with numbers of its own."""
    hexes = {f"hex{length}": planted.draw(chance, "0123456789abcdef", length) for length in (8, 40, 64)}
    small = {"year": chance.randint(1800, 2020), "two": chance.randint(10, 12), "three": chance.randint(100, 999)}
    large = {"six": chance.randint(100_000, 999_999), "million": chance.randint(10**5, 10**8)}
    return form.format(**hexes, **small, **large, digits=planted.draw(chance, "0123456789", 20))


def catches(policy: ScreeningPolicy) -> Catch:
    """Whether our screening leaves nothing of the piece."""

    def caught(text: str, piece: str) -> bool:
        turns = (Turn("user", text), Turn("assistant", "I see."))
        sightings = find_sightings(turns, policy)
        return bool(decide_refusal(sightings, policy)) or piece not in mask(turns, sightings)[0].content

    return caught


def detect_secrets() -> Catch:
    """detect-secrets with its default plugins, over a file that holds the text."""
    from detect_secrets import SecretsCollection
    from detect_secrets.settings import default_settings

    def caught(text: str, piece: str) -> bool:
        with tempfile.TemporaryDirectory() as folder, default_settings():
            path = Path(folder) / "text.txt"
            path.write_text(text, encoding="utf-8")
            secrets = SecretsCollection()
            secrets.scan_file(str(path))
            found = [secret.secret_value or "" for _, secret in secrets]
        return any(
            value and (value in text) and (piece in value or value in piece or "PRIVATE" in value) for value in found
        )

    return caught


def presidio() -> Catch:
    """Presidio's recognisers that need no language model, in all regions that ours has."""
    from presidio_analyzer import predefined_recognizers as known

    names = (
        *(
            "CreditCardRecognizer",
            "EmailRecognizer",
            "IbanRecognizer",
            "IpRecognizer",
            "UsSsnRecognizer",
            "UsItinRecognizer",
        ),
        *("NhsRecognizer", "UkNinoRecognizer", "EsNifRecognizer", "EsNieRecognizer", "ItFiscalCodeRecognizer"),
        *("PlPeselRecognizer", "InAadhaarRecognizer", "FiPersonalIdentityCodeRecognizer", "CryptoRecognizer"),
    )
    recognizers = [getattr(known, name)() for name in names if hasattr(known, name)]
    recognizers.append(known.PhoneRecognizer(supported_regions=ScreeningPolicy().phone_regions))
    return _by_spans(lambda text: _presidio_spans(recognizers, text))


def _presidio_spans(recognizers: Iterable[object], text: str) -> Iterable[tuple[int, int]]:
    for recognizer in recognizers:
        entities = recognizer.supported_entities  # type: ignore[attr-defined]
        for found in recognizer.analyze(text, entities, None) or ():  # type: ignore[attr-defined]
            if found.score >= 0.3:
                yield found.start, found.end


def scrubadub() -> Catch:
    """scrubadub with its default detectors."""
    import scrubadub as library

    scrubber = library.Scrubber()
    return _by_spans(lambda text: ((filth.beg, filth.end) for filth in scrubber.iter_filth(text)))


def _by_spans(find: Callable[[str], Iterable[tuple[int, int]]]) -> Catch:
    def caught(text: str, piece: str) -> bool:
        start = text.find(piece)
        end = start + len(piece)
        return any(first < end and start < last for first, last in find(text))

    return caught


LIBRARIES: dict[str, Callable[[], Catch]] = {
    "detect_secrets": detect_secrets,
    "presidio_analyzer": presidio,
    "scrubadub": scrubadub,
}


def recall(plants: Plants, catchers: Mapping[str, Catch], title: str) -> list[str]:
    """A table of what was caught, kind by kind and in all."""
    counts = {name: Counter[str]() for name in catchers}
    for name, caught in catchers.items():
        for kind, ones in plants.items():
            counts[name][kind] = sum(caught(*one) for one in ones)
    total = sum(map(len, plants.values()))
    rows = [
        f"| {kind} | " + " | ".join(f"{counts[name][kind]}/{len(ones)}" for name in catchers) + " |"
        for kind, ones in plants.items()
    ]
    sums = " | ".join(f"**{counts[name].total() / total:.1%}**" for name in catchers)
    head = f"| {title} | " + " | ".join(catchers) + " |"
    return [head, "|---" * (len(catchers) + 1) + "|", *rows, f"| **all {total}** | {sums} |"]


def everyday(catchers: Mapping[str, Catch], seed: int) -> list[str]:
    """How many everyday sentences are taken for something they are not."""
    chance = random.Random(seed)
    said = [write_everyday(chance, form) for form in EVERYDAY for _ in range(25)]
    rows = [f"| {name} | {sum(caught(text, text) for text in said)}/{len(said)} |" for name, caught in catchers.items()]
    return ["| sentences with nothing in them | taken for something |", "|---|---|", *rows]


def alarms(folder: Path, policy: ScreeningPolicy) -> list[str]:
    """What would be refused, masked or warned of in real chats, file by file, and how fast."""
    rows = [
        "| real chats | conversations | refused | masked | warned of | kinds | conversations/s |",
        "|---|---|---|---|---|---|---|",
    ]
    for path in sorted(folder.glob("*.jsonl")):
        chats = [read_turns(orjson.loads(line)["messages"]) for line in path.read_bytes().splitlines()]
        start = time.process_time()
        found = [find_sightings(turns, policy) for turns in chats]
        seconds = time.process_time() - start
        hits = {action: sum(any(one.action is action for one in ones) for ones in found) for action in Action}
        kinds = Counter(kind for ones in found for kind in {one.kind for one in ones})
        shares = " | ".join(
            f"{hits[action]} ({hits[action] / len(chats):.2%})" for action in (Action.REFUSE, Action.MASK, Action.WARN)
        )
        named = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common()) or "-"
        rows.append(f"| `{path.name}` | {len(chats):,} | {shares} | {named} | {len(chats) / seconds:,.0f} |")
    return rows


def measure(seed: int, folder: Path, *, beside: bool) -> str:
    """Everything, as Markdown."""
    policy = load_policy((ROOT / "schema/policy.toml").read_text(encoding="utf-8")).screening
    catchers = {"ours": catches(policy)}
    if beside:
        catchers |= {name: make() for name, make in LIBRARIES.items() if find_spec(name)}
    head = (
        f"Plants of seed {seed}, {len(policy.phone_regions)} regions for phones, one core, "
        f"Python {platform.python_version()} on {platform.machine()}, {datetime.now(UTC).date()}."
    )
    parts = [
        [head],
        recall(planted.plant(seed), catchers, "planted"),
        recall(planted.plant_phones(seed), catchers, "phones of"),
        everyday(catchers, seed),
    ]
    if folder.is_dir():
        parts.append(alarms(folder, policy))
    return "\n\n".join("\n".join(part) for part in parts)


def main() -> None:
    """Measure and print; with --write also put it into the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--chats", type=Path, default=ROOT.parent / "shared/data/chats", metavar="FOLDER")
    parser.add_argument("--alone", action="store_true", help="without the libraries, even where they are installed")
    parser.add_argument("--write", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    table = measure(arguments.seed, arguments.chats, beside=not arguments.alone)
    print(table)
    if arguments.write:
        write_section(arguments.write, "bench_screening", "Screening", table)


if __name__ == "__main__":
    main()
