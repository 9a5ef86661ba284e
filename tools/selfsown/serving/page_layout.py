"""The parts of the page and where they stand: a first screen, the chat, and how it was rated.

Gradio is imported where the page is made: the rest of the package does without. Every event is private, and nothing of
the page is recorded by the browser or told to anybody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_render import render_standing, render_start

_KEYS = "<p><kbd>Enter</kbd> sends, <kbd>Shift</kbd>+<kbd>Enter</kbd> begins a new line, <kbd>Esc</kbd> stops the answer.</p>"


@dataclass(frozen=True, slots=True)
class Choice:
    """The two questions of consent, both no until a person says otherwise."""

    publish: Any
    train: Any


@dataclass(frozen=True, slots=True)
class Start:
    """The first screen."""

    screen: Any
    choice: Choice
    begin: Any
    note: Any
    code: Any
    take_back: Any
    taken_back: Any


@dataclass(frozen=True, slots=True)
class Talk:
    """The chat."""

    screen: Any
    standing: Any
    choice: Choice
    log: Any
    note: Any
    box: Any
    send: Any
    stop: Any
    retry: Any
    end: Any


@dataclass(frozen=True, slots=True)
class Close:
    """How it was rated."""

    screen: Any
    told: Any
    late: Any
    choice: Choice
    keep: Any
    ask: Any
    withdraw: Any
    withdrawn: Any
    again: Any


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that the steps read or change. `token` names the chat of this visitor, `code` what they can take back."""

    token: Any
    code: Any
    start: Start
    talk: Talk
    close: Close


def lay_out(gr: Any, facts: PageFacts) -> Parts:
    """Put every part on the page that is being made. `gr` is the gradio module."""
    token, code = gr.State(""), gr.State("")
    return Parts(token, code, _start(gr, facts), _talk(gr, facts), _close(gr, facts))


def _start(gr: Any, facts: PageFacts) -> Start:
    with gr.Column(elem_id="so-first") as screen:
        gr.HTML(render_start(facts))
        with gr.Column(elem_id="so-choice", elem_classes="so-card"):
            gr.HTML(
                "<h2>Your choice</h2><p>Both are off. Without them the chat is just the same.</p>",
                elem_classes="so-head",
            )
            choice = _choice(gr, facts, "first")
        begin = gr.Button("Start chatting", variant="primary", elem_id="so-begin")
        note = gr.HTML("", elem_classes="so-live")
        with gr.Accordion("Take a conversation back", open=False):
            code = gr.Textbox(
                label="The code you were shown at the end of the chat", max_lines=1, elem_id="so-code-box"
            )
            take_back = gr.Button("Withdraw it", elem_id="so-take-back")
            taken_back = gr.HTML("", elem_classes="so-live")
    return Start(screen, choice, begin, note, code, take_back, taken_back)


def _choice(gr: Any, facts: PageFacts, where: str) -> Choice:
    publish = gr.Checkbox(
        label=f"Publish: this conversation may be published under {facts.license}, for ever.",
        container=False,
        elem_id=f"so-publish-{where}",
        elem_classes="so-box",
    )
    train = gr.Checkbox(
        label="Train: it may also be used to train the next models. Needs the first.",
        interactive=False,
        container=False,
        elem_id=f"so-train-{where}",
        elem_classes="so-box",
    )
    return Choice(publish, train)


def _talk(gr: Any, facts: PageFacts) -> Talk:
    with gr.Column(visible=False, elem_id="so-talk") as screen:
        standing = gr.HTML(render_standing(facts, publish=False, train=False), elem_classes="so-live")
        log = gr.Chatbot(
            label="Conversation",
            show_label=False,
            height="min(58vh, 40rem)",
            render_markdown=False,
            latex_delimiters=[],
            sanitize_html=True,
            allow_tags=False,
            buttons=[],
            feedback_options=None,
            group_consecutive_messages=False,
            elem_id="so-log",
            placeholder="Ask something, or tell something.",
        )
        note = gr.HTML("", elem_classes="so-live")
        with gr.Row(elem_id="so-say", equal_height=True):
            box = gr.Textbox(
                label="Your message",
                show_label=False,
                placeholder="Write a message",
                lines=1,
                max_lines=8,
                max_length=facts.most_characters,
                scale=8,
                container=False,
                elem_id="so-box",
            )
            send = gr.Button("Send", variant="primary", scale=0, min_width=84, elem_id="so-send")
            stop = gr.Button("Stop", variant="stop", scale=0, min_width=84, visible=False, elem_id="so-stop")
        gr.HTML(_KEYS, elem_id="so-keys")
        with gr.Row(elem_id="so-more"):
            retry = gr.Button("Try again", interactive=False, size="sm", min_width=96, elem_id="so-retry")
            end = gr.Button("End chat and see the rating", size="sm", min_width=96, elem_id="so-end")
        with gr.Accordion("What may happen with this chat", open=False, elem_id="so-change"):
            gr.HTML("<p>It holds for the whole chat, also for what was said before.</p>", elem_classes="so-head")
            choice = _choice(gr, facts, "later")
    return Talk(screen, standing, choice, log, note, box, send, stop, retry, end)


def _close(gr: Any, facts: PageFacts) -> Close:
    with gr.Column(visible=False, elem_id="so-close") as screen:
        told = gr.HTML("")
        with gr.Column(visible=False, elem_id="so-late", elem_classes="so-card") as late:
            gr.HTML(
                "<h2>It was rated well enough</h2><p>You did not agree to publication, so nothing is kept. Having seen what would"
                " be published, you can still agree.</p>",
                elem_classes="so-head",
            )
            choice = _choice(gr, facts, "late")
            keep = gr.Button("Keep it after all", elem_id="so-keep")
        with gr.Row():
            ask = gr.Button("Ask for the rating again", visible=False, elem_id="so-ask")
            withdraw = gr.Button("Withdraw this conversation", variant="stop", visible=False, elem_id="so-withdraw")
            again = gr.Button("New chat", variant="primary", elem_id="so-again")
        withdrawn = gr.HTML("", elem_classes="so-live")
    return Close(screen, told, late, choice, keep, ask, withdraw, withdrawn, again)
