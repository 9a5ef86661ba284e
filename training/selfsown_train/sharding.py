"""Weights spread over processes (FSDP2, Zhao et al. 2023, arXiv 2304.11277), for a base that does not fit one device.

The library shards on accelerators alone. On CPUs it is told to all the same: that is how this is tested, and nothing else
differs. After the training the model is put together again in the first process.
"""

from __future__ import annotations

import warnings
from typing import Any

import torch
from accelerate import PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from peft import PeftModel, get_peft_model
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from transformers import AutoModelForCausalLM

from selfsown_train.distributed import is_first, is_sharded


def sharding_arguments(*, recompute: bool) -> dict[str, Any]:
    """What a trainer is told; `recompute` forgets activations on the way forward."""
    if not is_sharded():
        return {"activation_checkpointing": recompute}
    # The head returns a view, which nothing changes in place.
    warnings.filterwarnings("ignore", message="FSDP2-wrapped module", category=UserWarning)
    config = {
        "version": 2,
        "auto_wrap_policy": "TRANSFORMER_BASED_WRAP",
        "activation_checkpointing": recompute,
        "state_dict_type": "FULL_STATE_DICT",
    }
    return {"fsdp": True, "fsdp_config": config, "activation_checkpointing": False}


def shard_on_cpu(trainer: Any) -> None:
    """Let the trainer's accelerator shard on CPU processes, too; it has just been made."""
    state = trainer.accelerator.state
    if is_sharded() and state.distributed_type is DistributedType.MULTI_CPU:
        state.fsdp_plugin = FullyShardedDataParallelPlugin(**trainer.args.fsdp_plugin_args)
        state.distributed_type = PartialState().distributed_type = (
            DistributedType.FSDP
        )  # the one is copied from the other
        trainer.is_fsdp_enabled = True


def gather_whole(model: Any) -> Any:
    """The trained model as one, on the CPU of the first process; the others keep their shares. All have to call it."""
    if not is_sharded():
        return model
    state = get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    if not is_first():
        return model
    is_adapted = isinstance(model, PeftModel)
    inner = model.get_base_model() if is_adapted else model
    whole: Any = AutoModelForCausalLM.from_config(inner.config, dtype=torch.float32)
    if is_adapted:
        whole = get_peft_model(whole, model.peft_config["default"])
    whole.load_state_dict(state, assign=True)
    whole.tie_weights()
    return whole.eval()
