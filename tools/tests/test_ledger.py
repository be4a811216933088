"""The ledger: its numbers are Keras's and arithmetic's, it follows the chapters, and mistakes are named."""

import ast
import json
import operator
from pathlib import Path

import ledger
import pytest
from dataflow import cells_needed
from myst_markdown import MystError

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = json.loads((ROOT / ledger.LEDGER).read_text(encoding="utf-8"))
HEADER = """---
jupytext:
  text_representation: {extension: .md, format_name: myst, format_version: 0.13}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
# Chapter

"""
SETUP = "import keras\nfrom keras import layers"
TINY = "x = keras.Input((4,))\nmodel = keras.Model(x, layers.Dense(3)(x))"
SAID = 'ledger: {title: "Tiny", sources: [S1]}'


def cell(source, *options):
    return "\n".join(["```{code-cell} ipython3", "---", *options, "---", source, "```", "", ""])


def documented(source, identity="tiny", said=SAID):
    return cell(source, f'tags: ["ledger:{identity}"]', said)


@pytest.fixture
def collect(tmp_path):
    """Return the ledger of chapters that are given as lists of cells."""
    (tmp_path / "book").mkdir()

    def collected(*chapters):
        for number, cells in enumerate(chapters, start=1):
            (tmp_path / f"book/0{number}_chapter.md").write_text(HEADER + "".join(cells))
        return ledger.collect(tmp_path)

    return collected


# --- the ledger of the repository -------------------------------------------------------------------------------------

OPERATIONS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
              ast.Pow: operator.pow}


def value(formula):
    """Evaluate + - * // ** and brackets on whole numbers, and nothing else."""
    def of(node):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.BinOp):
            return OPERATIONS[type(node.op)](of(node.left), of(node.right))
        raise ValueError(f"{ast.dump(node)} is no arithmetic")
    return of(ast.parse(formula, mode="eval").body)


@pytest.mark.parametrize("identity", ENTRIES)
def test_a_formula_is_arithmetic_and_gives_the_count(identity):
    assert value(ENTRIES[identity]["formula"]) == ENTRIES[identity]["params"]


@pytest.mark.parametrize("formula", ["__import__('os')", "3.5", "x", "[1][0]", "-1"])
def test_the_evaluator_knows_arithmetic_only(formula):
    with pytest.raises(ValueError, match="no arithmetic"):
        value(formula)


@pytest.mark.parametrize("identity", ENTRIES)
def test_an_entry_has_what_others_rely_on(identity):
    entry = ENTRIES[identity]
    assert list(entry) == ["title", "chapter", "inputs", "outputs", "params", "trainable", "formula", "sources"]
    assert (ROOT / "book" / f"{entry['chapter']}.md").is_file()
    assert 0 <= entry["trainable"] <= entry["params"]
    for shape in entry["inputs"] + entry["outputs"]:
        assert shape[0] is None or identity == "custom_rnn_model"  # whose lesson is a batch of a fixed size
        assert all(size is None or size > 0 for size in shape)


def test_the_sources_own_counts_are_met():
    """Counts that the source documents state; see the chapters."""
    stated = {"mlp_sequential": 3_466, "mlp_functional": 3_466, "mnist_mlp": 55_050, "inception_branches": 447_872,
              "inception_towers": 140_160, "question_answering": 1_000_052, "question_answering_32": 1_013_236,
              "profile": 14_146_316, "headline": 5_200_610, "ticket_router": 1_392_097, "residual_identity": 442_752,
              "residual_linear": 84, "residual_projection": 311_680, "toy_resnet": 223_242, "siamese_lstm": 20_673,
              "tweets": 82_305, "shared_embedding": 128_000, "conv_on_two_sizes": 448, "video_classifier": 55_050,
              "digit_pair": 53_057, "encoder": 18_672, "decoder": 9_569, "autoencoder": 28_241, "ensemble": 387,
              "custom_dense": 50}
    assert {identity: ENTRIES[identity]["params"] for identity in stated} == stated


# --- how entries are made ---------------------------------------------------------------------------------------------

def test_an_entry_says_what_keras_says(collect):
    source = ("x, y = keras.Input((None, 4)), keras.Input((3,), dtype='int32')\n"
              "frozen = layers.Dense(5, trainable=False)\n"
              "model = keras.Model([x, y], [layers.LSTM(2)(x), frozen(y)])")
    assert collect([cell(SETUP), documented(source)]) == {"tiny": {
        "title": "Tiny", "chapter": "01_chapter", "inputs": [[None, None, 4], [None, 3]],
        "outputs": [[None, 2], [None, 5]], "params": 76, "trainable": 56,
        "formula": "(3*5 + 5) + (4*(4*2 + 2*2 + 2))", "sources": ["S1"]}}


def test_weights_are_never_allocated(collect):
    huge = TINY.replace("(4,)", "(10**6,)").replace("Dense(3)", "Dense(10**6)")  # 4 TB
    assert collect([cell(SETUP), documented(huge)])["tiny"]["params"] == 10**12 + 10**6


def test_of_other_cells_only_those_run_that_a_definition_needs(collect):
    chapter = [cell(SETUP), cell("units = 3"), cell("x = keras.Input((4,))"), cell("1 / 0"), cell("units = 1 / 0\n"),
               cell("units = 7"), cell("def head(x):\n    return layers.Dense(units)(x)"),
               documented("model = keras.Model(x, head(x))")]
    assert collect(chapter)["tiny"]["params"] == 35


def test_a_tag_makes_a_cell_run_that_no_name_tells(collect):
    chapter = [cell(SETUP), cell("sizes = [4]"), cell("sizes.append(3)", "tags: [ledger]"),
               documented("x = keras.Input((sizes[0],))\nmodel = keras.Model(x, layers.Dense(sizes[-1])(x))")]
    assert collect(chapter)["tiny"]["params"] == 15


def test_chapters_share_no_names(collect):
    with pytest.raises(MystError, match=r"02_chapter\.md, line \d+: .*NameError: name 'x'"):
        collect([cell(SETUP), documented(TINY)], [cell(SETUP), documented("model = keras.Model(x, x)", "other")])


@pytest.mark.parametrize(("cells", "says"), [
    ([documented(TINY, said="mystnb: {}")], "needs the cell metadata"),
    ([documented("net = 1")], "leaves no Keras model"),
    ([cell(TINY), documented("model")], "leaves no Keras model"),
    ([documented(TINY), documented(TINY)], "documented already, in chapter 01_chapter"),
    ([documented(TINY + "\nmodel.compile('adam', 'mse')\nimport numpy\nmodel.fit(numpy.ones((2, 4)), "
                 "numpy.ones((2, 3)), verbose=0)")], "keep definitions and training in separate cells"),
    ([documented("!pip list")], "plain Python only"),
])
def test_a_mistake_is_named_with_its_place(collect, cells, says):
    with pytest.raises(MystError, match=rf"^book/01_chapter\.md, line \d+: .*{says}"):
        collect([cell(SETUP), *cells])


def test_arithmetic_and_keras_must_agree(collect, monkeypatch):
    monkeypatch.setattr("autograder.graph.arithmetic.model_formula", lambda graph, own: "4*3")
    with pytest.raises(MystError, match=r"disagree on 'tiny': 4\*3 = 12, but Keras counts 15"):
        collect([cell(SETUP), documented(TINY)])


# --- drift ------------------------------------------------------------------------------------------------------------

@pytest.fixture
def small(tmp_path, monkeypatch):
    """A repository whose ledger is as it should be."""
    (tmp_path / "book").mkdir()
    (tmp_path / "book/01_chapter.md").write_text(HEADER + cell(SETUP) + documented(TINY))
    (tmp_path / "book/index.md").write_text("# Welcome\n")
    monkeypatch.setattr(ledger, "ROOT", tmp_path)
    assert ledger.main([]) == 0
    return tmp_path


def test_the_ledger_of_unchanged_chapters_has_not_drifted(small, capsys):
    capsys.readouterr()
    assert ledger.main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("edit", "says"), [
    (lambda text: text.replace("15", "16", 1), "tiny has params 16 instead of 15"),
    (lambda text: text.replace('"tiny"', '"tony"'), "tiny is missing"),
    (lambda text: text.replace("{\n", '{\n  "more": {},\n', 1), "more is in no chapter"),
    (lambda text: text.replace("S1", "S2"), 'tiny has sources ["S2"] instead of ["S1"]'),
    (lambda text: text.replace("\n", ""), "order or layout"),
    (lambda text: text[:-5], "no JSON"),
])
def test_drift_of_the_ledger_is_named(small, capsys, edit, says):
    path = small / ledger.LEDGER
    before = path.read_text()
    path.write_text(edit(before))
    assert path.read_text() != before
    assert ledger.main(["--check"]) == 1
    message = capsys.readouterr().err
    assert says in message
    assert "`make notebooks`" in message
    assert path.read_text() == edit(before)


def test_a_missing_ledger_is_drift_and_is_written(small, capsys):
    path = small / ledger.LEDGER
    before = path.read_text()
    path.unlink()
    assert ledger.main(["--check"]) == 1
    assert "it is missing" in capsys.readouterr().err
    assert ledger.main([]) == 0
    assert path.read_text() == before


# --- which cells a cell needs -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("sources", "needed"), [
    (["a = 1", "b = 2", "a"], {0, 2}),
    (["a = 1", "a = 2", "a"], {1, 2}),
    (["a = 1", "a = a + 1", "a"], {0, 1, 2}),
    (["a = 1", "a += 1", "a"], {0, 1, 2}),
    (["x = 1", "x = 2; y = x", "y"], {1, 2}),                         # bound before it is used
    (["import a.b as c, d.e", "d, c"], {0, 1}),
    (["x = 1", "def f(x): return x", "f"], {1, 2}),                   # an argument is no name from outside
    (["n = 1", "def f(): return n", "f"], {0, 1, 2}),
    (["n = 1", "def f(): return n\nn = 2\nf()"], {1}),                # called after n is bound
    (["x = 1", "y = [x for x in range(3)]"], {1}),
    (["xs = 1", "y = [x for x in xs]"], {0, 1}),
    (["x = 1", "for x in range(3): y = x"], {1}),
    (["x = 1", "x: int = x"], {0, 1}),
    (["class A: pass", "class B(A): pass", "B()"], {0, 1, 2}),
    (["a, (b, *c) = 1, (2, 3)", "c"], {0, 1}),
    (["with open(f) as g: pass", "g"], {0, 1}),
    (["f = 1", "lambda: f"], {0, 1}),
    (["if (n := 3) > 2: m = n", "m"], {0, 1}),
    (["d = {}", "d['k'] += 1"], {0, 1}),
    (["print(len('x'))"], {0}),
])
def test_needed_cells(sources, needed):
    assert cells_needed(sources, len(sources) - 1) == needed
