"""The pages of GET /docs: each command is run in order, and each answer shown is the real one."""

import re

import pytest

from support.console import plain, run, steps
from support.stack import REPOSITORY

PAGES = ["http", "operators", "eoql", "stream", "webhooks"]


def text_of(page):
    return (REPOSITORY / "docs" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page, at_least", [("http", 30), ("operators", 15), ("eoql", 3)])
def test_the_answers_are_those_of_the_page(stack, page, at_least):
    commands = steps(f"docs/{page}.md")
    assert len(commands) >= at_least
    for command, shown in commands:
        assert shown, f"no answer is shown: {command}"
        assert plain(run(command, stack)) == plain(shown), command


def test_the_documentation_is_in_the_program(client):
    answer = client.get("/docs")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text == "\n\n".join(text_of(page) for page in PAGES)


def test_the_documentation_as_json(client):
    answer = client.ok(client.get("/docs?format=json"))
    assert [document["name"] for document in answer["documents"]] == PAGES
    for document in answer["documents"]:
        assert document["text"] == text_of(document["name"])
        assert document["text"].startswith(f"# {document['title']}\n")
    assert answer["version"] == client.ok(client.get("/"))["version"]


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_pages(page):
    for link in re.findall(r"\]\(([\w.-]+\.md)", text_of(page)):
        assert (REPOSITORY / "docs" / link).exists(), link
