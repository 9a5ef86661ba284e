"""A checkout so small that a whole round takes about a second, and what lies in it at any moment."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.errors import SelfsownError
from selfsown.round import POINTER, ROUNDS, Round, read_promoted, read_rounds
from selfsown.rulebook import load_folder_rulebook
from selfsown.schemas import Schema

ROOT = Path(__file__).resolve().parents[2]
_SMALL: dict[str, Any] = {
    "base": {"vocabulary": 300, "hidden_size": 16, "layers": 1, "heads": 2, "context": 256},
    "instruction": {"epochs": 2, "batch_size": 4},
    "lora": {"rank": 2, "alpha": 4, "dropout": 0.1},
    "sft": {"epochs": 2, "batch_size": 2},
    "preference": {"epochs": 1, "batch_size": 4},
    "gate": {"margin": -9.0, "resamples": 100, "agreement_loss": 9.0, "answers": 2, "answer_tokens": 4},
}
_SMALL_JUDGE: dict[str, Any] = {
    "lora": {"rank": 2, "alpha": 4},
    "examples": {"ratings": 6, "pairs": 4, "corrected": 1, "attacks": 2, "benign": 1},
    "measure": {"pairs": 1},
}
# Locks, and what a killed writer of a round file leaves: a later write removes it once nobody can be writing it.
_PASSING = re.compile(r".*\.lock|\.(?:[0-9]{4}|promoted)\.json\..*")
# The judge's cache: what was read from it shows in the round file. The log of a training: it says how long that took.
_OWN_ORDER = (".sqlite", "log.csv", "log.json")
# The state machine: what may follow what after a kill. A round never goes back.
ORDER = ("", "planned", "trained", "gated", "promoted")


@dataclass(frozen=True, slots=True)
class Trial:
    """One checkout with a cache of its own."""

    folder: Path

    @property
    def checkout(self) -> Path:
        """The repository."""
        return self.folder / "checkout"

    @property
    def cache(self) -> Path:
        """Where bases are kept."""
        return self.folder / "cache"

    def rounds(self, schema: Schema) -> list[Round]:
        """Every round file, held against the schema."""
        return read_rounds(self.checkout, schema)

    def moment(self, schema: Schema) -> str:
        """How far the round is, by its file."""
        rounds = self.rounds(schema)
        return str(rounds[-1].state) if rounds else ""

    def files(self) -> dict[str, str]:
        """SHA-256 of every working file by its path: caches, adapters, checkpoints, what was left behind."""
        found = [*(self.checkout / ".selfsown").rglob("*"), *self.cache.rglob("*")]
        plain = [path for path in sorted(found) if path.is_file() and not _PASSING.fullmatch(path.name)]
        return {path.relative_to(self.folder).as_posix(): _digest(path) for path in plain}

    def results(self) -> dict[str, bytes]:
        """The bytes of what is for git: round files and pointer."""
        paths = [*sorted((self.checkout / ROUNDS).glob("*.json")), self.checkout / POINTER]
        return {path.relative_to(self.checkout).as_posix(): path.read_bytes() for path in paths}


def make_pristine(folder: Path, *, judge: bool) -> Trial:
    """A repository with the project's rules, one shard, some ratings and recipes that take a second."""
    trial = Trial(folder)
    root = trial.checkout
    for name in ("schema", "corpus/sources"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / ".gitignore", root / ".gitignore")
    for kind, prefix in (("original", "starter"), ("ratings", "starter"), ("ratings", "answers")):
        shard = min((ROOT / "corpus" / kind).rglob(f"{prefix}-*.jsonl"))
        target = root / shard.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shard, target)
    (root / "training" / "recipes").mkdir(parents=True)
    shutil.copy(ROOT / POINTER, root / POINTER)
    wide = {**_SMALL, "base": {**_SMALL["base"], "context": 2048}}  # what a judge is shown is long
    _write_recipe(root, "tiny", "micro", wide if judge else _SMALL)
    if judge:
        _write_recipe(root, "judge-tiny", "judge-micro", _SMALL_JUDGE)
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@selfsown.example", "-C", str(root)]
    for arguments in (["init", "-qb", "main"], ["add", "--all"], ["commit", "-qm", "Start"]):
        subprocess.run([*git, *arguments], check=True)
    return trial


def _write_recipe(root: Path, origin: str, name: str, changes: dict[str, Any]) -> None:
    recipe = tomllib.loads((ROOT / "training" / "recipes" / f"{origin}.toml").read_text(encoding="utf-8"))
    recipe["threads"] = 1
    for table, values in changes.items():
        recipe[table].update(values)
    lines = [f"{key} = {json.dumps(value)}" for key, value in recipe.items() if not isinstance(value, dict)]
    for table, values in recipe.items():
        if isinstance(values, dict):
            lines += [f"[{table}]", *(f"{key} = {json.dumps(value)}" for key, value in values.items())]
    (root / "training" / "recipes" / f"{name}.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def find_faults(trial: Trial, reference: Trial, known: dict[str, str], before: str) -> list[str]:
    """What must never be so after a kill, and is; `known` are the files of the undisturbed run, `before` the last moment."""
    schema = load_folder_rulebook(ROOT).schemas["round"]
    faults = []
    try:
        rounds = trial.rounds(schema)
        live = read_promoted(trial.checkout, schema)
    except SelfsownError as error:
        return [f"a round file or the pointer does not read: {error}"]
    moment = str(rounds[-1].state) if rounds else ""
    if len(rounds) > 1:
        faults.append(f"{len(rounds)} rounds instead of one")
    if ORDER.index(moment) < ORDER.index(before):
        faults.append(f"the round went back from {before or 'nothing'} to {moment or 'nothing'}")
    if live is not None and moment != "promoted":
        faults.append(f"the pointer names a round that is {moment}")
    faults += _find_strays(trial)
    named = rounds[-1].adapter if rounds else None
    faults += _find_halves(trial, known, f"/adapters/{named['digest']}/" if named else None)
    wanted = reference.rounds(schema)[-1].adapter
    if named is not None and named != wanted:
        faults.append("the round names another adapter than the undisturbed one")
    return faults


def _find_strays(trial: Trial) -> list[str]:
    """What `git status` shows beside the round file and the pointer."""
    command = ["git", "status", "--porcelain", "--untracked-files=all"]
    shown = subprocess.run(command, cwd=trial.checkout, check=True, capture_output=True, text=True).stdout
    paths = [line[3:] for line in shown.splitlines()]
    expected = {f"{ROUNDS}/0001.json", str(POINTER)}
    return [f"git status shows {path}" for path in paths if path not in expected]


def _find_halves(trial: Trial, known: dict[str, str], adapter: str | None) -> list[str]:
    """Models that lie where whole ones lie and are none, or are missing although the round file names them as `adapter`."""
    faults = []
    models = {name: digest for name, digest in known.items() if name.endswith((".safetensors", "adapter_config.json"))}
    found = trial.files()
    for name, digest in models.items():
        if name in found and found[name] != digest:
            faults.append(f"{name} is not what it is in the undisturbed run")
        if name not in found and adapter is not None and adapter in name:
            faults.append(f"the round names {name}, and it is not there")
    return faults


def compare_ends(trial: Trial, reference: Trial, known: dict[str, str]) -> list[str]:
    """In what the end of a disturbed run is not that of the undisturbed one, bit for bit."""
    faults = [
        f"{name} ends otherwise"
        for name, content in reference.results().items()
        if trial.results().get(name) != content
    ]
    found = trial.files()
    faults += [f"{name} is left behind" for name in found.keys() - known.keys()]
    faults += [f"{name} is missing at the end" for name in known.keys() - found.keys()]
    same = {name for name in found.keys() & known.keys() if not name.endswith(_OWN_ORDER)}
    return faults + [f"{name} ends with other bytes" for name in sorted(same) if found[name] != known[name]]


def run_verbs(trial: Trial, *, judge: bool) -> int:
    """The whole round, as a person would type it; in this process."""
    from selfsown.cli import train_
    from selfsown.cli.main import main

    os.chdir(trial.checkout)
    os.environ["SELFSOWN_CACHE"] = str(trial.cache)
    train_.today = lambda: "2026-01-01"
    verbs = [["train", "micro"], *([["train", "judge", "judge-micro"]] if judge else []), ["gate"], ["promote"]]
    for verb in verbs:
        code = main(verb)
        sys.stdout.flush()
        if code:
            return code
    return 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
