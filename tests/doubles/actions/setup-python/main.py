"""Make an environment whose packages are those of DOUBLE_SITE, but that installs only into itself.

What was installed before is laid down again (kept/pip), and waits that only spare a server are short (kept/short_waits.py).
"""

from __future__ import annotations

import os
import platform
import sys
import venv
from pathlib import Path


def main() -> None:
    folder = Path(os.environ["RUNNER_TEMP"]) / "python"
    builder = venv.EnvBuilder(symlinks=True, with_pip=False, clear=True)
    builder.create(folder)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    # Only the folder itself: the .pth files in it, such as that of the project's own editable installation, stay unread.
    site = folder / "lib" / f"python{version}" / "site-packages"
    kept = Path(__file__).resolve().parent / "kept"
    (site / "double.pth").write_text(f"{kept}\n{os.environ['DOUBLE_SITE']}\nimport short_waits\n", encoding="utf-8")
    pip = folder / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\nexec "{folder}/bin/python" -m pip "$@"\n', encoding="utf-8")
    pip.chmod(0o755)
    with Path(os.environ["GITHUB_PATH"]).open("a", encoding="utf-8") as out:
        out.write(f"{folder}/bin\n")
    with Path(os.environ["GITHUB_ENV"]).open("a", encoding="utf-8") as out:
        out.write(f"pythonLocation={folder}\n")
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as out:
        out.write(f"python-path={folder}/bin/python\npython-version={platform.python_version()}\n")


main()
