"""The fixture that runs scenarios in a browser."""

import os
from pathlib import Path

import pytest
from support.page import Browser
from support.stack import build_dir


@pytest.fixture(scope="module")
def browser():
    running = Browser()
    yield running
    running.close()


@pytest.fixture
def scenario(stack, browser, slug):
    """scenario(file, name): one of tests/ui/<file>.mjs. What it records stays in the build directory."""
    report = Path(os.environ.get("CHOREO_UI_REPORT", build_dir() / "test-results" / "ui"))
    report.mkdir(parents=True, exist_ok=True)
    return lambda file, name, **environment: browser.run(stack, file, name, slug[:40].strip("-"), report, **environment)
