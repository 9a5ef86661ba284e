"""The templates of jobs: they parse, they call commands that exist, and what trains holds no token."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from selfsown.cli.main import PARTS, build_parser

ROOT = Path(__file__).resolve().parents[1]
JOBS = ROOT / "training/jobs"
SCRIPTS = sorted([*JOBS.glob("*.sh"), *JOBS.glob("machine/*.sh"), *JOBS.glob("machine/*.sbatch")])
NAMES = [path.relative_to(JOBS).as_posix() for path in SCRIPTS]
STARTED = ["hf-jobs", "skypilot", "slurm"]
FAKE = '#!/bin/sh\necho "$(basename "$0") $*" >> "$LOG"\ncat > "$LOG.stdin" < /dev/stdin\nenv | sort > "$LOG.env"\n'


@pytest.mark.parametrize("path", SCRIPTS, ids=NAMES)
def test_a_script_parses_and_stops_at_its_first_failure(path: Path) -> None:
    subprocess.run(["bash", "-n", str(path)], check=True)
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")


def called() -> list[str]:
    """Every command of the program that the script of the machine calls."""
    text = (JOBS / "machine" / "round.sh").read_text(encoding="utf-8")
    return re.findall(r"(?:^|[ (])(?:-m )?selfsown ((?:train|gate|round|ci)\b[^|)#\n]*)", text, re.MULTILINE)


def test_a_round_is_trained_judged_measured_kept_and_proposed() -> None:
    starts = [" ".join(command.split()[:2]) for command in called()]
    order = ["round pull", "train judge", "gate", "round push", "ci propose"]
    assert [start for start in starts if start in order] == order


@pytest.mark.parametrize("command", called())
def test_a_command_of_the_round_exists(command: str) -> None:
    words = shlex.split(re.sub(r'"?\$\{[A-Z_a-z]+\}"?', "1" * 40, command))
    if words[0] == "round" and words[1] not in PARTS["round"]:
        pytest.skip(f"`selfsown round {words[1]}` is not part of this version")
    build_parser().parse_args(words)


def test_what_skypilot_reads_is_a_task() -> None:
    task = yaml.safe_load((JOBS / "machine" / "skypilot.yaml").read_text(encoding="utf-8"))
    assert set(task) <= {"name", "resources", "num_nodes", "envs", "secrets", "setup", "run", "workdir", "file_mounts"}
    assert set(task["resources"]) <= {
        "accelerators",
        "use_spot",
        "infra",
        "cpus",
        "memory",
        "disk_size",
        "job_recovery",
    }
    assert set(task["secrets"].values()) == {None}, "no secret is written down"
    subprocess.run(["bash", "-n", "-c", task["run"]], check=True)


@pytest.mark.parametrize("job", STARTED)
def test_a_job_hands_over_commit_and_recipe_and_shows_no_token(job: str, tmp_path: Path) -> None:
    done, log = start(job, tmp_path, SELFSOWN_JOB_KEY="GITHUB_TOKEN=ghs_secret\nHF_TOKEN=hf_secret\nPATH=/nowhere\n")
    assert done.returncode == 0, done.stderr
    called = log.read_text(encoding="utf-8")
    assert {"hf-jobs": "hf jobs run", "skypilot": "sky jobs launch", "slurm": "sbatch"}[job] in called
    assert "secret" not in called.replace("--secret", ""), "arguments are seen by every user of a machine"
    handed = called + log.with_name("log.env").read_text(encoding="utf-8")
    assert "c" * 40 in handed
    assert "RECIPE=tiny" in handed
    given = handed + log.with_name("log.stdin").read_text(encoding="utf-8")
    assert "GITHUB_TOKEN=ghs_secret" in given
    if job != "hf-jobs":
        assert "/nowhere" not in handed, "of the key, the two tokens are handed over"


@pytest.mark.parametrize("job", STARTED)
def test_a_job_says_what_it_misses(job: str, tmp_path: Path) -> None:
    done, log = start(job, tmp_path, COMMIT="")
    assert done.returncode != 0
    assert "the commit to train on" in done.stderr
    assert not log.exists()


def start(job: str, tmp_path: Path, **changes: str) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Run a script with programs that only write down how they were called."""
    for name in ("hf", "sky", "sbatch"):
        (tmp_path / name).write_text(FAKE, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    values = {"COMMIT": "c" * 40, "RECIPE": "tiny", "GITHUB_REPOSITORY": "owner/name", "SELFSOWN_ADAPTERS": "hf:o/n"}
    environment = {
        "PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LOG": str(tmp_path / "log"),
    }
    done = subprocess.run(
        ["bash", str(JOBS / f"{job}.sh")],
        env={**environment, **values, **changes},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done, tmp_path / "log"


def test_what_trains_holds_no_token() -> None:
    text = (JOBS / "machine" / "round.sh").read_text(encoding="utf-8")
    assert (
        text.index("unset GITHUB_TOKEN HF_TOKEN SELFSOWN_JOB_KEY")
        < text.index("pip install")
        < text.index('"${train[@]}"')
    )
    assert not re.search(r"export[^\n]*(GITHUB_TOKEN|HF_TOKEN)", text)
