"""The Space: take the repository that SELFSOWN_REPOSITORY names, bring its live round, and serve it.

Run anywhere else, it does the same. Whoever may write to that repository decides what runs here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

DISK = Path(os.environ.get("SELFSOWN_DISK", "/data"))
PORT = os.environ.get("GRADIO_SERVER_PORT", "7860")
# The proxies of a Space have private addresses; who stands before them is told in a header that they write.
PROXIES = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10"
FRAMES = ("https://huggingface.co", "https://*.hf.space")


def main() -> None:
    """Prepare, and become the server. Raises SystemExit with a sentence where something is missing."""
    address = os.environ.get("SELFSOWN_REPOSITORY", "")
    if not address:
        raise SystemExit("Set the variable SELFSOWN_REPOSITORY to the address of the repository (Settings, Variables).")
    checkout = Path(os.environ.get("SELFSOWN_CHECKOUT", str(Path.home() / "selfsown"))).resolve()
    bring(address, os.environ.get("SELFSOWN_REF", ""), checkout)
    environment = {
        **os.environ,
        "PYTHONPATH": f"{checkout / 'tools'}{os.pathsep}{checkout / 'training'}",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "SELFSOWN_OUTBOX": str(choose_outbox(checkout)),
    }
    os.chdir(checkout)
    bring_round(checkout, environment)
    os.execve(sys.executable, [sys.executable, *serve_command()], environment)  # noqa: S606 - the end of this program


def bring(address: str, ref: str, checkout: Path) -> None:
    """A clone of the repository, or the newest state of the one that is here already."""
    branch = ["--branch", ref] if ref else []
    if not (checkout / ".git").exists():
        run("git", "clone", "--quiet", *branch, "--", address, str(checkout))
        return
    run("git", "-C", str(checkout), "fetch", "--quiet", "origin", ref or "HEAD")
    run("git", "-C", str(checkout), "reset", "--quiet", "--hard", "FETCH_HEAD")


def bring_round(checkout: Path, environment: dict[str, str]) -> None:
    """The adapters of the live round, checked against its file; nothing where they are here or no round is live."""
    pointer = checkout / "training" / "promoted.json"
    number = json.loads(pointer.read_text(encoding="utf-8")).get("round") if pointer.is_file() else None
    if number is None:
        raise SystemExit("No round is live in that repository: train, gate and promote one first (docs/rounds.md).")
    place = os.environ.get("SELFSOWN_PLACE", "")
    named = ["--from", place] if place else []
    if has_adapters(checkout) and not place:
        return
    run(sys.executable, "-m", "selfsown", "round", "pull", str(number), *named, environment=environment)


def has_adapters(checkout: Path) -> bool:
    """Whether adapters lie in the checkout already, as they do where a round was trained there."""
    folder = checkout / ".selfsown" / "adapters"
    return folder.is_dir() and any(folder.iterdir())


def choose_outbox(checkout: Path) -> Path:
    """On the disk that outlives a restart, where there is one."""
    if os.access(DISK, os.W_OK):
        return DISK / "outbox.db"
    sys.stderr.write(f"There is no disk at {DISK}: conversations that wait are lost when this restarts.\n")
    return checkout / ".selfsown" / "outbox.db"


def serve_command() -> list[str]:
    """`selfsown serve` as a Space needs it."""
    frames = [word for origin in FRAMES for word in ("--embed-in", origin)]
    every = os.environ.get("SELFSOWN_SUBMIT_EVERY", "")
    submit = ["--submit-every", every] if every else []
    return ["-m", "selfsown", "serve", "--host", "0.0.0.0", "--port", PORT, "--trust-proxy", PROXIES, *frames, *submit]  # noqa: S104


def run(*command: str, environment: dict[str, str] | None = None) -> None:
    """A step; where it fails it has said why, and this program ends."""
    if subprocess.run(command, env=environment, check=False).returncode:
        raise SystemExit(f"`{' '.join(command[:3])} …` failed: see above.")


if __name__ == "__main__":
    main()
