"""grafana/: the dashboard and the alerts ask for metrics that there are, and for all of them."""

import itertools
import json
import re

import pytest
import yaml

from support.stack import REPOSITORY

DASHBOARD = json.loads((REPOSITORY / "grafana" / "choreo.json").read_text(encoding="utf-8"))
ALERTS = yaml.safe_load((REPOSITORY / "grafana" / "alerts.yml").read_text(encoding="utf-8"))
ROWS = re.findall(r"^\| `(choreo_\w+)` \| (\w+) \|", (REPOSITORY / "docs" / "metrics.md").read_text(encoding="utf-8"), re.M)
KINDS = dict(ROWS)
LABELS = {"process", "pid", "code", "le", "job", "instance"}  # ours, and those that Prometheus adds


def panels():
    return [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]


def queries():
    found = [target["expr"] for panel in panels() for target in panel["targets"]]
    return found + [rule["expr"] for group in ALERTS["groups"] for rule in group["rules"]]


def metrics_of(query):
    """By the names that are documented: a histogram's has no ending."""
    found = [(name, re.sub(r"_(bucket|sum|count)$", "", name)) for name in re.findall(r"\bchoreo_\w+", query)]
    return [base if KINDS.get(base) == "histogram" else name for name, base in found]


def test_every_query_names_documented_metrics_and_every_metric_is_shown():
    shown = {metric for panel in panels() for target in panel["targets"] for metric in metrics_of(target["expr"])}
    assert KINDS and shown == set(KINDS)
    for query in queries():
        assert metrics_of(query) and set(metrics_of(query)) <= set(KINDS), query


@pytest.mark.parametrize("query", queries())
def test_counters_are_asked_for_their_growth_and_gauges_for_their_value(query):
    for metric in metrics_of(query):
        counted = bool(re.search(rf"\b(rate|increase)\({metric}(_bucket)?\b", query))
        assert counted == (KINDS[metric] in ("counter", "histogram")), metric
    assert query.count("(") == query.count(")") and query.count("{") == query.count("}")
    for names in re.findall(r"\bby \(([^)]*)\)", query):
        assert set(re.split(r",\s*", names)) <= LABELS
    for names in re.findall(r"\{([^}]*)\}", query):
        assert set(re.findall(r"(\w+)=", names)) <= LABELS


def test_the_dashboard_can_be_imported_anywhere():
    variables = {variable["name"] for variable in DASHBOARD["templating"]["list"]}
    assert variables == {"datasource", "job", "instance"}
    for panel in panels():
        assert panel["datasource"]["uid"] == "${datasource}" and panel["title"] and panel["description"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_no_panel_lies_upon_another():
    def cells(panel):
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        return set(itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])))

    for one, other in itertools.combinations(DASHBOARD["panels"], 2):
        assert not cells(one) & cells(other), (one["title"], other["title"])


def test_every_alert_has_a_name_and_a_sentence_and_is_explained():
    text = (REPOSITORY / "docs" / "operate.md").read_text(encoding="utf-8")
    for rule in ALERTS["groups"][0]["rules"]:
        assert f"`{rule['alert']}`" in text and rule["annotations"]["summary"].endswith("."), rule["alert"]
