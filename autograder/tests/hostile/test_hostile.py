"""Evidence made to harm earns nothing, gets one clear finding, and nothing that it names is run, opened or loaded."""

import json
from collections.abc import Callable, Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import references
from autograder.tests.hostile import runner
from autograder.tests.hostile.documents import ARGUMENTS, HARMLESS, LARGE, REFUSED, TASK, evidence, right

LONGEST = 700  # characters of a finding: our sentence, and at most 400 of the student's data


def outcomes_of(documents: Mapping[str, Callable], tmp_path_factory) -> dict[str, dict]:
    folder, workplace = tmp_path_factory.mktemp("documents"), tmp_path_factory.mktemp("workplace")
    for name, make in documents.items():
        (folder / name).write_bytes(make().encode("utf-8", "surrogateescape"))
    outcomes = {outcome["name"]: outcome for outcome in runner.judged(folder, list(documents), workplace)}
    outcomes["left behind"] = {"files": [path.name for path in workplace.iterdir()]}
    return outcomes


def assert_nothing_happened(outcome: dict) -> None:
    """A document was judged, and that was all: nothing ran, and what is shown is plain words."""
    assert "escaped" not in outcome, outcome["escaped"]
    assert outcome["did"] == []
    for shown in (outcome["text"], outcome["page"]):
        assert "Traceback" not in shown and "site-packages" not in shown
        assert all(character.isprintable() or character == "\n" for character in shown)
    assert "<script" not in outcome["page"]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, dict]:
    return outcomes_of(REFUSED | HARMLESS, tmp_path_factory)


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_made_to_harm_is_refused(name, outcomes):
    outcome = outcomes[name]
    assert_nothing_happened(outcome)
    assert outcome["score"] == 0
    [finding] = outcome["findings"]
    assert finding["code"] == "no_model" and finding["found"] and finding["hint"]
    assert len(finding["found"]) <= LONGEST


@pytest.mark.parametrize("name", HARMLESS)
def test_a_document_that_only_looks_alarming_is_right(name, outcomes):
    outcome = outcomes[name]
    assert_nothing_happened(outcome)
    assert outcome["score"] == outcome["max_score"] and outcome["findings"] == []


def test_nothing_was_left_behind(outcomes):
    assert outcomes["left behind"]["files"] == []


@pytest.mark.exam
def test_wrong_models_at_the_limits_are_judged(tmp_path_factory):
    found = outcomes_of(LARGE, tmp_path_factory)
    for name in LARGE:
        assert "escaped" not in found[name], (name, found[name]["escaped"])
        assert found[name]["score"] < found[name]["max_score"] and found[name]["did"] == [], name
    assert found["left behind"]["files"] == []


def test_documents_answer_the_case_that_is_judged():
    assert references.visible(TASK)[0].arguments == ARGUMENTS
    assert len(REFUSED) >= 45


@pytest.mark.parametrize(("name", "code"), [
    ("nothing", "pass"), ("file", "open('canary', 'w').close()"), ("secret", "open('/etc/hostname').close()"),
    ("command", "import os; os.system('true')"), ("process", "import subprocess; subprocess.run(['true'])"),
    ("socket", "import socket; socket.socket().close()"), ("import", "import this"),
    ("code", "eval('1 + 1')"), ("environment", "import os; os.environ['HARM'] = '1'"),
    ("memory", "bytearray(7 * 2**30)"), ("end", "import os; os._exit(3)"), ("hang", "while True: pass"),
])
def test_the_watch_notices_what_is_done(name, code, tmp_path):
    (tmp_path / name).write_text(code)
    workplace = tmp_path / "workplace"
    workplace.mkdir()
    [outcome] = runner.judged(tmp_path, [name], workplace, "unsafe", seconds=2)
    assert ("escaped" in outcome) == (name in ("memory", "end", "hang"))
    assert bool(outcome["did"]) == (name not in ("memory", "end", "hang", "nothing"))
    assert [path.name for path in workplace.iterdir()] == (["canary"] if name == "file" else [])


# --- documents that nobody thought of ---------------------------------------------------------------------------------

WORDS = st.sampled_from([
    "Lambda", "keras.layers", "builtins", "os", "eval", "__lambda__", "__keras_tensor__", "function", "Functional",
    "Sequential", "pointwise", "x", "joined", "relu", "same", "", "../../etc/passwd", "<script>alert(1)</script>",
    "\x00", "a" * 5000])
NUMBERS = st.one_of(st.integers(-3, 3), st.sampled_from([10**6, 10**12, 2**63, -2**63, 10**40]),
                    st.floats(allow_nan=True, allow_infinity=True))
VALUES = st.recursive(st.one_of(st.none(), st.booleans(), NUMBERS, WORDS),
                      lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(WORDS, inner, max_size=4)),
                      max_leaves=8)
# What a layer is and how large: most other edits only make a document that describes no model.
KEYS = ("class_name", "module", "registered_name", "filters", "kernel_size", "strides", "batch_shape", "padding",
        "pool_size", "activation", "dtype", "axis", "inbound_nodes", "keras_history", "args", "layers")
# Under which key of a document, at which of its places, what is done there, with what.
EDITS = st.lists(st.tuples(st.sampled_from([*KEYS, None]), st.integers(0, 100),
                           st.sampled_from(["replace", "replace", "drop", "double", "move"]), VALUES),
                 min_size=1, max_size=3)


@pytest.fixture(scope="module")
def judging(tmp_path_factory):
    folder, workplace = tmp_path_factory.mktemp("fuzzed"), tmp_path_factory.mktemp("workplace")
    with runner.Judging(folder, workplace) as process:
        yield process
    assert not list(workplace.iterdir())


def places(value) -> list[tuple]:
    """Return (container, key) of everything in a JSON value, in order."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, item in items for place in [(value, key), *places(item)]]


def edited(edits: list) -> str:
    """Return the right answer's evidence after edits."""
    document = json.loads(evidence(right()))
    for wanted, number, action, value in edits:
        known = places(document)
        known = [place for place in known if place[1] == wanted] or known
        if not known:
            break
        container, key = known[number % len(known)]
        if action == "drop":
            del container[key]
        elif action == "double" and isinstance(container, list):
            container += [container[key]] * 50
        else:
            other, at = known[(number + 1) % len(known)]
            container[key] = json.loads(json.dumps(other[at])) if action == "move" else value
    return json.dumps(document)


def assert_edited_documents_do_nothing(judging, edits: list) -> None:
    (judging.folder / "edited").write_text(edited(edits), encoding="utf-8", errors="surrogateescape")
    outcome = judging.outcome("edited")
    assert_nothing_happened(outcome)
    assert 0 <= outcome["score"] <= outcome["max_score"]
    assert outcome["findings"] or outcome["score"] == outcome["max_score"]


FUZZED = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.exam
@settings(FUZZED, max_examples=300)
@given(EDITS)
def test_edited_documents_do_nothing(judging, edits):
    assert_edited_documents_do_nothing(judging, edits)


@pytest.mark.soak
@settings(FUZZED, max_examples=5000)
@given(EDITS)
def test_many_edited_documents_do_nothing(judging, edits):
    assert_edited_documents_do_nothing(judging, edits)


@pytest.mark.exam
@settings(FUZZED, max_examples=100)
@given(st.integers(0, 10**6), st.binary(max_size=20))
def test_damaged_text_does_nothing(judging, at, inserted):
    text = evidence(right()).encode()
    at %= len(text)
    (judging.folder / "damaged").write_bytes(text[:at] + inserted + text[at + len(inserted):])
    assert_nothing_happened(judging.outcome("damaged"))
