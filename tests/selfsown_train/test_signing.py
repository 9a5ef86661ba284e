from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("model_signing", reason="the `sign` extra is not installed")

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from small_adapter import write

from selfsown.errors import BadConfig, SelfsownError
from selfsown.round import Round, State
from selfsown_train.adapter import WEIGHTS, adapters_folder, keep_adapter
from selfsown_train.lora_tensors import BadAdapter
from selfsown_train.places import open_place
from selfsown_train.publish import pull_round, push_round, sign_round
from selfsown_train.registry import Registry
from selfsown_train.report import silent
from selfsown_train.signing import SIGNERS, Signers, check_signature, read_signers, sign_adapter, signature_of

PEM = serialization.Encoding.PEM
PLAIN = serialization.NoEncryption()


def write_keys(folder: Path, name: str) -> tuple[Path, Path]:
    """A private key and its public one."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    private.write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, PLAIN))
    public.write_bytes(key.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    return private, public


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("ours", "theirs"):
        write_keys(folder, name)
    return folder


@pytest.fixture
def root(keys: Path, tmp_path: Path) -> Path:
    """A checkout that says who may sign."""
    root = tmp_path / "checkout"
    (root / SIGNERS).parent.mkdir(parents=True)
    shutil.copy(keys / "ours.pub", root / "training" / "signing.pub")
    allow(root, required=False)
    return root


def allow(root: Path, *, required: bool) -> None:
    text = f'public_key = "training/signing.pub"\nidentity = ""\nissuer = ""\nrequired = {str(required).lower()}\n'
    (root / SIGNERS).write_text(text)


@pytest.fixture
def entry(root: Path, tmp_path: Path) -> Round:
    """A round with its adapter in the checkout."""
    write(tmp_path / "new")
    adapter = keep_adapter(tmp_path / "new", adapters_folder(root))
    corpus = {"commit": "a" * 40, "conversations": 1, "held_out": 1, "ratings": 0, "left_out": {}}
    recipe = {"name": "tiny", "digest": "3" * 12, "values": {"base": {"context": 64}}}
    base = {"name": "built:x", "revision": "", "digest": "5" * 12, "files": {"model.safetensors": "5" * 64}}
    plan: dict[str, Any] = {"corpus": corpus, "recipe": recipe, "rubric": "4" * 12, "libraries": {}}
    return Round(1, State.TRAINED, "2026-11-21", None, plan, base, adapter, {})


def place_of(root: Path, entry: Round) -> tuple[Path, Path]:
    store = adapters_folder(root)
    return store / str((entry.adapter or {})["digest"]), signature_of(store, entry.adapter or {})


def test_a_signature_by_who_may_sign_passes(root: Path, keys: Path, entry: Round) -> None:
    assert sign_round(entry, adapters_folder(root), str(keys / "ours.key")) == 1
    check_signature(*place_of(root, entry), read_signers(root))
    assert sign_round(entry, adapters_folder(root), str(keys / "ours.key")) == 0, "the same key need not sign twice"


def test_nobody_is_asked_where_nobody_is_named(root: Path, keys: Path, entry: Round) -> None:
    sign_round(entry, adapters_folder(root), str(keys / "theirs.key"))
    (root / SIGNERS).unlink()
    assert read_signers(root) is None
    check_signature(*place_of(root, entry), None)


def test_a_signature_of_somebody_else_is_refused_before_the_model_is_loaded(
    root: Path, keys: Path, entry: Round, tmp_path: Path
) -> None:
    sign_round(entry, adapters_folder(root), str(keys / "theirs.key"))
    with pytest.raises(BadAdapter, match="its signature is not by who may sign it"):
        Registry(root, tmp_path / "cache").load(entry)
    assert sign_round(entry, adapters_folder(root), str(keys / "ours.key")) == 1, "another key signs anew"
    with pytest.raises(SelfsownError, match="cannot load the base model"):
        Registry(root, tmp_path / "cache").load(entry)


def test_a_missing_signature_is_refused_where_one_is_required(root: Path, entry: Round) -> None:
    check_signature(*place_of(root, entry), read_signers(root))
    allow(root, required=True)
    with pytest.raises(BadAdapter, match="nobody signed it"):
        check_signature(*place_of(root, entry), read_signers(root))


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"null", b'{"verificationMaterial": 3}', b"[" * 5000, b"\xff", bytes(2**21)]
)
def test_a_broken_signature_is_refused(root: Path, entry: Round, content: bytes) -> None:
    folder, signature = place_of(root, entry)
    signature.write_bytes(content)
    with pytest.raises(BadAdapter, match="its signature is not by who may sign it"):
        check_signature(folder, signature, read_signers(root))


def test_a_signature_without_its_hint_says_nothing_on_stdout(
    root: Path, keys: Path, entry: Round, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, signature = place_of(root, entry)
    sign_adapter(folder, signature, str(keys / "ours.key"))
    record = json.loads(signature.read_text())
    record["verificationMaterial"]["publicKey"].pop("hint")
    signature.write_text(json.dumps(record))
    check_signature(folder, signature, read_signers(root))
    assert capsys.readouterr().out == ""


def test_a_signature_of_other_bytes_is_refused(root: Path, keys: Path, entry: Round) -> None:
    folder, signature = place_of(root, entry)
    sign_adapter(folder, signature, str(keys / "ours.key"))
    content = bytearray((folder / WEIGHTS).read_bytes())
    content[-1] ^= 1
    (folder / WEIGHTS).write_bytes(bytes(content))
    with pytest.raises(BadAdapter, match="Signature mismatch"):
        check_signature(folder, signature, read_signers(root))


def test_a_signature_travels_with_its_adapter(root: Path, keys: Path, entry: Round, tmp_path: Path) -> None:
    place, store = open_place(str(tmp_path / "pushed")), adapters_folder(root)
    sign_round(entry, store, str(keys / "ours.key"))
    assert "model.sig" in push_round(place, entry, store, silent).sent
    assert push_round(place, entry, store, silent).sent == ()
    other = tmp_path / "other"
    pull_round(place, entry, other, silent, read_signers(root))
    check_signature(
        other / str((entry.adapter or {})["digest"]), signature_of(other, entry.adapter or {}), read_signers(root)
    )


def test_what_is_signed_by_somebody_else_is_not_pulled(root: Path, keys: Path, entry: Round, tmp_path: Path) -> None:
    place, store = open_place(str(tmp_path / "pushed")), adapters_folder(root)
    sign_round(entry, store, str(keys / "theirs.key"))
    push_round(place, entry, store, silent)
    with pytest.raises(BadAdapter, match="its signature is not by who may sign it"):
        pull_round(place, entry, tmp_path / "other", silent, read_signers(root))
    assert list((tmp_path / "other").iterdir()) == []


def test_keys_that_cannot_sign_are_said(root: Path, entry: Round, tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048)
    (tmp_path / "rsa.key").write_bytes(key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, PLAIN))
    locked = ec.generate_private_key(ec.SECP256R1())
    password = serialization.BestAvailableEncryption(b"secret")
    (tmp_path / "locked.key").write_bytes(locked.private_bytes(PEM, serialization.PrivateFormat.PKCS8, password))
    for name in ("rsa.key", "locked.key", "none.key"):
        with pytest.raises(SelfsownError, match="it cannot be signed with"):
            sign_adapter(*place_of(root, entry), str(tmp_path / name))


@pytest.mark.parametrize(
    "values", [("", "", ""), ("k", "me", "they"), ("", "me", ""), ("", "", "they"), ("k", "", "they")]
)
def test_a_file_that_names_nobody_clearly_is_refused(values: tuple[str, str, str]) -> None:
    with pytest.raises(BadConfig, match="neither a key alone nor an identity with its issuer"):
        Signers(*values, required=False)
