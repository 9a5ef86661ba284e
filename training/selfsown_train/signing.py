"""Signatures of adapters, after the OpenSSF model signing specification (the library `model-signing`): made and checked.

A digest in a round file says which bytes; a signature says who vouches for them. It lies beside the adapter's folder, as
`<digest>.sig`. Who may sign is a file of the repository, `training/signing.toml`: a public key, or an identity that sigstore
knows. Without that file nothing is checked; with it a signature that is wrong is refused before anything is read, and one
that is missing only if `required` says so.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selfsown.errors import BadConfig, SelfsownError
from selfsown.extras import need
from selfsown.settings import load_record, load_toml
from selfsown_train.lora_tensors import BadAdapter

SIGNERS = Path("training/signing.toml")
KEYLESS = "sigstore"
MOST_SIGNATURE = 1024 * 1024
_EXTRA = "sign"


@dataclass(frozen=True, slots=True)
class Signers:
    """Who may sign: a public key (a PEM file of the repository), or an identity with the issuer that vouches for it."""

    public_key: str
    identity: str
    issuer: str
    required: bool

    def __post_init__(self) -> None:
        if bool(self.public_key) == bool(self.identity) or bool(self.identity) != bool(self.issuer):
            raise BadConfig(
                f"{SIGNERS}: it names neither a key alone nor an identity with its issuer",
                'give public_key = "FILE", or identity and issuer; leave the others ""',
            )


def read_signers(root: Path) -> Signers | None:
    """Who may sign in this checkout, the key as a path of this machine; None where nobody is named. Raises BadConfig."""
    path = root / SIGNERS
    if not path.is_file():
        return None
    found = load_record(Signers, load_toml(path.read_text(encoding="utf-8"), str(SIGNERS)), str(SIGNERS))
    key = str(root / found.public_key) if found.public_key else ""
    return Signers(key, found.identity, found.issuer, found.required)


def signature_of(store: Path, named: Mapping[str, Any]) -> Path:
    """Where the signature of an adapter lies, or would lie."""
    return store / f"{named['digest']}.sig"


def check_signature(folder: Path, signature: Path, signers: Signers | None) -> None:
    """Raise BadAdapter unless the signature of a folder is by who may sign; one may be missing where none is required."""
    if signers is None:
        return
    if not signature.is_file():
        if signers.required:
            raise BadAdapter(folder, f"nobody signed it, and {SIGNERS} wants a signature")
        return
    verifying = need("model_signing.verifying", _EXTRA)
    config = verifying.Config().set_hashing_config(need("model_signing.hashing", _EXTRA).Config())
    try:
        if signers.public_key:
            config.use_elliptic_key_verifier(public_key=Path(signers.public_key))
        else:
            config.use_sigstore_verifier(identity=signers.identity, oidc_issuer=signers.issuer)
        if signature.stat().st_size > MOST_SIGNATURE:
            raise ValueError(f"it has {signature.stat().st_size} bytes")
        with redirect_stdout(io.StringIO()):  # the library prints what it thinks of old signatures
            config.verify(folder, signature)
    except _refusals() as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadAdapter(folder, f"its signature is not by who may sign it ({why})") from error


def sign_adapter(folder: Path, signature: Path, signer: str) -> bool:
    """Sign a folder with a private key (a PEM file), or as `sigstore`: who is signed in; False where that is done already.

    Raises SelfsownError where it cannot be signed.
    """
    if signature.is_file() and (signer == KEYLESS or _is_by(folder, signature, Path(signer))):
        return False
    signing = need("model_signing.signing", _EXTRA)
    config = signing.Config().set_hashing_config(need("model_signing.hashing", _EXTRA).Config())
    try:
        if signer == KEYLESS:
            config.use_sigstore_signer(use_ambient_credentials=True)
        else:
            config.use_elliptic_key_signer(private_key=Path(signer))
        with tempfile.TemporaryDirectory(dir=signature.parent, prefix=".signed-") as staging:
            made = Path(staging) / signature.name
            config.sign(folder, made)
            made.replace(signature)
    except _refusals() as error:
        raise SelfsownError(
            f"it cannot be signed with {signer}: {(str(error).splitlines() or [type(error).__name__])[0]}",
            f"give a private key on a NIST curve as PEM, without a password, or `{KEYLESS}`",
        ) from error
    return True


def _is_by(folder: Path, signature: Path, private_key: Path) -> bool:
    """Whether a signature is by this very key, and of what lies in the folder now."""
    serialization = need("cryptography.hazmat.primitives.serialization", _EXTRA)
    try:
        key = serialization.load_pem_private_key(private_key.read_bytes(), None).public_key()
    except _refusals():
        return False
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write(key.public_bytes(serialization.Encoding.PEM, form))
        file.flush()
        try:
            check_signature(folder, signature, Signers(file.name, "", "", required=True))
        except BadAdapter:
            return False
    return True


def _refusals() -> tuple[type[Exception], ...]:
    """What the library raises on keys, signatures and files that it does not take."""
    invalid = need("cryptography.exceptions", _EXTRA)
    sigstore = need("sigstore.errors", _EXTRA)
    known = (invalid.InvalidSignature, invalid.UnsupportedAlgorithm, sigstore.Error)
    return (ValueError, TypeError, LookupError, AttributeError, OSError, RecursionError, *known)
