"""MyST -> plain Markdown: what each construct becomes, and that nothing unknown passes through."""

import re
from pathlib import Path

import pytest
from crossrefs import Library, Roles
from myst_markdown import MystError, Place, figure_text, to_markdown

ROOT = Path(__file__).resolve().parents[2]
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""
CELL = "```{code-cell} ipython3\nprint(1)\n```\n"
LEDGER = """{"tiny": {"title": "Tiny", "params": 3584, "trainable": 3584, "inputs": [[null, 4]],
             "outputs": [[null, 2], [null, 3]], "formula": "3*3*3*128 + 128"}}"""
BIBLIOGRAPHY = """
@book{one, author = {Doe, Jane}, title = {Alone}, publisher = {Press}, year = {2001}}
@misc{two, author = {Doe, Jane and Roe, Max}, title = {Together}, year = {2002}}
@misc{three, author = {Doe, Jane and Roe, Max and {Keras team}}, title = {Many}, year = {2003}}
"""


@pytest.fixture
def book(tmp_path):
    """A small repository: a chapter with figures, another one, a landing page, an assignment."""
    for folder in ("book/_ext", "solutions/mini", "autograder/data"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "book/_ext/ledger.py").write_bytes((ROOT / "book/_ext/ledger.py").read_bytes())
    (tmp_path / "autograder/data/ledger.json").write_text(LEDGER)
    (tmp_path / "book/references.bib").write_text(BIBLIOGRAPHY)
    (tmp_path / "book/picture.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (tmp_path / "book/index.md").write_text("# Welcome\n")
    (tmp_path / "book/01_first.md").write_text(
        HEADER + "(ch-first)=\n# The `first` chapter\n\n(sec-here)=\n## Here\n\n"
        ":::{note}\n```{figure} picture.svg\n:name: fig-still\n:alt: still\n\nStill\n```\n:::\n\n"
        "```{code-cell} ipython3\n---\nmystnb: {figure: {name: fig-drawn, caption: Drawn}}\n---\nprint(1)\n```\n")
    (tmp_path / "book/02_second.md").write_text(
        HEADER + "(ch-second)=\n# Second\n\n"
        "```{figure} picture.svg\n:name: fig-there\n:alt: there\n\nThere\n```\n" + CELL)
    (tmp_path / "solutions/mini/mini.md").write_text(HEADER + "# Mini\n" + CELL)
    return Library(tmp_path)


def convert(book, text, document="book/01_first.md"):
    return to_markdown(text, Place(document, 10), Roles(book, book.root / document))


@pytest.mark.parametrize(("myst", "plain"), [
    # roles
    ("{ref}`ch-second`", "[Second](02_second.ipynb)"),
    ("{ref}`the next <ch-second>`", "[the next](02_second.ipynb)"),
    ("{ref}`sec-here`", "*Here*"),
    ("{ref}`above <sec-here>`", "above (*Here*)"),
    ("{numref}`fig-still`, {numref}`fig-drawn`", "Fig. 1, Fig. 2"),
    ("{numref}`picture {number} <fig-drawn>`", "picture 2"),
    ("{numref}`fig-there`", "Fig. 1 of [Second](02_second.ipynb)"),
    ("{doc}`02_second`", "[Second](02_second.ipynb)"),
    ("{doc}`more <02_second>`", "[more](02_second.ipynb)"),
    ("{doc}`index`", "*Welcome*"),
    ("{doc}`/exercises/mini/mini`", "[Mini](../exercises/mini/mini.ipynb)"),
    ("{ledger}`tiny.params` {ledger}`tiny.outputs`", "3,584 `(None, 2), (None, 3)`"),
    ("{ledger}`tiny.formula`", "`3·3·3·128 + 128`"),
    ("{term}`layer`, {term}`layers <layer>`", "layer, layers"),
    ("{index}`padding <padding; same and valid>`, {index}`stride`, {index}`!graph`", "padding, stride, graph"),
    ("{download}`the picture <picture.svg>`", "[the picture](picture.svg)"),
    ("{cite:p}`one,two`, {cite:t}`three`", "(Doe, 2001; Doe and Roe, 2002), Doe et al. (2003)"),
    # directives
    (":::{note}\nText *here*.\n:::", "> **Note**\n>\n> Text *here*."),
    ("```{tip} Begins here\nand goes on.\n```", "> **Tip**\n>\n> Begins here\n>\n> and goes on."),
    (":::{admonition} In `this` chapter\n- a\n- b\n:::", "> **In `this` chapter**\n>\n> - a\n> - b"),
    (":::{note}\n:class: wide\n\nText\n:::", "> **Note**\n>\n> Text"),
    ("::::{note}\n:::{warning}\nInner\n:::\n::::", "> **Note**\n>\n> > **Warning**\n> >\n> > Inner"),
    (":::{dropdown} The `answer` is $x_1$\n42 = {ledger}`tiny.params`\n:::",
     "<details>\n<summary>The <code>answer</code> is $x_1$</summary>\n\n42 = 3,584\n\n</details>"),
    (":::{predict} 1\n:answer: (None, 64) | none\nHow *many* {term}`unit`s?\n+++\n{ledger}`tiny.params`\n\nSo.\n:::",
     "**Question 1**\n\nHow *many* units?\n\n<details>\n<summary>Answer</summary>\n\n3,584\n\nSo.\n\n</details>"),
    (":::{predict} Before you run it\nA?\n+++\nB\n:::",
     "**Before you run it**\n\nA?\n\n<details>\n<summary>Answer</summary>\n\nB\n\n</details>"),
    (":::{predict}\nA?\n+++\nB\n:::",
     "**Predict first**\n\nA?\n\n<details>\n<summary>Answer</summary>\n\nB\n\n</details>"),
    ("1. one\n\n   :::{note}\n   Two\n   lines\n   :::\n2. two",
     "1. one\n\n   > **Note**\n   >\n   > Two\n   > lines\n2. two"),
    ("- :::{note}\n  Text\n  :::", "- > **Note**\n  >\n  > Text"),
    # labels, comments
    ("(sec-x)=\n## Title", "## Title"),
    ("one\n\n% never seen\n\ntwo", "one\n\ntwo"),
    # what looks like MyST and is not
    ("`{ref}` and ``{ref}`a` `` and {term}`b`", "`{ref}` and ``{ref}`a` `` and b"),
    ("```python\n:::{note}\n{ref}`a`\n\n\n(x)=\n```", "```python\n:::{note}\n{ref}`a`\n\n\n(x)=\n```"),
    ("    {ref}`a`\n", "    {ref}`a`"),
    # tables, quotations, emphasis, mathematics
    ("| a | b |\n|---|---|\n| `x` {term}`y` | {term}`y` |", "| a | b |\n|---|---|\n| `x` y | y |"),
    ("> said {term}`x`\n> twice {term}`x`", "> said x\n> twice x"),
    ("**{term}`x`** [{term}`y`](https://example.org)", "**x** [y](https://example.org)"),
    ("$a_1$\n\n$$\nb\n$$", "$a_1$\n\n$$\nb\n$$"),
    ("<!-- kept -->\n\nText", "<!-- kept -->\n\nText"),
])
def test_becomes(book, myst, plain):
    assert convert(book, myst) == plain


def test_a_role_may_run_over_a_line_end(book):
    assert convert(book, "see {ref}`the\nnext <ch-second>` here") == "see [the next](02_second.ipynb) here"


def test_a_figure_travels_inside_the_notebook(book):
    shown = convert(book, '```{figure} picture.svg\n:alt: "a \\"round\\" thing"\n\nSee {numref}`fig-there`.\n```')
    assert re.fullmatch(r'<img src="data:image/svg\+xml;base64,[\w+/=]+" alt="a &quot;round&quot; thing">\n\n'
                        r'_Fig\. 1: See Fig\. 1 of \[Second\]\(02_second\.ipynb\)\._', shown)


def test_below_a_drawn_figure_stand_its_caption_and_its_words(book):
    roles = Roles(book, book.root / "book/01_first.md")
    shown = figure_text("A {term}`layer`.\n", "two boxes ", Place("book/01_first.md", 1), roles)
    assert shown.startswith("_Fig. 1: A layer._\n\n<details>")
    assert "\n\ntwo boxes\n\n" in shown


def test_the_references_that_were_cited_are_listed(book):
    listed = convert(book, "{cite:t}`two` {cite:p}`one`\n\n:::{bibliography}\n:filter: docname in docnames\n:::")
    assert listed.split("\n\n")[1].split("\n") == ["- **Doe and Roe, 2002**: Jane Doe and Max Roe. Together. 2002.",
                                                  "- **Doe, 2001**: Jane Doe. *Alone*. Press, 2001."]


def test_exercises_name_chapters_in_words_since_they_are_handed_out_alone(book):
    assert convert(book, "{ref}`ch-second`, {doc}`this <../../book/02_second>`", "solutions/mini/mini.md") == (
        "*Second*, this")


@pytest.mark.parametrize(("myst", "line", "says"), [
    ("text\n\n:::{margin}\nx\n:::", 12, "the directive {margin}"),
    ("text\n{abbr}`x`", 11, "the role {abbr}"),
    (":::{note}\n\n- a\n- {abbr}`x`\n:::", 13, "the role {abbr}"),
    ("::::{note}\n:class: x\n\n:::{tip}\n{ref}`x`\n:::\n::::", 14, "'x'"),
    (":::{predict} 1\nno answer\n:::", 10, "a line +++"),
    (":::{predict} 1\n:answer: 2\nA?\n+++\nB\n\n{abbr}`x`\n:::", 16, "the role {abbr}"),
    ("{ref}`ch-secnd`", 10, "near it: ch-second"),
    ("{numref}`ch-second`", 10, "use {ref}"),
    ("{doc}`03_third`", 10, "book/03_third"),
    ("{ledger}`tiny.size`", 10, "size"),
    ("{ledger}`tony.params`", 10, "tiny"),
    ("{cite:p}`four`", 10, "'four'"),
    (":::{bibliography}\n:::\n\n{cite:p}`one`", 13, "move the bibliography to the end"),
    ("a\n\n![alt](picture.svg)", 12, "figure directive"),
    ("```{figure} gone.svg\n:alt: x\n```", 10, "gone.svg"),
    ("```{figure} picture.svg\n```", 10, ":alt:"),
    ("[text](02_second.md)", 10, "{doc}"),
    ("[text](#sec-here)", 10, "{ref}"),
    ("a[^1]\n\n[^1]: note", 10, "footnote"),
    ("{{ name }}", 10, "substitution"),
    ("term\n: definition", 10, "dl_open"),
    ("$$\na\n$$ (label)", 10, "math_block_label"),
    (":::python\nx\n:::", 10, "colon_fence"),
    (":::{note}\n---\na: [\n---\n:::", 10, "options of {note}"),
])
def test_refuses_what_notebooks_cannot_show_and_names_the_place(book, myst, line, says):
    with pytest.raises(MystError, match=rf"book/01_first\.md, line {line}: .*{re.escape(says)}"):
        convert(book, myst)


def test_one_label_names_one_thing(book):
    (book.root / "book/03_third.md").write_text(HEADER + "(ch-second)=\n# Third\n" + CELL)
    with pytest.raises(ValueError, match=r"'ch-second' stands in book/02_second\.md and in book/03_third\.md"):
        Library(book.root)
