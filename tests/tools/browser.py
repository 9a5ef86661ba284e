"""Find the Chromium that the browser tests drive, or install Debian's: `python tests/tools/browser.py` (the Makefile does it).

It is the one named by SELFSOWN_CHROMIUM, or one on PATH. Where there is none, root can have Debian's installed; anybody
else is told what to do. Once there is one, a further run does nothing and needs no network.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
VARIABLE = "SELFSOWN_CHROMIUM"
SECONDS = 900


class BrowserError(Exception):
    """There is no browser; the text says what to do."""


def find_browser() -> Path | None:
    """What SELFSOWN_CHROMIUM names, or the first on PATH; None where there is none."""
    found = os.environ.get(VARIABLE) or next(filter(None, map(shutil.which, NAMES)), None)
    return Path(found) if found and os.access(found, os.X_OK) else None


def install_browser() -> None:
    """Install Debian's Chromium where that is possible. Raises BrowserError with what to do where it is not."""
    apt = shutil.which("apt-get")
    if os.environ.get(VARIABLE) or apt is None or os.geteuid() != 0:
        message = (
            "The browser tests need Chromium, and there is none on PATH. Install it (Debian: sudo apt-get install chromium), or "
            f"name one: export {VARIABLE}=/path/to/chromium. Then run make again."
        )
        raise BrowserError(message)
    say("Chromium is not on PATH: installing Debian's with apt-get ...")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "--yes", "--quiet", "--no-install-recommends", "chromium"]
    for command in ([apt, "update", "--quiet"], install):
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
    if done.returncode or find_browser() is None:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise BrowserError(f"apt-get could not install chromium ({reason[0]}). Install it, then run make again.")


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


def main() -> int:
    """Make sure that there is a browser; 1 where that is not possible."""
    try:
        if find_browser() is None:
            install_browser()
    except BrowserError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
