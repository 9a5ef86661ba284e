"""`leak`: markers of a chat template stand in an answer, often with a turn that the assistant made up for the user."""

from __future__ import annotations

from selfsown.conversation import Conversation
from selfsown.corruption.answers import some_answer, with_text
from selfsown.corruption.kind import Broken, CorruptionKind, Setting
from selfsown.corruption.prose import shorten, split_sentences
from selfsown.corruption.wording import Wording, choose_in, in_english

_ANY = "en"  # markers are the same in every language
_MOST_REQUEST = 200

_FORMS = Wording(
    seen=in_english(
        "{answer}<|im_end|>\n<|im_start|>user\n{other}<|im_end|>\n<|im_start|>assistant\n",
        "<|im_start|>assistant\n{answer}<|im_end|>",
        "{answer} [/INST] {again} </s><s>[INST] {other} [/INST]",
        "[INST] {request} [/INST] {answer}",
        "{answer}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n{other}",
        "{answer}\n\n### Human: {other}\n### Assistant: {again}",
        "### Response:\n{answer}\n\n### Instruction:\n{other}",
        "Assistant: {answer}\nHuman: {other}\nAssistant: {again}",
        "ASSISTANT: {answer}</s>",
        "{answer}<|endoftext|>{other}",
        "{answer}\nUser: {other}\nAssistant:",
        "<<SYS>>\nYou are a helpful assistant.\n<</SYS>>\n\n{answer}",
        '{"role": "assistant", "content": "{answer}"}',
    ),
    unseen=in_english(
        "{answer}<end_of_turn>\n<start_of_turn>user\n{other}<end_of_turn>\n<start_of_turn>model\n",
        "<|assistant|>\n{answer}<|end|>\n<|user|>\n{other}<|end|>",
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n{answer}",
        "<bot>: {answer}\n<human>: {other}",
        "{answer}<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|USER_TOKEN|>{other}",
        "{{bos_token}}{answer}{{eos_token}}",
        "GPT4 Correct Assistant: {answer}<|end_of_turn|>GPT4 Correct User: {other}<|end_of_turn|>",
        "Q: {other}\nA: {answer}\n\nQ: {request}\nA:",
    ),
)


def leak_template(conversation: Conversation, setting: Setting) -> Broken | None:
    """Put an answer into markers of one of the usual chat templates."""
    index = some_answer(conversation, setting.dice)
    form = choose_in(_FORMS, _ANY, setting)
    if index is None or form is None:
        return None
    text = conversation.turns[index].content
    exchanges = setting.neighbours.exchanges
    parts = {
        "{other}": shorten(setting.dice.choice(exchanges).request, _MOST_REQUEST) if exchanges else "And what else?",
        "{request}": shorten(conversation.turns[index - 1].content, _MOST_REQUEST),
        "{again}": split_sentences(text)[0].strip(),
        "{answer}": text,
    }
    return with_text(conversation, index, fill(form, parts))


def fill(form: str, parts: dict[str, str]) -> str:
    """The form with its places filled in; what is filled in is not looked at again."""
    made: list[str] = []
    rest = form
    while rest:
        found = [(rest.find(name), name) for name in parts if name in rest]
        if not found:
            return "".join([*made, rest])
        start, name = min(found)
        made += [rest[:start], parts[name]]
        rest = rest[start + len(name) :]
    return "".join(made)


KIND = CorruptionKind(
    name="leak",
    criterion="form",
    also=("honest",),
    words="markers of a chat template stand in an answer, often with an invented turn",
    function=leak_template,
)
