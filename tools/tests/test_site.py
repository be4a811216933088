"""The book's configuration and local Sphinx extensions, on a small book built with the real configuration."""

import importlib
import importlib.metadata
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "book" / "_ext"


def extension(name: str):
    """Load one of the book's extensions by its path: tools and extensions share names."""
    spec = importlib.util.spec_from_file_location(f"book_ext_{name}", EXTENSIONS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


assets, figures, ledger, repository = (extension(name) for name in ("assets", "figures", "ledger", "repository"))

HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
CHAPTER = HEADER + """
# A chapter

It has {ledger}`tiny.params` parameters, gives {ledger}`tiny.outputs`, since {ledger}`tiny.formula`. $x^2$
A {index}`round thing <thing; round>` is a {term}`thing`, says {cite:t}`one`.

:::{predict} 1
:answer: (None, 64) | 1,616
How many {ledger}`tiny.params`?
+++
So many.
:::

:::{predict}
Why?
+++
Because.
:::

```{code-cell} ipython3
---
mystnb:
  image: {alt: "one box named Dense"}
  figure: {name: fig-box, caption: "A box."}
---
from IPython.display import SVG
import pydot
SVG(pydot.graph_from_dot_data('digraph { a [label="Dense" shape=box] }')[0].create_svg())
```

:::{bibliography}
:filter: docname in docnames
:::

```{code-cell} ipython3
import sys
print("said")
print("complained", file=sys.stderr)
open("left_behind.txt", "w").write("x");
```
"""
EXERCISE = {
    "cells": [
        {"cell_type": "markdown", "id": "1", "metadata": {}, "source": "# An exercise"},
        {"cell_type": "code", "id": "2", "metadata": {}, "execution_count": None, "outputs": [],
         "source": "raise NotImplementedError('an exercise must not be executed')"},
    ],
    "metadata": {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}},
    "nbformat": 4, "nbformat_minor": 5,
}
TINY = {"title": "Tiny", "chapter": "01_chapter", "inputs": [[None, 4]], "outputs": [[None, 2], [None, None, 3]],
        "params": 12345, "trainable": 12000, "formula": "3 * 3 * 128 + 4", "sources": ["S1", "S3"]}

MATRIX = {
    "environments": [
        {"name": name, "title": name.title(), "versions": {"python": python, "keras": keras, "tensorflow": tensorflow}}
        for name, python, keras, tensorflow in (("pinned", "3.11.7", "3.15.1", "2.21.0"),
                                                ("colab", "3.12.0", "3.10.0", "2.19.1"))
    ],
    "chapters": {"01_chapter": {"pinned": "", "colab": "NameError: name 'x' is not defined"}},
}


# ---- The ledger role ------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("field", "text"), [
    ("params", "12,345"), ("trainable", "12,000"), ("inputs", "(None, 4)"),
    ("outputs", "(None, 2), (None, None, 3)"), ("formula", "3·3·128 + 4"), ("title", "Tiny"),
])
def test_a_field_of_the_ledger_as_text(field, text):
    assert ledger.lookup({"tiny": TINY}, f"tiny.{field}") == text


def test_an_id_may_hold_dots():
    assert ledger.lookup({"inception.v3": TINY}, "inception.v3.params") == "12,345"


@pytest.mark.parametrize(("citation", "sentence"), [
    ("tinny.params", "no model 'tinny'; near it are tiny"),
    ("other_thing.params", "no model 'other_thing'; it has small, tiny"),
    ("tiny.parameters", "no field 'parameters' in 'tiny.parameters'; write ID.field with one of the fields params, "
                        "trainable, inputs, outputs, formula, title"),
    ("tiny", "no field 'tiny'"),
])
def test_an_unknown_citation_names_what_is_known(citation, sentence):
    with pytest.raises(LookupError, match=re.escape(sentence)):
        ledger.lookup({"tiny": TINY, "small": TINY}, citation)


# ---- The repository -------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("remote", "address"), [
    ("https://github.com/owner/name.git", "https://github.com/owner/name"),
    ("https://user:secret@github.com/owner/name", "https://github.com/owner/name"),
    ("https://github.com/owner/name/", "https://github.com/owner/name"),
    ("git@github.com:owner/name.git", "https://github.com/owner/name"),
    ("ssh://git@github.com:22/owner/name.git", "https://github.com/owner/name"),
    ("https://gitlab.com/group/part/name.git", "https://gitlab.com/group/part/name"),
    ("git@GitLab.example.edu:course/name.git", "https://gitlab.example.edu/course/name"),
    ("https://code.example.org/owner/name.git", None),  # no host that the theme knows
    ("/home/somebody/name", None),
    ("../name", None),
    ("file:///home/github.com/name", None),
    ("https://github.com/owner", None),
    ("", None),
])
def test_the_page_of_a_remote(remote, address):
    assert repository.web_address(remote) == address


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", folder, *arguments], check=True, capture_output=True)


def test_the_repository_is_the_one_built_from(tmp_path):
    git(tmp_path, "init", "-q")
    assert repository.find_repository(tmp_path, {}) is None
    git(tmp_path, "remote", "add", "origin", "git@github.com:fork/book.git")
    assert repository.find_repository(tmp_path, {}) == ("https://github.com/fork/book", "main")
    git(tmp_path, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert repository.find_repository(tmp_path, {}) == ("https://github.com/fork/book", "trunk")
    said = {"REPOSITORY_URL": "https://github.com/other/book", "REPOSITORY_BRANCH": "edition-2"}
    assert repository.find_repository(tmp_path, said) == ("https://github.com/other/book", "edition-2")


def test_buttons_only_where_they_lead_somewhere():
    assert repository.theme_options(None)["use_repository_button"] is False
    assert repository.theme_options(None)["launch_buttons"] == {}
    github = repository.theme_options(("https://github.com/owner/name", "main"))
    assert github["launch_buttons"] == {"colab_url": "https://colab.research.google.com"}
    gitlab = repository.theme_options(("https://gitlab.com/owner/name", "main"))
    assert gitlab["use_repository_button"] and not gitlab["launch_buttons"]


# ---- Drawings -------------------------------------------------------------------------------------------------------

# As Keras writes a layer: a table with a title over two cells; texts in two fonts on one line.
LAYER = """digraph { 1 [shape=record, fontname=Helvetica, label=<<table border="0" cellborder="1" cellpadding="10">
<tr><td colspan="2"><font point-size="16"><b>dense</b> (Dense)</font></td></tr>
<tr><td>Input shape: <b>(None, 64)</b></td><td>Output shape: <b>(None, 32)</b></td></tr></table>>] }"""


def draw() -> str:
    return subprocess.run(["dot", "-Tsvg"], input=LAYER, capture_output=True, text=True, check=True).stdout


def test_every_text_of_a_layer_ends_inside_its_cell():
    pinned = figures.pin_text(draw())
    texts = re.findall(r"<text ([^>]*)>([^<]*)</text>", pinned)
    assert len(texts) == 6
    cells = []  # (left, right, top, bottom)
    for points in re.findall(r'<polygon [^>]*points="([^"]+)"', pinned):
        across, down = zip(*(map(float, point.split(",")) for point in points.split()), strict=True)
        cells.append((min(across), max(across), min(down), max(down)))
    starts, ends = [], []
    for attributes, words in texts:
        x, y, length = (float(re.search(rf'\b{name}="([-\d.]+)"', attributes)[1]) for name in ("x", "y", "textLength"))
        left, right, *_ = min((cell for cell in cells if cell[0] <= x <= cell[1] and cell[2] <= y <= cell[3]),
                              key=lambda cell: (cell[1] - cell[0]) * (cell[3] - cell[2]))
        assert left < x and x + length < right, words
        starts.append(x)
        ends.append(x + length)
    assert ends[0] == pytest.approx(starts[1]), "the second text of a line starts where the first one ends"


def test_pinning_twice_changes_nothing():
    once = figures.pin_text(draw())
    assert figures.pin_text(once) == once


# ---- Styles ---------------------------------------------------------------------------------------------------------

def test_every_change_of_a_static_file_is_noticed(tmp_path):
    (tmp_path / "a.css").write_text("a")
    seen = {assets.digest([tmp_path])}
    (tmp_path / "a.css").write_text("b")
    seen.add(assets.digest([tmp_path]))
    (tmp_path / "a.css").rename(tmp_path / "c.css")
    seen.add(assets.digest([tmp_path]))
    assert len(seen) == 3


# ---- The configuration ----------------------------------------------------------------------------------------------

def test_what_the_contents_name_exists():
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [contents["root"], *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"])]
    missing = [file for file in files if not any((ROOT / f"{file}{end}").is_file() for end in (".md", ".ipynb"))]
    assert not missing


def test_publishing_uses_the_targets_of_a_person():
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8"))
    build = workflow["jobs"]["build"]
    assert [step["run"] for step in build["steps"] if "run" in step] == ["make test", "make book", "make exam"]
    assert build["env"]["REPOSITORY_URL"] == "${{ github.server_url }}/${{ github.repository }}"
    assert workflow["jobs"]["publish"]["needs"] == "build"
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert {"test", "book", "exam"} <= set(targets)


def test_every_notebook_of_the_book_is_replayed(tmp_path):
    (tmp_path / "book").mkdir()
    for name in ("02_chapter", "a_appendix"):
        (tmp_path / "book" / f"{name}.ipynb").touch()
    command = ["make", "--dry-run", "--file", ROOT / "Makefile", "replay", "READY="]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout
    assert "replayed/02_chapter" in said and "replayed/a_appendix" in said


# ---- A small book, built --------------------------------------------------------------------------------------------

class Book:
    """A repository with one chapter and one exercise, and the real configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copy(ROOT / "_config.yml", folder)
        for name in ("_ext", "_static", "_extra", "_templates"):
            shutil.copytree(ROOT / "book" / name, folder / "book" / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.write("_toc.yml", "format: jb-book\nroot: book/index\nchapters:\n"
                               "- file: book/01_chapter\n- file: exercises/one/one\n- file: book/c_glossary\n"
                               "- file: book/b_ledger\n- file: book/e_environment\n")
        for name in ("b_ledger", "e_environment"):
            shutil.copy(ROOT / "book" / f"{name}.md", folder / "book")
        self.write("book/data/matrix.json", json.dumps(MATRIX))
        self.write("book/c_glossary.md", "# Glossary\n\n:::{glossary}\nthing\n  What there is.\n:::\n")
        self.write("book/index.md", "# A book\n\nSee {doc}`01_chapter`.\n")
        self.write("book/01_chapter.md", CHAPTER)
        self.write("book/01_chapter.ipynb", json.dumps(EXERCISE | {"metadata": {"origin": "generated"}}))
        self.write("book/references.bib", "@book{one, author={Doe, Jane}, title={Alone}, publisher={P}, year={2001}}")
        self.write("exercises/one/one.ipynb", json.dumps(EXERCISE))
        self.write("solutions/one/one.md", "# Never shown\n")
        self.write(".hidden/README.md", "# Never read\n")
        self.write_ledger(12345)

    def write(self, path: str, text: str) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def write_ledger(self, params: int) -> None:
        self.write("autograder/data/ledger.json", json.dumps({"tiny": TINY | {"params": params}}))

    def build(self, url: str = "") -> subprocess.CompletedProcess:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("REPOSITORY_")}
        command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "-W", "-n", "--keep-going"]
        return subprocess.run(command, cwd=self.folder, env=environ | ({"REPOSITORY_URL": url} if url else {}),
                              capture_output=True, text=True)

    def page(self, path: str) -> str:
        return (self.folder / "_build" / "html" / path).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """The small book, built once as somebody's fork on GitHub."""
    book = Book(tmp_path_factory.mktemp("book"))
    built = book.build("https://github.com/somebody/fork.git")
    assert built.returncode == 0, built.stdout + built.stderr
    return book


def test_pages_ask_no_other_host_for_anything(book):
    for page in ("book/index.html", "book/01_chapter.html", "exercises/one/one.html", "search.html", "index.html"):
        loaded = re.findall(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)\"|<link\b[^>]*\bhref=\"([^\"]+)\"",
                            book.page(page))
        assert not [address for pair in loaded for address in pair if re.match(r"(https?:)?//", address)]
    assert "_static/mathjax/tex-svg.js" in book.page("book/01_chapter.html")
    assert "thebe" not in book.page("book/01_chapter.html").lower()


def test_pages_load_only_what_they_use(book):
    for page in ("book/index.html", "book/01_chapter.html", "search.html"):
        assert "fontawesome.js" not in book.page(page) and 'src="' in book.page(page)
        assert "scripts/pydata-sphinx-theme.js" in book.page(page) and "scripts/bootstrap.js" in book.page(page)
    assert "tex-svg.js" not in book.page("book/index.html"), "a page without a formula"
    assert "tex-svg.js" in book.page("book/01_chapter.html")


def test_references_are_the_items_of_a_list(book):
    page = book.page("book/01_chapter.html")
    assert re.search(r'<div role="list" class="citation-list">\s*<div class="citation" id="\w+" role="listitem">', page)
    assert "doc-biblioentry" not in page


def test_the_versions_are_those_of_this_environment(book):
    cells = re.findall(r"<td><p>(.*?)</p>", book.page("book/e_environment.html"))
    assert cells[:3] == ["python", platform.python_version(), "3.12.0"]
    assert cells[cells.index("keras") + 1:][:2] == [importlib.metadata.version("keras"), "3.10.0"]
    assert cells[cells.index("nbgrader") + 2] == "–"


def test_the_matrix_names_what_ran_and_what_did_not(book):
    table = book.page("book/e_environment.html").split("Colab: Keras 3.10.0, TensorFlow 2.19.1")[1].split("</table>")[0]
    assert 'href="01_chapter.html"' in table and "A chapter" in table
    words = " ".join(re.sub(r"<[^>]*>", " ", table).split())
    assert words.endswith("A chapter ran NameError: name 'x' is not defined")


def test_options_of_the_file_and_of_the_theme_join(book):
    page = book.page("book/01_chapter.html")
    assert "CC BY 4.0" in page and "Search this book" in page


def test_there_is_one_search_box(book):
    assert book.page("book/01_chapter.html").count("search-button-field") == 1


def test_colab_opens_the_notebook_of_the_repository_that_built_the_page(book):
    colab = "https://colab.research.google.com/github/somebody/fork/blob/main"
    assert f"{colab}/book/01_chapter.ipynb" in book.page("book/01_chapter.html")
    assert f"{colab}/exercises/one/one.ipynb" in book.page("exercises/one/one.html")
    assert 'href="https://github.com/somebody/fork"' in book.page("book/01_chapter.html")
    assert "executablebooks" not in book.page("book/01_chapter.html")


def test_the_download_is_the_generated_notebook(book):
    assert "_sources/book/01_chapter.ipynb" in book.page("book/01_chapter.html")
    assert json.loads(book.page("_sources/book/01_chapter.ipynb"))["metadata"] == {"origin": "generated"}


def test_the_ledger_stands_in_the_text(book):
    page = book.page("book/01_chapter.html")
    assert "It has 12,345 parameters" in page and ">(None, 2), (None, None, 3)<" in re.sub(r"</?span[^>]*>", "", page)


def test_the_index_and_the_glossary_lead_into_the_pages(book):
    assert re.search(r'href="../genindex.html">Index</a>', book.page("book/01_chapter.html"))
    index = re.sub(r"\s+", " ", book.page("genindex.html"))
    assert re.search(r'<strong>thing</strong></a> <ul> <li><a href="book/01_chapter.html#index-0">round</a>', index)
    assert '<a class="reference internal" href="c_glossary.html#term-thing">' in book.page("book/01_chapter.html")


def test_the_ledger_as_a_table(book):
    page = book.page("book/b_ledger.html")
    table = re.search(r'<table class="ledger.*?</table>', page, re.DOTALL)[0]
    words = " ".join(re.sub(r"<[^>]*>", " ", table.split("<tbody>")[1]).split())
    assert words == ("Tiny tiny 3·3·128 + 4 Inputs (None, 4) Outputs (None, 2) (None, None, 3) "
                     "Parameters 12,345 12,000 of them trainable Sources S1, S3")
    assert re.search(r'<a class="reference internal" href="01_chapter.html"><span[^>]*>Tiny<', table)
    assert "<details" not in table, "a short sum is not folded"


def test_a_question_is_seen_and_its_answer_folded(book):
    first, second = book.page("book/01_chapter.html").split('<div class="predict"')[1:]
    assert re.match(r' role="group" aria-labelledby="(.+?)">\s*<p class="predict-title" id="\1">Question 1<', first)
    seen, folded = first.split("<details")
    assert "How many 12,345?" in seen and "So many." not in seen and "So many." in folded
    # A form that no script checks is not shown; what it says comes from the page, so that it can be translated.
    assert re.search(r'<form class="predict-form" .*data-answer="\(None, 64\) \| 1,616" hidden>', seen)
    assert 'data-right="Right."' in seen and re.search(r'<label for="(.+?)">Your answer</label><input id="\1"', seen)
    assert 'role="status"' in seen and "<form" not in second.split("</details>")[0]
    assert "Predict first" in second


def test_the_text_of_a_question_can_be_translated(book, tmp_path):
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--path-output", tmp_path,
               "--builder", "custom", "--custom-builder", "gettext"]
    subprocess.run(command, cwd=book.folder, check=True, capture_output=True)
    texts = "".join(path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.pot"))
    assert 'msgid "So many."' in texts and 'msgid "Because."' in texts


def test_a_drawing_knows_its_width_and_opens_alone(book):
    found = re.search(r'<div class="drawing" style="--width: (\d+)px"><a href="(\.\./_images/[^"]+\.svg)">\s*'
                      r'<img alt="one box named Dense"', book.page("book/01_chapter.html"))
    assert found and 20 < int(found[1]) < 200
    assert 'fill="white" stroke="none" points="-4,4' not in book.page(f"book/{found[2]}")


def test_what_a_cell_says_is_shown_and_what_it_complains_of_is_not(book):
    page = book.page("book/01_chapter.html")
    outputs = "".join(part.split("cell_input")[0] for part in page.split("cell_output")[1:])
    assert "said" in outputs and "complained" not in outputs
    assert not list((book.folder / "book").glob("left_behind*"))


def test_the_cache_of_executed_chapters_lies_beside_the_site(book):
    executed = list((book.folder / "_build" / ".jupyter_cache" / "executed").glob("*/base.ipynb"))
    assert len(executed) == 1  # the chapter, not the exercise


def test_only_what_the_contents_name_is_shown(book):
    assert not [path for path in (book.folder / "_build" / "html").rglob("*") if "solutions" in path.parts]


def test_without_a_repository_there_are_no_buttons_to_it(book):
    built = book.build()
    assert built.returncode == 0, built.stdout + built.stderr
    page = book.page("book/01_chapter.html")
    assert "colab" not in page and "source-repository-button" not in page
    assert "_sources/book/01_chapter.ipynb" in page


def test_a_change_of_the_ledger_reaches_the_page(book):
    book.write_ledger(54321)
    assert book.build().returncode == 0
    assert "It has 54,321 parameters" in book.page("book/01_chapter.html")


def test_a_change_of_the_style_reaches_the_site(book):
    book.build()  # so that nothing else has changed
    book.write("book/_static/book.css", "/* other */")
    assert book.build().returncode == 0
    assert book.page("_static/book.css") == "/* other */"


def test_a_failing_cell_fails_the_build(book):
    book.write("book/01_chapter.md", HEADER + "\n# A chapter\n\n```{code-cell} ipython3\n1 / 0\n```\n")
    built = book.build()
    assert built.returncode != 0 and "ZeroDivisionError" in built.stdout + built.stderr
    book.write("book/01_chapter.md", CHAPTER)


def test_a_question_without_an_answer_fails_the_build(book):
    book.write("book/index.md", "# A book\n\n:::{predict} 1\nWhy?\n:::\n\n{doc}`01_chapter`\n")
    built = book.build()
    assert built.returncode != 0 and "a line +++ must part the question" in built.stdout + built.stderr


def test_an_unknown_citation_fails_the_build(book):
    book.write("book/index.md", "# A book\n\n{ledger}`huge.params` {doc}`01_chapter`\n")
    built = book.build()
    assert built.returncode != 0
    assert re.search(r"index\.md:3: WARNING: the ledger has no model 'huge'; it has tiny", built.stdout + built.stderr)
