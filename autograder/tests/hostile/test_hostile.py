"""Evidence made to harm earns nothing, gets one clear finding, and nothing that it names is run, opened or loaded."""

from collections.abc import Callable, Mapping

import pytest

from autograder import references
from autograder.tests.hostile import runner
from autograder.tests.hostile.documents import ARGUMENTS, HARMLESS, LARGE, REFUSED, TASK

LONGEST = 700  # characters of a finding: our sentence, and at most 400 of the student's data


def outcomes_of(documents: Mapping[str, Callable], tmp_path_factory) -> dict[str, dict]:
    folder, workplace = tmp_path_factory.mktemp("documents"), tmp_path_factory.mktemp("workplace")
    for name, make in documents.items():
        (folder / name).write_bytes(make().encode("utf-8", "surrogateescape"))
    outcomes = {outcome["name"]: outcome for outcome in runner.judged(folder, list(documents), workplace)}
    outcomes["left behind"] = {"files": [path.name for path in workplace.iterdir()]}
    return outcomes


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory) -> dict[str, dict]:
    return outcomes_of(REFUSED | HARMLESS, tmp_path_factory)


@pytest.mark.parametrize("name", REFUSED)
def test_a_document_made_to_harm_is_refused(name, outcomes):
    outcome = outcomes[name]
    assert "escaped" not in outcome, outcome["escaped"]
    assert outcome["did"] == []
    assert outcome["score"] == 0
    [finding] = outcome["findings"]
    assert finding["code"] == "no_model" and finding["found"] and finding["hint"]
    assert len(finding["found"]) <= LONGEST
    for shown in (outcome["text"], outcome["page"]):
        assert "Traceback" not in shown and "site-packages" not in shown
        assert all(character.isprintable() or character == "\n" for character in shown)
    assert "<script" not in outcome["page"]


@pytest.mark.parametrize("name", HARMLESS)
def test_a_document_that_only_looks_alarming_is_right(name, outcomes):
    outcome = outcomes[name]
    assert "escaped" not in outcome, outcome["escaped"]
    assert outcome["did"] == []
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
    (tmp_path / "first").write_text("pass")  # has time for the start
    (tmp_path / name).write_text(code)
    workplace = tmp_path / "workplace"
    workplace.mkdir()
    first, outcome = runner.judged(tmp_path, ["first", name], workplace, "unsafe", seconds=2)
    assert first == {"name": "first", "did": [], "score": 0}
    assert ("escaped" in outcome) == (name in ("memory", "end", "hang"))
    assert bool(outcome["did"]) == (name not in ("memory", "end", "hang", "nothing"))
    assert [path.name for path in workplace.iterdir()] == (["canary"] if name == "file" else [])
