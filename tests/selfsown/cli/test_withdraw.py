"""`selfsown withdraw` in a small corpus: what goes with what, what stays byte for byte, the errors, the pull request."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from github import Auth
from github_double import World as Double
from github_double import connect

from selfsown.cli.main import main
from selfsown.conversation import Conversation, Turn
from selfsown.corpus import line_id, read_base_corpus
from selfsown.erasure.decide import decide_erasures
from selfsown.erasure.deliver import open_pulls
from selfsown.erasure.find import Found, Wanted, find_records
from selfsown.github import GitHub
from selfsown.host import Refused, Unsure
from selfsown.outbox.entry import State
from selfsown.outbox.store import open_outbox
from selfsown.pull.pace import Pace
from selfsown.rating import Rating
from selfsown.removal import lines_of
from selfsown.repo import Repository
from selfsown.review import Reason, decide_review
from selfsown.rework import Rework
from selfsown.rulebook import load_folder_rulebook
from selfsown.shard import pack_shards, write_shard
from selfsown.trust import Trust
from selfsown.validate import Validation, validate_submission

TODAY = "2026-11-21"
STORY = (
    "Please tell me how the old lighthouse at the end of our island came to be painted green.",
    "When the keeper ran out of white he took what the boat builders had left, and nobody minded, so it stayed.",
)
OTHERS = [
    ("Which rivers run through the north of the country?", "The two long ones, and a third that is dry in summer."),
    ("How do I keep bread fresh for some days?", "Wrap it in linen and put it into a clay pot with a lid."),
    ("Why does my bicycle squeak uphill?", "A dry chain squeaks under load, so clean it and oil it."),
    ("Can cats see in complete darkness?", "No, they need a little light, much less than people do."),
    ("Who repairs a broken umbrella?", "Some shoemakers do, if the ribs are whole; ask before you go."),
    ("When are walnuts ripe here?", "They fall by themselves in early autumn, when the green hull opens."),
    ("What should I pack for a week of sailing?", "Soft bags, warm layers, a torch, and shoes with pale soles."),
]


def chat(*texts: str, **facts: object) -> Conversation:
    turns = tuple(Turn(("user", "assistant")[place % 2], text) for place, text in enumerate(texts))
    return replace(Conversation(turns, "starter", "CC0-1.0", "2026-11-01"), **facts)  # type: ignore[arg-type]


def rating(of: Conversation, by: str = "github:9", *, carried: bool = False) -> Rating:
    turns = of.turns if carried else ()
    return Rating(of.id, 8.0, {}, "Fine.", by, "reader", "pull/7", "starter", "2026-11-02", turns)


@dataclass
class World:
    root: Path
    story: Conversation
    mended: Conversation
    copy: Conversation
    others: list[Conversation]

    def check(self, branch: str) -> Validation:
        with Repository(self.root) as repository:
            submission = repository.submission("main", branch, 262_144)
            rulebook = repository.rulebook("main")
            return validate_submission(submission, rulebook, read_base_corpus(repository, "main"), TODAY)


@pytest.fixture
def world(checkout: Path, commit_all: Callable[[Path], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    root = tmp_path / "repository"
    for folder in ("schema", "corpus/sources"):
        shutil.copytree(checkout / folder, root / folder)
    story = chat(*STORY, contributor="ada")
    mended = chat(STORY[0], STORY[1].replace("nobody minded", "everybody liked it"), supersedes=story.id)
    copy = chat(STORY[0].replace("Please tell", "Tell"), STORY[1], contributor="bob")
    others = [chat(*texts, contributor="ada" if place == 0 else "eve") for place, texts in enumerate(OTHERS)]
    rework = Rework(
        story.id,
        1,
        STORY[0],
        "Too short.",
        STORY[1],
        "Because green was left.",
        "human",
        "starter",
        "CC0-1.0",
        "2026-11-02",
        {},
    )
    ratings = [
        rating(story),
        rating(others[1]),
        rating(others[2], "ada"),
        rating(chat(STORY[0], STORY[1] + " Ha."), carried=True),
    ]
    limits = load_folder_rulebook(root).policy.limits
    for kind, records in (("original", [story, mended, copy, *others]), ("rework", [rework]), ("ratings", ratings)):
        for shard in pack_shards(kind, records, limits):
            write_shard(root, shard)
    commit_all(root)
    monkeypatch.chdir(root)
    monkeypatch.setattr("selfsown.cli.withdraw_.today", lambda: TODAY)
    monkeypatch.setattr("selfsown.cli.withdraw_.forget_prepared", lambda: None)
    monkeypatch.delenv("SELFSOWN_OUTBOX", raising=False)
    return World(root, story, mended, copy, others)


def withdraw(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["withdraw", "--format", "json", *arguments]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def kinds(said: dict[str, object]) -> list[str]:
    return sorted(name[0] for name in said["records"])  # type: ignore[attr-defined]


def test_a_conversation_goes_with_its_line_its_copies_its_reworks_and_its_ratings(world, capsys):
    said = withdraw(capsys, world.story.id)
    assert kinds(said) == ["c", "c", "c", "r", "r", "w"]
    assert set(said["copies"]) > {world.copy.id}
    assert len(said["conversations"]) == 4  # one stands in a rating alone
    [branch] = said["branches"]
    found = world.check(branch["branch"])
    assert (found.findings, found.entries) == ((), ())
    assert {removed.kind: removed.moved for removed in found.removed} == {"original": 7, "rework": 0, "ratings": 2}


def test_what_stays_stays_byte_for_byte(world, capsys):
    [branch] = withdraw(capsys, world.story.id)["branches"]
    with Repository(world.root) as repository:
        before = {line for shard in repository.read_corpus("main", "corpus") for line in lines_of(shard.content)}
        after = {
            line for shard in repository.read_corpus(branch["branch"], "corpus") for line in lines_of(shard.content)
        }
    assert after < before
    assert all(b"lighthouse" not in line for line in after)
    assert len(before - after) == 6


def test_exact_takes_no_copy_and_keeps_no_sketch(world, capsys):
    said = withdraw(capsys, world.story.id, "--exact")
    assert kinds(said) == ["c", "c", "r", "w"]  # a correction is of the same line, a copy is not
    with Repository(world.root) as repository:
        stones = dict(repository.read_files(said["branches"][0]["branch"], "corpus/withdrawn"))
    assert not any(b"sketch" in content for content in stones.values())


def test_a_contributor_goes_with_the_ratings_they_gave(world, capsys):
    said = withdraw(capsys, "--contributor", "ada")
    assert world.others[0].id in said["records"]
    assert kinds(said).count("r") == 3
    assert withdraw(capsys, "--contributor", "nobody", "--plan")["records"] == {}


def test_a_plan_changes_nothing(world, capsys):
    assert main(["withdraw", world.story.id, "--plan"]) == 0
    told = capsys.readouterr()
    with Repository(world.root) as repository:
        assert repository.branches("withdraw/") == []
    assert "nothing was changed" in told.err
    assert "lighthouse" not in told.err + told.out


def test_what_a_contributor_has_in_the_outbox_goes_with_a_plan_that_only_says_so(world, kept, capsys):
    waiting = chat("Where do swallows sleep in winter?", "South of the desert, in reeds.", contributor="ada")
    key, other = kept(world.root, waiting), kept(world.root, chat("What is a fjord?", "A valley that the sea fills."))
    assert main(["withdraw", "--contributor", "ada", "--plan"]) == 0
    assert "1 entry would be withdrawn" in capsys.readouterr().err
    with open_outbox(world.root) as outbox:
        assert outbox.read(key).state is State.SCREENED
    assert withdraw(capsys, "--contributor", "ada")["outbox"] == 1
    with open_outbox(world.root) as outbox:
        assert (outbox.read(key).state, outbox.read(other).state) == (State.WITHDRAWN, State.SCREENED)


def test_a_contributor_whom_nothing_names_is_said_to_be_unknown(world, capsys):
    assert main(["withdraw", "--contributor", "Ada"]) == 0
    assert "no record at main names 'Ada'" in " ".join(capsys.readouterr().err.split())


def test_an_id_that_is_nowhere(world, capsys):
    assert main(["withdraw", "c-" + "0" * 32]) == 2
    assert main(["withdraw", "everything"]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "nothing in the outbox of this machine goes by it" in told
    assert "there is no record" in told
    assert "'everything' is no id of a record" in told


def test_the_text_of_an_old_tombstone_is_taken_out_without_naming_it(world, capsys, commit_all):
    stone = world.root / f"corpus/withdrawn/2026-11/{world.others[3].id}.json"
    stone.parent.mkdir(parents=True)
    stone.write_text(f'{{"date":"2026-11-03","id":"{world.others[3].id}","reason":"request"}}\n')
    commit_all(world.root)
    said = withdraw(capsys)
    assert list(said["records"]) == [world.others[3].id]
    assert world.check(said["branches"][0]["branch"]).findings == ()


def test_what_has_a_tombstone_already_does_not_stay_beside_what_goes(rulebook):
    first, second, third = sorted((chat(*texts) for texts in OTHERS[:3]), key=lambda one: one.id)
    (shard,) = pack_shards("original", [first, second, third], rulebook.policy.limits)
    found = Found({first.id: shard.path})
    (erasure,) = decide_erasures(found, frozenset({second.id}), lambda _: shard.content, "request", TODAY)
    assert [stone.id for stone in erasure.tombstones] == [first.id]
    assert [line_id(line) for new in erasure.kept for line in lines_of(new.content)] == [third.id]
    assert (erasure.records, erasure.moved) == (2, 1)


def test_the_review_says_what_goes_and_never_the_text(world, capsys):
    [branch] = withdraw(capsys, world.story.id)["branches"]
    found = world.check(branch["branch"])
    with Repository(world.root) as repository:
        submission = repository.submission("main", branch["branch"], 262_144)
        review = decide_review(submission, found, [], repository.rulebook("main").policy, Trust(0))
    assert Reason.WITHDRAWAL in review.reasons
    assert review.rows == ()
    removals = [dict(other.texts) for other in review.others if other.kind == "removal"]
    assert {
        "goes": "3 of 10 records",
        "stays": "7, byte for byte in another shard",
        "of": "ada, bob",
    }.items() <= removals[0].items()
    assert "lighthouse" not in json.dumps(review.to_json())


class Hub:
    """As much of a Host as a withdrawal needs; a call that `faults` names fails once, after it was done."""

    def __init__(self, *faults: str) -> None:
        self.branches: dict[str, dict[str, bytes | None]] = {}
        self.pulls: list[str] = []
        self.faults = list(faults)

    def _trip(self, call: str) -> None:
        if call in self.faults:
            self.faults.remove(call)
            raise Unsure("no answer")

    def pulls_from(self, branch: str) -> list[object]:
        self._trip("pulls_from")
        return [replace_number(number) for number, name in enumerate(self.pulls, 1) if name == branch]

    def branch_sha(self, branch: str) -> str | None:
        return "c" * 40 if branch in self.branches else None

    def commit_files(self, branch: str, parent: str, files: dict[str, bytes | None], message: str) -> str:
        assert (len(parent), message) == (40, "Withdraw 6 records")
        if branch in self.branches:
            raise Refused("it exists", code=422)
        self.branches[branch] = dict(files)
        self._trip("commit_files")
        return "c" * 40

    def open_pull(self, branch: str, title: str, body: str) -> int:
        if branch in self.pulls:
            raise Refused("it exists", code=422)
        assert "lighthouse" not in title + body
        self.pulls.append(branch)
        self._trip("open_pull")
        return len(self.pulls)


@dataclass(frozen=True)
class replace_number:  # noqa: N801 - a stand-in for a pull request
    number: int


@pytest.mark.parametrize("fault", ["", "pulls_from", "commit_files", "open_pull"])
def test_one_pull_request_whatever_answer_is_lost(world, fault):
    with Repository(world.root) as repository:
        corpus = read_base_corpus(repository, "main")
        found = find_records(repository, repository.resolve("main"), corpus, Wanted(frozenset({world.story.id})))
    erasures = decide_erasures(found, corpus.withdrawn, corpus.read_shard, "request", TODAY)
    hub = Hub(*filter(None, [fault]))
    for _ in range(2):
        [(made, number)] = open_pulls(hub, "b" * 40, erasures, "request", Pace(sleep=lambda _: None))
        assert number == 1
    assert hub.pulls == [made.branch]
    assert {path for path, content in hub.branches[made.branch].items() if content is None} == set(made.removed)


def test_the_pull_request_on_the_host_is_made_once_and_takes_the_text_out_of_main(world, capsys, tmp_path, monkeypatch):
    host = Double(tmp_path / "double")
    host.add_account("owner")
    home = host.add_repository("owner", "corpus", world.root)
    token = host.token("owner")
    monkeypatch.setattr(
        "selfsown.cli.withdraw_.open_host_of", lambda _: GitHub("owner/corpus", Auth.Token(token), write_pause=0)
    )
    with connect(host):
        said = [withdraw(capsys, world.story.id, "--publish") for _ in range(2)]
        numbers = {entry["branches"][0]["pull"] for entry in said}
        assert len(numbers) == 1
        assert len(host.ask(token, "GET", "/repos/owner/corpus/pulls?state=all")[1]) == 1
        [number] = numbers
        shown = host.ask(token, "GET", f"/repos/owner/corpus/pulls/{number}")[1]
        assert "lighthouse" not in shown["title"] + shown["body"]
        assert world.story.id in shown["body"]
        assert host.ask(token, "PUT", f"/repos/owner/corpus/pulls/{number}/merge", {})[0] == 200
    git = host.git(home)
    contents = [git.blob(sha) for _, kind, sha, _, _ in git.tree("refs/heads/main", deep=True) if kind == "blob"]
    assert not any(b"lighthouse" in content for content in contents)
    # The clone is behind now, and says so before anything is computed from an old corpus.
    with connect(host):
        assert main(["withdraw", world.story.id, "--publish"]) == 3
    assert "`git pull` first" in capsys.readouterr().err
