"""The web page: Gradio over the service, mounted into the application that holds the endpoint.

Nothing of it goes elsewhere: no analytics, no fonts or scripts of others, no run history in the browser, no files taken.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from selfsown.extras import need
from selfsown.serving.page_ending_steps import EndingSteps
from selfsown.serving.page_facts import PageFacts
from selfsown.serving.page_layout import Parts, lay_out
from selfsown.serving.page_steps import Steps
from selfsown.serving.service import Service
from selfsown.serving.visits import GRACE, Visits

_HERE = Path(__file__).parent
_THREADS = 256  # each answer on its way holds one
_WAITING = 512  # events of the page that wait; more are told to come back
_QUIET = {"api_visibility": "private", "show_progress": "hidden"}
_FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
_FONTS_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def mount_page(app: Any, service: Service, facts: PageFacts, *, grace: float = GRACE) -> Any:
    """The application with the page at /. Raises MissingExtra without the `chat` extra.

    `grace` is for how many seconds a page may be out of reach before its chat ends.
    """
    gr = _gradio()
    return gr.mount_gradio_app(
        app,
        make_page(service, facts, grace),
        path="/",
        show_error=False,
        run_history=False,
        footer_links=[],
        ssr_mode=False,
        enable_monitoring=False,
        max_file_size=1,
        theme=_theme(gr),
        css=(_HERE / "page.css").read_text("utf-8"),
        head=f"<script>{(_HERE / 'page.js').read_text('utf-8')}</script>",
    )


def make_page(service: Service, facts: PageFacts, grace: float = GRACE) -> Any:
    """The page as gradio.Blocks."""
    gr = _gradio()
    with gr.Blocks(title="Talk to Selfsown", analytics_enabled=False) as page:
        parts = lay_out(gr, facts)
        visits = Visits(service.leave, grace)
        _wire_talk(gr, parts, Steps(service, facts, parts, gr.update, visits))
        _wire_ending(gr, page, parts, EndingSteps(service, facts, parts, gr.update, visits))
    page.queue(max_size=_WAITING, default_concurrency_limit=None, api_open=False)
    page.limiter = need("anyio", "chat").CapacityLimiter(_THREADS)
    return page


def _gradio() -> Any:
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    return need("gradio", "chat")


def _theme(gr: Any) -> Any:
    """Fonts that every machine has, and buttons whose words stand out from them (WCAG AA: 4.5 to 1)."""
    theme = gr.themes.Default(primary_hue="teal", neutral_hue="slate", font=_FONTS, font_mono=_FONTS_MONO)
    dark = {"button_primary_background_fill": "*primary_700", "button_primary_background_fill_hover": "*primary_800"}
    red = {
        "button_cancel_background_fill": "#b91c1c",
        "button_cancel_background_fill_hover": "#991b1b",
        "button_cancel_text_color": "white",
    }
    fills = {**dark, **red, "color_accent": "*primary_600", "body_text_color_subdued": "*neutral_600"}
    return theme.set(
        **fills,
        **{f"{name}_dark": fill for name, fill in (dark | red).items()},
        body_text_color_subdued_dark="*neutral_400",
    )


def _wire_talk(gr: Any, parts: Parts, steps: Steps) -> None:
    start, talk, token = parts.start, parts.talk, parts.token
    quiet = {"outputs": _components(parts), **_QUIET}
    for choice in (start.choice, talk.choice, parts.close.choice):
        choice.publish.input(steps.tie, [choice.publish, choice.train], choice.train, **_QUIET)
    begin = start.begin.click(_asked(gr, steps.begin), [start.choice.publish, start.choice.train], **quiet)
    _then(begin, "say")
    chosen = [talk.choice.publish, talk.choice.train]
    # Each picture of a growing answer costs something for every part that may change with it.
    growing = {"outputs": [talk.standing, *chosen, talk.log, talk.note, talk.box, *_buttons(parts)], **_QUIET}
    for box in chosen:
        box.input(steps.choose, [token, *chosen], **quiet)
    for sent in (talk.box.submit, talk.send.click):
        _then(sent(_asked_on(gr, steps.say), [token, talk.box, *chosen], js=_js("busy"), **growing), "ready")
    _then(talk.retry.click(_asked_on(gr, steps.retry), [token, *chosen], js=_js("busy"), **growing), "ready")
    talk.stop.click(steps.stop, [token], None, **_QUIET)


def _wire_ending(gr: Any, page: Any, parts: Parts, steps: EndingSteps) -> None:
    start, close, token = parts.start, parts.close, parts.token
    quiet = {"outputs": _components(parts), **_QUIET}
    for asked in (parts.talk.end.click, close.ask.click):
        _then(asked(_asked_on(gr, steps.end), [token, parts.talk.choice.publish], **quiet), "rated")
    _then(close.keep.click(steps.keep, [token, close.choice.publish, close.choice.train], **quiet), "rated")
    _then(close.withdraw.click(steps.withdraw, [parts.code], **quiet), "again")
    _then(close.again.click(_asked(gr, steps.again), [], **quiet), "first")
    for given in (start.take_back.click, start.code.submit):
        given(steps.take_back, [start.code], **quiet)
    page.unload(_asked(gr, steps.depart))


def _then(event: Any, step: str) -> None:
    event.then(None, None, None, js=f"() => selfsownPage.{step}()", api_visibility="private")


def _js(step: str) -> str:
    return f"(...given) => {{ selfsownPage.{step}(); return given; }}"


def _components(parts: Parts) -> list[Any]:
    """Everything that a step may change."""
    start, talk, close = parts.start, parts.talk, parts.close
    return [
        *(parts.token, parts.code),
        *(start.screen, start.choice.publish, start.choice.train, start.note, start.code, start.taken_back),
        *(talk.screen, talk.standing, talk.choice.publish, talk.choice.train, talk.log, talk.note, talk.box),
        *_buttons(parts),
        *(close.screen, close.told, close.late, close.choice.publish, close.choice.train),
        *(close.ask, close.withdraw, close.withdrawn, close.again),
    ]


def _buttons(parts: Parts) -> list[Any]:
    return [parts.talk.send, parts.talk.stop, parts.talk.retry, parts.talk.end]


def _asked(gr: Any, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step with the request before what is given: gradio looks for its own class in the annotations."""

    def asked(request: Any, *given: Any) -> Any:
        return step(request, *given)

    asked.__annotations__ = {"request": gr.Request}
    return asked


def _asked_on(gr: Any, step: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """As `_asked`, for a step that shows more than one picture: gradio looks whether the function is a generator."""

    def asked(request: Any, *given: Any) -> Iterator[Any]:
        yield from step(request, *given)

    asked.__annotations__ = {"request": gr.Request}
    return asked
