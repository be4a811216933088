import copy

import nbformat
import pytest
from nbformat import v4
from nbgrader.utils import determine_grade
from traitlets import Any
from traitlets.config import Configurable

from autograder import evidence, references, tasks
from autograder.grading import judge, record
from autograder.grading.course import Course, load_config
from autograder.grading.judge import Judge
from autograder.tests.grading.conftest import ROOT, cell

TASK = "inception/branches"


class Converter(Configurable):
    coursedir = Any()


@pytest.fixture(scope="module")
def answer():
    """Evidence of the right answer, as `check` displays it."""
    from keras import layers

    def inception_module(x, filters):
        def conv(kernel, strides=1):
            return layers.Conv2D(filters, kernel, strides=strides, activation="relu", padding="same")

        pooled = layers.AveragePooling2D(3, strides=2, padding="same")(x)
        deep = conv(3, 2)(conv(3)(conv(1)(x)))
        return layers.concatenate([conv(1, 2)(x), conv(3, 2)(conv(1)(x)), conv(3)(pooled), deep])

    folder = ROOT / "solutions" / "inception"
    cases = [reference.arguments for reference in references.visible(TASK)] + references.hidden_cases(folder)[TASK]
    return evidence.collect(tasks.load(folder)[TASK], inception_module, cases)


def shown(content):
    return v4.new_output("display_data", data={evidence.MIME: content, "text/plain": "evidence"})


def judged(*outputs, points=6, void="", others=()):
    """Judge a notebook whose test `branches` has these outputs; return the notebook and the graded cell."""
    graded = cell("branches", "check(…)", grade=True, locked=True, points=points)
    graded.outputs = list(outputs)
    notebook = v4.new_notebook(cells=[*others, graded])
    record.begin(notebook, void=void)
    converter = Converter(coursedir=Course.open(ROOT, load_config(ROOT)))
    resources = {"nbgrader": {"assignment": "inception", "notebook": "inception", "student": "kim"}}
    notebook, _resources = Judge(parent=converter).preprocess(notebook, resources)
    nbformat.validate(notebook)
    return notebook, notebook.cells[-1]


def test_right_evidence_earns_all_points_and_replaces_every_other_output(answer):
    noise = [
        v4.new_output("stream", name="stderr", text="a warning"),
        shown(answer),
        v4.new_output("execute_result", data={"text/plain": "0.0"}),
        v4.new_output("error", ename="E", evalue="", traceback=[]),
    ]
    _notebook, graded = judged(*noise)
    assert determine_grade(graded) == (6, 6)
    assert [output.output_type for output in graded.outputs] == ["display_data", "execute_result"]
    assert "text/html" in graded.outputs[0].data


@pytest.mark.parametrize("said", ["6.0", "60", "full marks", "nan", "inf"])
def test_a_score_that_the_notebook_gives_itself_counts_for_nothing(said):
    _notebook, graded = judged(v4.new_output("execute_result", data={"text/plain": said}))
    assert determine_grade(graded) == (0, 6)


def test_no_output_at_all_is_no_success():
    assert determine_grade(judged()[1]) == (0, 6)


@pytest.mark.parametrize(
    "crafted",
    [
        [], "text", 7, {}, {"cases": None}, {"cases": [None, 1, []]}, {"cases": [{}]},
        {"cases": [{"arguments": {"x": [128, 128, 3], "filters": 128}, "model": {"class_name": "Functional"}}]},
        {"cases": [{"arguments": {"x": [128, 128, 3], "filters": 128}, "model": {"class_name": "Functional",
         "config": {"layers": [{"inbound_nodes": 5, "class_name": "Lambda"}]}}}]},
        {"cases": [{"arguments": {"x": [128, 128, 3], "filters": 128}, "problem": "passed", "score": 6}]},
    ],
)
def test_crafted_evidence_ends_with_no_points_and_no_exception(crafted):
    assert determine_grade(judged(shown(crafted))[1]) == (0, 6)


def test_right_evidence_for_the_visible_case_alone_is_not_enough(answer):
    visible = copy.deepcopy(answer)
    visible["cases"] = visible["cases"][:1]
    assert determine_grade(judged(shown(visible))[1]) == (0, 6)


def test_the_notebook_says_what_points_are_worth(answer):
    assert determine_grade(judged(shown(answer), points=3)[1]) == (3, 3)


def test_evidence_leaves_every_cell_so_that_hidden_inputs_reach_no_feedback(answer):
    own = v4.new_code_cell("check(…)", outputs=[shown(answer), v4.new_output("stream", name="stdout", text="mine")])
    notebook, _graded = judged(shown(answer), others=[own])
    assert evidence.MIME not in nbformat.writes(notebook)
    assert [output.text for output in notebook.cells[0].outputs] == ["mine"]


def test_a_test_without_a_task_is_left_to_nbgrader():
    other = cell("other", "2.5", grade=True, locked=True, points=3)
    other.outputs = [v4.new_output("execute_result", data={"text/plain": "2.5"})]
    notebook, _graded = judged(others=[other])
    assert determine_grade(notebook.cells[0]) == (2.5, 3)


@pytest.mark.parametrize(
    ("error", "words"),
    [("CellTimeoutError", "time limit"), ("DeadKernelError", "Python ended"), ("NameError", "NameError: not defined")],
)
def test_the_student_is_told_why_there_is_nothing_to_judge(error, words):
    _notebook, graded = judged(v4.new_output("error", ename=error, evalue="not defined", traceback=[]))
    assert words in graded.outputs[0].data["text/plain"]


def test_what_was_mended_stands_on_top(answer):
    notebook, _graded = judged(shown(answer), void="The file is damaged.")
    assert notebook.cells[0].cell_type == "markdown"
    assert "The file is damaged." in notebook.cells[0].source
    assert determine_grade(notebook.cells[-1]) == (0, 6)


def test_a_failure_of_the_judge_costs_one_task_and_is_told(answer, monkeypatch):
    def fail(*_arguments):
        raise RecursionError

    monkeypatch.setattr(judge.verdict, "judge", fail)
    notebook, graded = judged(shown(answer))
    assert determine_grade(graded) == (0, 6)
    assert [remark.code for remark in record.remarks(notebook)] == ["not-judged"]


def test_findings_are_kept_for_the_instructor():
    notebook, _graded = judged()
    (finding,) = record.tasks(notebook)["branches"]["findings"]
    assert finding["code"] == "no_model"
