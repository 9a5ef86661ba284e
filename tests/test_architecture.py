"""The import arrows, the doors, and the sizes, read from the source itself."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LIGHT, HEAVY = ROOT / "tools/selfsown", ROOT / "training/selfsown_train"
FILES = sorted([*LIGHT.rglob("*.py"), *HEAVY.rglob("*.py")])
NAMES = [path.relative_to(ROOT).as_posix() for path in FILES]
TREES = dict(zip(NAMES, (ast.parse(path.read_text(encoding="utf-8")) for path in FILES), strict=True))

# From the ground up; a module imports from its own layer and those below, never from above.
LAYERS = (
    ("errors", "characters", "secret", "canonical", "finding", "settings", "extras", "inert", "write_ahead"),
    ("conversation", "source", "policy", "strict_json", "elements"),
    ("rating", "rework", "judgement", "lines", "consent", "nearness"),
    ("shard", "schemas", "submission"),
    ("rulebook", "round", "material", "parcel", "transport"),
    ("repo", "tombstone"),
    ("corpus",),
    ("removal",),
    ("rules", "formats", "judge", "rated"),
    ("attack", "corruption"),
    ("evaluation",),
    ("calibration",),
    ("ledger", "vote", "card", "provenance", "due"),
    ("self_rating",),
    ("entries", "normalise", "other", "outbox", "parents", "intake", "side_files", "submit"),
    ("validate", "intake_check", "export", "standing"),
    ("screening",),
    ("serving",),
    ("trust", "other"),
    ("row",),
    ("review",),
    ("trust_sentences",),
    ("sentences",),
    ("render",),
    ("host",),
    ("pull",),
    ("commands", "github", "github_facts", "github_sign_in", "github_wire", "proposal", "effect", "setup"),
    ("bot", "erasure"),
    ("github_artifacts", "github_settings"),
    ("cli",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "base", "manager", "handler"}


def imports(tree: ast.AST) -> set[str]:
    """Every module that is imported anywhere in a file, with the names taken from it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def roots(tree: ast.AST) -> set[str]:
    return {name.partition(".")[0] for name in imports(tree)}


def layer(name: str) -> str:
    """`tools/selfsown/judge/cache.py` is of `judge`. What makes text inert stands at the ground: every layer needs it."""
    if name == "tools/selfsown/render/inert.py":
        return "inert"
    return Path(name).relative_to("tools/selfsown").parts[0].removesuffix(".py")


LIGHT_NAMES = [name for name in NAMES if name.startswith("tools/")]


def test_every_module_has_a_layer():
    unplaced = {layer(name) for name in LIGHT_NAMES} - set(LEVEL) - {"__init__", "__main__"}
    assert unplaced == set(), "say in LAYERS where it stands"


@pytest.mark.parametrize("name", LIGHT_NAMES)
def test_imports_point_down(name):
    own = LEVEL.get(layer(name), len(LAYERS))
    found = {entry.replace("selfsown.render.inert", "selfsown.inert") for entry in imports(TREES[name])}
    wanted = {entry.split(".")[1] for entry in found if entry.startswith("selfsown.")}
    above = {entry for entry in wanted & set(LEVEL) if LEVEL[entry] > own}
    assert above == set(), f"{name} imports from above"


@pytest.mark.parametrize("name", NAMES)
def test_only_repo_asks_git(name):
    if name != "tools/selfsown/repo.py":
        assert roots(TREES[name]) & {"git", "gitdb"} == set()


@pytest.mark.parametrize("name", NAMES)
def test_only_the_door_speaks_to_github(name):
    if not name.startswith("tools/selfsown/github"):
        assert roots(TREES[name]) & {"github", "requests", "urllib3", "jwt"} == set()


@pytest.mark.parametrize("name", [name for name in LIGHT_NAMES if layer(name) != "cli"])
def test_nothing_but_the_command_line_reaches_the_heavy_half(name):
    assert "selfsown_train" not in roots(TREES[name])
    strings = {
        node.value for node in ast.walk(TREES[name]) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    docs = {ast.get_docstring(node, clean=False) for node in ast.walk(TREES[name]) if isinstance(node, ast.Module)}
    assert not any("selfsown_train" in text for text in strings - docs)


@pytest.mark.parametrize("name", LIGHT_NAMES)
def test_the_light_half_imports_nothing_heavy(name):
    heavy = {
        "torch",
        "transformers",
        "peft",
        "trl",
        "datasets",
        "accelerate",
        "pyarrow",
        "phonenumbers",
        "stdnum",
        "gradio",
    }
    assert roots(TREES[name]) & heavy == set()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("training/")])
def test_the_heavy_half_knows_no_command_line(name):
    assert not any(entry == "selfsown.cli" or entry.startswith("selfsown.cli.") for entry in imports(TREES[name]))


@pytest.mark.parametrize("name", NAMES)
def test_names_say_what_is_inside(name):
    parts = Path(name).with_suffix("").parts
    if name == "tools/selfsown/cli/train/base.py":
        return  # a word of the command line is called as it is typed: `selfsown train base`
    assert not FORBIDDEN_NAMES & set(parts)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_has_under_300_lines(name):
    assert len((ROOT / name).read_text(encoding="utf-8").splitlines()) < 300


@pytest.mark.parametrize("name", NAMES)
def test_a_function_has_under_40_lines(name):
    functions = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = {node.name: (node.end_lineno or 0) - node.body[0].lineno + 1 for node in functions}
    assert {function: size for function, size in sizes.items() if size >= 40} == {}


@pytest.mark.parametrize("name", NAMES)
def test_only_the_command_line_prints(name):
    calls = [node.func for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)]
    printing = [call for call in calls if isinstance(call, ast.Name) and call.id == "print"]
    assert not printing or name.startswith("tools/selfsown/cli/")


def test_there_is_one_broad_except():
    broad = [
        name
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id == "Exception"))
    ]
    assert broad == ["tools/selfsown/cli/main.py"]


@pytest.mark.parametrize("name", NAMES)
def test_a_module_says_what_it_is_for(name):
    assert ast.get_docstring(TREES[name]) or not TREES[name].body
