"""The book holds what book/coverage.toml promises: each topic at its place, each model in the ledger."""

import json
import re
import tomllib
from pathlib import Path

import browser
import pytest
from myst_markdown import read_notebook

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
CHAPTERS = tomllib.loads((BOOK / "coverage.toml").read_text(encoding="utf-8"))["chapter"]
PAGES = [chapter["page"] for chapter in CHAPTERS]
LEDGER = json.loads((ROOT / "autograder" / "data" / "ledger.json").read_text(encoding="utf-8"))


def rows(page: str) -> list[dict]:
    return next(chapter["rows"] for chapter in CHAPTERS if chapter["page"] == page)


def labels(path: Path) -> set[str]:
    """Return the labels that stand above a heading, and the names of figures."""
    found = set()
    for cell in read_notebook(path).cells:
        if cell.cell_type == "code":
            found.add(cell.metadata.get("mystnb", {}).get("figure", {}).get("name"))
            continue
        found.update(re.findall(r"^\(([\w-]+)\)=\n(?:\s*\n|\([\w-]+\)=\n)*#+ ", cell.source, re.MULTILINE))
        found.update(re.findall(r"^:name: +(\S+)$", cell.source, re.MULTILINE))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_each_topic_has_its_place_in_the_source(page):
    path = BOOK / f"{page}.md"
    assert path.is_file(), f"{page}.md is not written"
    missing = [row["anchor"] for row in rows(page) if row["anchor"] not in labels(path)]
    assert not missing


@pytest.mark.parametrize("page", PAGES)
def test_each_model_is_in_the_ledger_of_its_chapter(page):
    wanted = {model: page for row in rows(page) for model in row.get("model", [])}
    assert {model: LEDGER.get(model, {}).get("chapter") for model in wanted} == wanted


def test_each_model_of_the_ledger_names_the_sources_of_its_row():
    for chapter in CHAPTERS:
        for row in chapter["rows"]:
            for model in row.get("model", []):
                assert set(LEDGER.get(model, {}).get("sources", [])) <= set(row.get("sources", [])), model


def test_the_contents_have_every_page_in_order():
    contents = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert re.findall(r"- file: book/(\w+)", contents) == PAGES


def test_no_anchor_is_promised_twice():
    anchors = [row["anchor"] for page in PAGES for row in rows(page)]
    assert len(anchors) == len(set(anchors)) > 100


@pytest.mark.parametrize(("text", "found"), [
    ("(sec-a)=\n## A\n", True), ("(sec-a)=\n(sec-b)=\n\n## A\n", True), ("(sec-a)=\nNo heading.\n", False),
    ("```python\nsec_a\n```\n", False), (":::{figure} a.svg\n:name: sec-a\n:::\n", True),
])
def test_a_label_needs_a_heading_or_a_figure(tmp_path, text, found):
    (tmp_path / "a.md").write_text(text, encoding="utf-8")
    assert ("sec-a" in labels(tmp_path / "a.md")) is found


@pytest.mark.exam
@pytest.mark.parametrize("page", PAGES)
def test_each_topic_has_its_place_on_the_page(page):
    parsed = browser._Links()
    parsed.feed((browser.SITE / "book" / f"{page}.html").read_text(encoding="utf-8"))
    missing = [row["anchor"] for row in rows(page) if row["anchor"] not in parsed.ids]
    assert not missing
