"""Points by rubric; findings of hidden cases name no value."""

import json

import pytest
from keras import layers

from autograder import check, evidence, references
from autograder.evidence import collect
from autograder.references import Reference
from autograder.tasks import Task
from autograder.tests.models import conv, graph_of
from autograder.verdict import judge, without_evidence

TASK = Task("unit/pair", "build_pair", "tensor",
            {"shapes": 1, "counts": 1, "sharing": 1, "wiring": 2, "settings": 1}, ({"x": [16, 16, 3], "filters": 8},),
            freedoms=("branch_order",))
HIDDEN = {"x": [20, 12, 5], "filters": 37}


def solution(x, filters):
    return layers.concatenate([conv(filters, 3)(x), conv(filters, 5)(x)])


def reference(case: dict) -> Reference:
    return Reference(case, graph_of(lambda x: solution(x, case["filters"]), tuple(case["x"])))


def judged(answer, hidden: bool = True):
    cases = [*TASK.visible, HIDDEN]
    return judge(TASK, json.loads(json.dumps(collect(TASK, answer, cases))), [reference(TASK.visible[0])],
                 [reference(HIDDEN)] if hidden else [])


def test_a_right_answer_earns_everything():
    report = judged(lambda x, filters: layers.concatenate([conv(filters, 5)(x), conv(filters, 3)(x)]))
    assert (report.passed, report.score, report.max_score, report.findings) == (True, 6, 6, ())


def test_another_form_of_the_same_function_is_right():
    def answer(x, filters):
        paths = [layers.LeakyReLU(negative_slope=0.0)(conv(filters, kernel, activation=None)(x)) for kernel in (3, 5)]
        return layers.concatenate(paths)

    assert judged(answer).passed


@pytest.mark.parametrize(("answer", "lost"), [
    (lambda x, filters: layers.concatenate([conv(filters, 3)(x), conv(filters, 5, activation=None)(x)]),
     {"settings"}),
    (lambda x, filters: layers.add([conv(filters, 3)(x), conv(filters, 5)(x)]), {"shapes", "wiring"}),
    (lambda x, filters: layers.concatenate([conv(filters, 3)(x), conv(filters, 5)(x)], axis=1),
     {"shapes", "settings"}),
    (lambda x, filters: conv(filters, 3)(x), {"shapes", "counts", "sharing", "wiring", "settings"}),
    (lambda x, filters: None, {"shapes", "counts", "sharing", "wiring", "settings"}),
    (lambda x, filters: x, {"shapes", "counts", "sharing", "wiring", "settings"}),
])
def test_partial_credit_by_criterion(answer, lost):
    report = judged(answer)
    assert {name for name, points in report.earned.items() if points == 0} == lost
    assert report.score == 6 - sum(TASK.rubric[name] for name in lost)


def test_a_fixed_number_shows_on_hidden_cases_only_and_names_no_value():
    def fixed(x, filters):
        return solution(x, 8)

    assert judged(fixed, hidden=False).passed
    report = judged(fixed)
    assert not report.passed and all(finding.hidden for finding in report.findings)
    assert {"units", "output_shape"} <= {finding.code for finding in report.findings}
    text = str(report) + report._repr_html_()
    for value in ("37", "20", "12, 37", "74"):
        assert value not in text, value


def test_evidence_for_other_cases_is_no_evidence():
    found = collect(TASK, solution, [{"x": [99, 99, 3], "filters": 8}])
    assert judge(TASK, found, [reference(TASK.visible[0])]).score == 0


@pytest.mark.parametrize("forged", [None, {}, {"cases": 3}, {"cases": [3]}, {"cases": [{"model": {}}]}, {"score": 6},
                                    {"cases": [{"arguments": TASK.visible[0], "model": {"class_name": "Functional"}}]}])
def test_forged_evidence_earns_nothing(forged):
    assert judge(TASK, forged, [reference(TASK.visible[0])]).score == 0


def test_a_report_without_evidence_says_what_happened():
    report = without_evidence(TASK, "the cell ran for more than 60 s", "Look for a loop that never ends.")
    assert report.score == 0
    assert "60 s" in str(report) and "60 s" in report._repr_html_()


def test_the_html_of_a_report_is_text_even_where_a_student_wrote_markup():
    report = judged(lambda x, filters: layers.add([conv(filters, 3, name="<img src=x onerror=alert(1)>")(x),
                                                   conv(filters, 5)(x)]))
    assert "<img src=x" not in report._repr_html_()

    def raises(x, filters):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in judged(raises)._repr_html_()


def test_check_shows_its_report_and_never_raises_on_a_wrong_answer(capsys):
    report = check("inception/branches", lambda x, filters: None)
    assert "0 of 6" in capsys.readouterr().out
    assert report.score == 0


def test_an_unknown_task_names_the_known_ones():
    with pytest.raises(KeyError, match="inception/branches"):
        check("inception/trees", solution)


def test_check_hands_out_evidence_only_while_a_cohort_is_graded(tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr("autograder.checking._display", shown.append)
    check("inception/branches", lambda x, filters: None)
    assert not any(evidence.MIME in data for data in shown)
    cases = tmp_path / "cases.json"
    cases.write_text(json.dumps({"inception/branches": [{"x": [8, 8, 1], "filters": 2}]}))
    monkeypatch.setenv("GRAPHS_OF_LAYERS_CASES", str(cases))
    check("inception/branches", lambda x, filters: None)
    found = next(data[evidence.MIME] for data in shown if evidence.MIME in data)
    assert [case["arguments"] for case in found["cases"]] == [
        references.visible("inception/branches")[0].arguments, {"x": [8, 8, 1], "filters": 2}]
