"""A real browser on our pages: Debian's Chromium by Playwright, at the width of a phone and of a desk, and axe-core.

def test_…(browser: Browser) -> None:
    with World() as world, shown(world) as site, looking(browser, site, PHONE) as page: ...
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from site_visitor import HOST, Visitor

PHONE: ViewportSize = {"width": 360, "height": 740}
DESK: ViewportSize = {"width": 1280, "height": 900}
Result = TypeVar("Result")
_GRAVE = {"serious", "critical"}


# Of a module, not of the session: as long as it is there, Playwright's loop runs in this thread, where others want one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    if program is None:
        assert not os.environ.get("CI"), "chromium is not installed: see .ci/run"
        pytest.skip("chromium is not installed: apt install chromium")
    with sync_playwright() as playwright:
        # Without a sandbox, and without /dev/shm: the pages are ours, and root may have none in a container, where
        # shared memory is 64 MB.
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        chromium = playwright.chromium.launch(executable_path=program, args=arguments, timeout=120_000)
        yield chromium
        chromium.close()


@contextmanager
def looking(
    browser: Browser, site: Visitor, size: ViewportSize = DESK, *, javascript: bool = False, dark: bool = False
) -> Iterator[Page]:
    """A new browser window that has no cookies. The site is to be shown `local`. Whatever the browser
    complains of fails the test."""
    complaints: list[str] = []
    context = browser.new_context(
        viewport=size,
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        base_url=f"http://127.0.0.1:{site.port}",
    )
    try:
        page = context.new_page()
        page.set_default_timeout(60_000)
        expect.set_options(timeout=60_000)
        page.on("console", lambda said: complaints.append(said.text) if _is_complaint(said) else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    finally:
        context.close()
    assert complaints == []


def _is_complaint(said: ConsoleMessage) -> bool:
    """A form that was refused (422) is none: that is what its page is there for."""
    return said.type == "error" and "status of 422" not in said.text


def apart(work: Callable[[], Result]) -> Result:
    """Does it in a thread of its own: Playwright's loop runs in this one, and `World.deliver` wants one of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()


def faults(page: Page) -> list[str]:
    """What axe-core finds seriously wrong with the page as it is (it needs `javascript=True`: axe is a script)."""
    found: dict[str, Any] = Axe().run(page).response
    return [
        f"{one['id']}: {one['help']}: {node['html']}"
        for one in found["violations"]
        if one["impact"] in _GRAVE
        for node in one["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Whether one would have to scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


__all__ = ["DESK", "HOST", "PHONE", "apart", "browser", "faults", "looking", "overflows"]
