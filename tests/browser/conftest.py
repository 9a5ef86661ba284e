"""One page and one browser for a file of tests; each test has windows of its own, and a look at what they asked for."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from selfsown.rulebook import Rulebook

FOLDER = Path(__file__).parent
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE = {"width": 1100, "height": 800}, {"width": 360, "height": 740}


def load(name: str, path: Path) -> ModuleType:
    """A module by its path: folders of tests are no packages."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


scenes = load("browser_scene", FOLDER / "scene.py")
browsers = load("browser_of_tools", FOLDER.parent / "tools" / "browser.py")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory, rulebook: Rulebook) -> Iterator[Any]:
    """The page, served."""
    with scenes.open_scene(tmp_path_factory.mktemp("scene"), rulebook) as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser with a profile of its own."""
    path = browsers.find_browser()
    assert path is not None, "there is no Chromium: run `make tools`, or name one in SELFSOWN_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@dataclass
class Window:
    """A window on the page, and everything that it complained of or asked others for."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)

    def start(self, *, publish: bool = False, train: bool = False) -> None:
        """From the first screen to the chat."""
        if publish:
            self.page.get_by_label("Publish:").first.check()
        if train:
            self.page.locator("#so-train-first input:enabled").check()
        self.page.get_by_role("button", name="Start chatting").click()
        self.page.locator("#so-box textarea").wait_for()

    def say(self, text: str) -> str:
        """Say something and wait for the whole answer."""
        self.send(text)
        return self.wait()

    def type(self, text: str) -> None:
        """Say something, and look no further."""
        self.page.locator("#so-box textarea").fill(text)
        self.page.locator("#so-box textarea").press("Enter")

    def send(self, text: str) -> None:
        """Say something; it stands in the chat, and the answer begins or is there already."""
        said = self.page.locator("#so-log [data-testid=user]")
        before = said.count()
        self.type(text)
        said.nth(before).wait_for()

    def wait(self) -> str:
        """The last answer, once nothing grows any more."""
        self.page.locator("#so-send").wait_for()
        return self.answer()

    def answer(self) -> str:
        """What stands in the last bubble of the model."""
        found = self.page.locator("#so-log [data-testid=bot]")
        return found.last.inner_text() if found.count() else ""

    def end(self) -> str:
        """End the chat; the words of the last screen."""
        self.page.locator("#so-end").click()
        self.page.locator("#so-ending-title").wait_for()
        return self.told()

    def told(self) -> str:
        """The words of the last screen."""
        return self.page.locator("#so-close").inner_text()

    def focus(self) -> str:
        """Where the focus is: the nearest name around it."""
        return str(
            self.page.evaluate(
                "document.activeElement.closest('[id]') ? document.activeElement.closest('[id]').id : ''"
            )
        )


@pytest.fixture
def open_window(chromium: Browser, scene: Any) -> Iterator[Callable[..., Window]]:
    """Open a window on the page; at the end of the test none of them may have complained or looked elsewhere."""
    windows: list[Window] = []

    def opened(viewport: dict[str, int] = DESKTOP, **settings: Any) -> Window:
        context = chromium.new_context(viewport=viewport, **settings)
        window = Window(context.new_page())
        window.page.set_default_timeout(10_000)
        window.page.on("console", lambda said: note_console(window, said))
        window.page.on("pageerror", lambda error: window.complaints.append(str(error)))
        window.page.on("dialog", lambda dialog: window.complaints.append(f"dialog: {dialog.message}"))
        context.on("request", lambda asked: note_request(window, scene.address, asked.url))
        windows.append(window)
        window.page.goto(scene.address)
        window.page.locator("#so-begin").wait_for()
        return window

    yield opened
    for window in windows:
        window.page.context.close()
    assert [complaint for window in windows for complaint in window.complaints] == []
    assert [url for window in windows for url in window.elsewhere] == []


def note_console(window: Window, said: Any) -> None:
    if said.type in ("error", "warning"):
        window.complaints.append(f"{said.type}: {said.text}")


def note_request(window: Window, address: str, url: str) -> None:
    if not url.startswith((f"{address}/", "data:", "blob:")):
        window.elsewhere.append(url)
