"""scripts/test-totals: the last line that machines read."""

import subprocess
from pathlib import Path

TOTALS = Path(__file__).resolve().parents[2] / "scripts" / "test-totals"
PASSED = '<testcase classname="a" name="good"/>'
FAILED = '<testcase classname="a" name="bad"><failure message="no"/></testcase>'
ERROR = '<testcase classname="a" name="broken"><error message="no"/></testcase>'
SKIPPED = '<testcase classname="a" name="later"><skipped message="no engine"/></testcase>'


def totals(directory, *reports):
    paths = []
    for number, cases in enumerate(reports):
        path = directory / f"{number}.xml"
        if cases is not None:
            path.write_text(f"<testsuite>{cases}</testsuite>")
        paths.append(path)
    done = subprocess.run([TOTALS, *paths], capture_output=True, text=True)
    return done.returncode, done.stdout.splitlines()


def test_reports_are_added_up(tmp_path):
    assert totals(tmp_path, PASSED * 3, PASSED * 2) == (0, ["5 passed, 0 failed"])


def test_skipped_ones_are_told(tmp_path):
    assert totals(tmp_path, PASSED, SKIPPED) == (0, ["1 passed, 0 failed, 1 skipped"])


def test_failures_and_errors_are_named_and_fail(tmp_path):
    code, lines = totals(tmp_path, PASSED + FAILED, ERROR)
    assert code == 1 and lines == ["FAILED a: bad", "FAILED a: broken", "1 passed, 2 failed"]


def test_a_report_that_is_missing_or_half_written_fails(tmp_path):
    code, lines = totals(tmp_path, PASSED, None)
    assert code == 1 and lines[-1] == "1 passed, 1 failed"
    code, lines = totals(tmp_path, PASSED, "<testcase")
    assert code == 1 and lines[-1] == "1 passed, 1 failed"


def test_nothing_run_is_no_success(tmp_path):
    assert totals(tmp_path, "", "") == (1, ["0 passed, 0 failed"])
