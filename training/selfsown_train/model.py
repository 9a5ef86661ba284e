"""The door to torch: threads, seeds, and loading a base with its adapter. safetensors only, never remote code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    set_seed,
)
from transformers.pytorch_utils import Conv1D

from selfsown.canonical import canonical_bytes
from selfsown.errors import SelfsownError
from selfsown_train.adapter import WEIGHTS
from selfsown_train.base_files import check_base_files, locate_base
from selfsown_train.chat_template import PLAIN
from selfsown_train.distributed import is_sharded, processes_here
from selfsown_train.lora_tensors import check_fits, read_pairs

CHAT, JUDGE = "default", "judge"  # the adapters of a round; peft calls the first of a model "default"

_MARKS = (
    "<|mark|>",
    "<|split|>",
)  # what transformers adds to any tokenizer that renders a decision; no prompt has them
_UNKNOWN_CONTEXT = 1024
LOADING = {"trust_remote_code": False, "use_safetensors": True}


@dataclass(frozen=True, slots=True)
class Base:
    """A base model on disk or on a hub.

    `name` to load it by; `revision`, a commit where it is on a hub; the digest of its weights and tokenizer; and the SHA-256
    of every file that loading reads (see base_files), empty where nothing is known yet.
    """

    name: str
    revision: str
    digest: str
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A loaded model and its tokenizer, in fp32 on a CPU, in bf16 on a GPU; `window` narrows the model's own context.

    The model of a round may carry two adapters on one base: it chats with the first and rates with the second.
    """

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    window: int | None = None

    @property
    def context(self) -> int:
        """How many tokens of a conversation are looked at: what the model was made for, or the window if that is less."""
        own = int(getattr(self.model.config, "max_position_embeddings", _UNKNOWN_CONTEXT))
        return own if self.window is None else min(own, self.window)

    @property
    def has_judge(self) -> bool:
        """Whether it has an adapter of its own to rate with."""
        return JUDGE in (getattr(self.model, "peft_config", None) or {})

    @contextmanager
    def rating(self) -> Iterator[None]:
        """While the block runs, the model rates: with the adapter for it, where there is one."""
        if not self.has_judge:
            yield
            return
        self.model.set_adapter(JUDGE, inference_mode=True)
        try:
            yield
        finally:
            self.model.set_adapter(CHAT, inference_mode=True)


def make_deterministic(seed: int, threads: int) -> None:
    """The same seed and thread count give the same bits on the same machine; its processes divide the threads."""
    set_seed(seed)
    torch.set_num_threads(max(1, threads // processes_here()))
    torch.use_deterministic_algorithms(mode=True, warn_only=True)


def load_base(base: Base, window: int | None = None) -> ChatModel:
    """Load a base. Raises SelfsownError where it is not there, and before anything is read where a file is not the one named."""
    folder = _checked_folder(base)
    try:
        tokenizer = AutoTokenizer.from_pretrained(str(folder), trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(str(folder), dtype=_precision(), **LOADING)
    except (OSError, ValueError) as error:
        raise _cannot_load(base, error) from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.chat_template is None:
        tokenizer.chat_template = PLAIN
    chat = ChatModel(model.to(_device()).eval(), tokenizer, window)
    if base.digest and not base.files and model_digest(chat) != base.digest:
        raise SelfsownError(
            f"the weights of {base.name} are not those the round was trained on",
            "train a new round, or bring back the base with the digest in the round file",
        )
    return chat


def _checked_folder(base: Base) -> Path:
    """Where a base lies, its files checked. Raises SelfsownError."""
    folder = locate_base(base.name, base.revision)
    if base.files:
        check_base_files(folder, base.files)
    return folder


def _cannot_load(base: Base, error: Exception) -> SelfsownError:
    return SelfsownError(
        f"cannot load the base model {base.name}: {(str(error).splitlines() or [type(error).__name__])[0]}",
        "give a folder, or a Hugging Face name that this machine can reach",
    )


def linear_layers(base: Base) -> dict[str, tuple[int, int]]:
    """{module: (inputs, outputs)} of the linear layers of a base, from its config alone. Raises SelfsownError."""
    try:
        config = AutoConfig.from_pretrained(str(_checked_folder(base)), trust_remote_code=False)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise _cannot_load(base, error) from error
    found = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            found[name] = (module.in_features, module.out_features)
        elif isinstance(module, Conv1D):  # GPT-2 keeps its linear layers transposed
            found[name] = (module.nx, module.nf)
    return found


def model_digest(chat: ChatModel) -> str:
    """Twelve hex digits over every weight and the tokenizer: the same model has the same digest wherever it lies.

    Of two adapters the one that rates counts, so that the same judge has the same digest with and without the other.
    """
    state = hashlib.sha256()
    for name, tensor in sorted(chat.model.state_dict().items()):
        if chat.has_judge and f".{CHAT}." in name:
            continue
        state.update(name.replace(f".{JUDGE}.", f".{CHAT}.").encode())
        state.update(tensor.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    state.update(canonical_bytes({name: at for name, at in chat.tokenizer.get_vocab().items() if name not in _MARKS}))
    state.update((chat.tokenizer.chat_template or "").encode())
    return state.hexdigest()[:12]


def load_chat_model(base: Base, adapter: Path, window: int | None = None, judge: Path | None = None) -> ChatModel:
    """A base with an adapter on it, ready to answer; `judge` is a second one to rate with.

    Raises SelfsownError before any tensor is read where an adapter is not made for this base.
    """
    place = _checked_folder(base)
    checked = Base(str(place), "", "" if base.files else base.digest)
    layers = linear_layers(checked)
    for folder in (adapter, judge):
        if folder is not None:
            check_fits(folder, read_pairs(folder / WEIGHTS), layers)
    chat = load_base(checked, window)
    from peft import PeftModel

    model: Any = PeftModel.from_pretrained(chat.model, str(adapter), is_trainable=False)
    if judge is not None:
        model.load_adapter(str(judge), JUDGE, is_trainable=False)
    return ChatModel(model.eval(), chat.tokenizer, window)


def _device() -> str:
    """Weights that are to be spread over processes lie on the CPU until then: they may not fit one device."""
    return "cuda" if torch.cuda.is_available() and not is_sharded() else "cpu"


def _precision() -> torch.dtype:
    return torch.bfloat16 if torch.cuda.is_available() else torch.float32


def precision_name() -> str:
    """What a model is loaded in on this machine: its digest is over weights of that kind."""
    return str(_precision()).removeprefix("torch.")
