"""The exam fails where the grader does, and where a kind of mistake was never made."""

from pathlib import Path

import pytest

from autograder import exam, mutants
from autograder.graph.findings import Finding
from autograder.verdict import Report

WRONG = Finding("stride", "settings", "a layer", "2", "1", "set it")


def report(*findings: Finding) -> Report:
    return Report("a/task", {}, {}, findings)


def wrong(*, named: bool, kind: str = "wrong stride") -> exam.Trial:
    codes = frozenset({"stride" if named else "kernel"})
    return exam.Trial(kind, "conv: 1 instead of 2", report(WRONG), codes)


def test_a_grader_without_fault_passes():
    right = exam.Trial("variant", "plain", report())
    result = exam.Result("a/task", [right], [wrong(named=True)] * exam.MUTANTS_AT_LEAST)
    assert result.failures() == [] and result.survivors() == []


def test_each_shortfall_is_a_sentence():
    rejected = exam.Trial("variant", "nested", report(WRONG))
    result = exam.Result("a/task", [rejected], [wrong(named=False)])
    said = result.failures()
    assert len(said) == 3
    assert "the right answer nested is rejected" in said[0]
    assert "only 0 of 1 wrong answers are rejected and named" in said[1]
    assert "only 1 wrong answers were made" in said[2]


def test_a_kind_of_mistake_that_was_never_made_is_named():
    everything = [exam.Result("a/task", [], [wrong(named=True, kind=kind) for kind in mutants.OPERATORS])]
    assert exam.unmade(everything) == []
    assert exam.unmade([exam.Result("a/task", [], [wrong(named=True)])]) == [
        kind for kind in mutants.OPERATORS if kind != "wrong stride"]


def test_what_is_handed_on_holds_no_evidence():
    trial = exam.Trial("variant", "plain", report(), sent={"cases": []})
    assert exam.Result("a/task", [trial], []).without_evidence().variants[0].sent == {}


@pytest.mark.exam
def test_a_short_exam_of_one_task():
    """The whole one is `tools/graders_table.py`; here the parts of it that a task has."""
    [result] = exam.sit(Path("solutions") / "residual", "residual/projection")
    assert result.failures() == [] and len(result.variants) >= 8
    assert "projection missing" in result.by_operator()
