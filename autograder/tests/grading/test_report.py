import csv
import io

import pytest
from rich.console import Console

from autograder.grading.outcome import CohortResult, Outcome, Status, TaskGrade
from autograder.grading.record import Remark
from autograder.grading.report import harmless, show, write_csv


def outcome(student, score=6.0, status=Status.GRADED, remarks=()):
    tasks = {"branches": TaskGrade(score, 6.0), "explain": TaskGrade(None, 2.0)}
    return Outcome(student, status, tasks, 0.5, tuple(remarks))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1+1", " =1+1", "\r\n=1+1"])
def test_no_cell_is_a_formula_to_a_spreadsheet(text):
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", ["6", "plain", "kim  하늘", "a=b", ""])
def test_other_cells_stay_as_they_are(text):
    assert harmless(text) == text


def test_every_cell_is_quoted_and_an_open_score_is_empty(tmp_path):
    path = tmp_path / "grades" / "a.csv"
    write_csv((outcome("=cmd|' /C calc'!A0"), outcome('says "hi", twice', 4.5)), path)
    lines = path.read_text().splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
    table = list(csv.DictReader(io.StringIO(path.read_text())))
    assert table[0]["submission"].startswith("'=")
    assert table[1] == {
        "submission": 'says "hi", twice', "branches": "4.5", "explain": "", "penalty": "0.5", "total": "4", "max": "8",
        "status": "graded", "by_hand": "explain", "remarks": "",
    }


def test_remarks_of_several_lines_stay_in_their_row(tmp_path):
    path = tmp_path / "a.csv"
    write_csv((outcome("kim", remarks=[Remark("code", "cell", "one\ntwo"), Remark("code", "", "three")]),), path)
    assert len(path.read_text().splitlines()) == 2
    assert "one two three" in path.read_text()


def test_a_name_is_no_markup_on_the_terminal(tmp_path):
    result = CohortResult("a", (outcome("[red]kim[/red]"),), tmp_path / "a.csv", tmp_path, "sqlite://", None)
    console = Console(file=io.StringIO(), width=120)
    show(result, console)
    assert "[red]kim[/red]" in console.file.getvalue()


def test_a_penalty_never_makes_a_total_negative():
    assert outcome("kim", score=0.0).total == 0
