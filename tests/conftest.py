"""What all tests share: how hypothesis searches, one browser, and what happens where a program is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CI = os.environ.get("CI") == "true"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# No deadlines: a shared machine stalls. CI repeats the same examples; a developer's machine keeps looking for new ones.
settings.register_profile("laptop", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("laptop"), derandomize=True)
settings.load_profile("ci" if CI else "laptop")


@pytest.fixture(autouse=True)
def no_loop_of_the_browser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hide the loop that the browser's driver leaves running in its thread from tests that do not use the browser.

    The driver keeps a loop running between its calls for as long as it is open, so no test after it could run one.
    """
    loop = asyncio._get_running_loop()
    if loop is None or "browser" in request.fixturenames:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(loop)


@pytest.fixture(scope="session")
def program() -> Callable[[str], str]:
    """Return a function that finds a program on the path; a missing one fails in CI and skips the test elsewhere."""

    def find(name: str) -> str:
        if found := shutil.which(name):
            return found
        reason = f"{name} is not installed"
        return pytest.fail(reason) if CI else pytest.skip(reason)

    return find


@pytest.fixture(scope="session")
def browser(program: Callable[[str], str]) -> Iterator[Browser]:
    """Start Chromium once for all tests; without it they fail in CI and are skipped elsewhere."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program("chromium"), args=FLAGS)
        yield started
        started.close()
