"""Options and reports that every Python test shares."""

import pytest


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also run the tests that take minutes each")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--long"):
        return
    for item in items:
        if "long" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="takes minutes; scripts/test --long runs it"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the processes wrote last stands beside a failure: their files are gone afterwards."""
    outcome = yield
    report = outcome.get_result()
    stack = getattr(item, "funcargs", {}).get("stack")
    if report.failed and call.when == "call" and stack is not None:
        report.sections.append(("logs of the stack", stack.logs()))
