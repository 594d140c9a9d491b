"""grafana/ and GET /metrics as Prometheus reads them: every query is valid, and each alert fires when it should, and only then."""

import re
import shutil
import subprocess

import pytest
import yaml

from support.stack import REPOSITORY
from test_guide_dashboard import ALERTS, panels

pytestmark = pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is missing: apt install prometheus")

MINUTES = 60
LABELS = 'instance="choreo:8420",job="choreo"'
PROCESSES = ("choreo-fcgi", "choreo-broker", "choreo-streamer", "choreo-dispatcher")


def promtool(*arguments, **more):
    return subprocess.run(["promtool", *arguments], capture_output=True, text=True, **more)


def series(metric, process, values, pid=1):
    return {"series": f'{metric}{{process="{process}",pid="{pid}",{LABELS}}}', "values": values}


def site(metric, values):
    return {"series": f"{metric}{{{LABELS}}}", "values": values}


def durations(fast, slow):
    """So many requests a minute that took up to 10 ms, and up to 5 s."""
    steps = {"0.01": fast, "1": fast, "5": fast + slow, "+Inf": fast + slow}
    labels = f'process="choreo-fcgi",pid="1",{LABELS}'
    name = "choreo_request_duration_seconds_bucket"
    return [{"series": f'{name}{{le="{le}",{labels}}}', "values": f"0+{step}x{MINUTES}"} for le, step in steps.items()]


WEBHOOKS_WELL = {"choreo_webhooks_failing": 0, "choreo_webhooks_disabled": 0, "choreo_webhook_dead": 0, "choreo_webhook_lag_max": 30}


def well(workers=8):
    """Every process runs, and work is done."""
    pids = [("choreo-fcgi", pid) for pid in range(10, 10 + workers)] + [(process, 1) for process in PROCESSES[1:]]
    steady = [("choreo_up", 1), ("choreo_start_time_seconds", 1795268935)]
    found = [series(metric, process, f"{value}x{MINUTES}", pid) for metric, value in steady for process, pid in pids]
    return found + [
        series("choreo_failed_requests_total", "choreo-fcgi", f"7x{MINUTES}"),
        series("choreo_webhook_failures_total", "choreo-dispatcher", f"0+1x{MINUTES}"),
        series("choreo_webhook_deliveries_total", "choreo-dispatcher", f"0+5x{MINUTES}"),
        *[series(name, "choreo-dispatcher", f"{value}x{MINUTES}") for name, value in WEBHOOKS_WELL.items()],
        *durations(1000, 2),
        site("choreo_disk_bytes", f"1000x{MINUTES}"),
        site("choreo_disk_free_bytes", f"400x{MINUTES}"),
    ]


def without(process):
    return [one for one in well() if f'process="{process}"' not in one["series"]]


def replaced(metric, process, values):
    return [one for one in well() if not one["series"].startswith(f'{metric}{{process="{process}"')] + [series(metric, process, values)]


def other(prefix, instead):
    """All is well but for what begins so."""
    return [one for one in well() if not one["series"].startswith(prefix)] + instead


def restarts():
    """A process that is another one every two minutes."""
    return without("choreo-broker") + [
        series(metric, "choreo-broker", "_x" + str(2 * n) + f" {value}x1 _x{MINUTES}", pid=100 + n)
        for n in range(MINUTES // 2)
        for metric, value in (("choreo_up", 1), ("choreo_start_time_seconds", 1795268935))
    ]


FIRING = {
    "ChoreoDown": without("choreo-fcgi"),
    "ChoreoProcessHangs": replaced("choreo_up", "choreo-streamer", f"0x{MINUTES}"),
    "ChoreoProcessMissing": without("choreo-dispatcher"),
    "ChoreoRestarts": restarts(),
    "ChoreoRequestsFail": replaced("choreo_failed_requests_total", "choreo-fcgi", f"0+1x{MINUTES}"),
    "ChoreoSlow": other("choreo_request_duration_seconds", durations(1000, 50)),
    "ChoreoDiskNearlyFull": other("choreo_disk_free_bytes", [site("choreo_disk_free_bytes", f"99x{MINUTES}")]),
    "ChoreoWebhooksFail": replaced("choreo_webhook_deliveries_total", "choreo-dispatcher", f"9x{MINUTES}"),
    "ChoreoWebhooksLag": replaced("choreo_webhook_lag_max", "choreo-dispatcher", f"1001x{MINUTES}"),
    "ChoreoWebhooksDisabled": replaced("choreo_webhooks_disabled", "choreo-dispatcher", f"1x{MINUTES}"),
    "ChoreoWebhooksGivenUp": replaced("choreo_webhook_dead", "choreo-dispatcher", f"1x{MINUTES}"),
}


def fired(tmp_path, input_series):
    """The names of the alerts that fire after most of an hour."""
    expected = [{"eval_time": "55m", "alertname": rule["alert"], "exp_alerts": []} for rule in ALERTS["groups"][0]["rules"]]
    test = {"interval": "1m", "input_series": input_series, "alert_rule_test": expected}
    content = {"rule_files": [str(REPOSITORY / "grafana" / "alerts.yml")], "tests": [test]}
    (tmp_path / "test.yml").write_text(yaml.safe_dump(content))
    ended = promtool("test", "rules", tmp_path / "test.yml")
    names = re.findall(r"alertname: (\w+)", ended.stdout + ended.stderr)
    assert (ended.returncode == 0) == (names == []), ended
    return names


def test_every_query_is_one_that_prometheus_takes(tmp_path):
    assert promtool("check", "rules", REPOSITORY / "grafana" / "alerts.yml").returncode == 0
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    filled = [re.sub(r"\$\{?(job|instance)\}?", ".*", re.sub(r"\$__(rate_interval|range)", "5m", one)) for one in asked]
    rules = [{"record": f"panel:query{n}", "expr": one} for n, one in enumerate(filled)]
    (tmp_path / "panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    checked = promtool("check", "rules", tmp_path / "panels.yml")
    assert checked.returncode == 0, checked.stderr


def test_nothing_fires_where_all_is_well_and_many_workers_run(tmp_path):
    assert fired(tmp_path, well()) == []


def test_each_alert_has_a_case():
    assert set(FIRING) == {rule["alert"] for rule in ALERTS["groups"][0]["rules"]}


@pytest.mark.parametrize("alert", FIRING)
def test_an_alert_fires_when_it_should(alert, tmp_path):
    assert fired(tmp_path, FIRING[alert]) == [alert]


def test_faults_f12_one_dead_endpoint_among_busy_ones_fires(tmp_path):
    assert fired(tmp_path, replaced("choreo_webhooks_failing", "choreo-dispatcher", f"1x{MINUTES}")) == ["ChoreoWebhooksFail"]


def test_the_answer_of_metrics_is_clean(client):
    checked = promtool("check", "metrics", input=client.get("/metrics").text)
    assert checked.returncode == 0 and not checked.stderr.strip(), checked.stderr
