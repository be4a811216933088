import copy

import nbformat
import pytest
from nbformat import v4

from autograder.grading.repair import repair


def mend(notebook, release):
    remarks = repair(notebook, release)
    nbformat.validate(notebook)
    return {remark.code: remark for remark in remarks}


def names(notebook):
    """The marked cells in order; for others their text."""
    return [cell.metadata.get("nbgrader", {}).get("grade_id", cell.source) for cell in notebook.cells]


def find(notebook, name):
    return next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == name)


def position(notebook, name):
    return notebook.cells.index(find(notebook, name))


def test_a_sound_notebook_is_left_as_it_is(answered, release):
    before = copy.deepcopy(answered.cells)
    assert mend(answered, release) == {}
    assert answered.cells == before


def test_a_deleted_test_is_put_back_behind_everything_the_student_wrote_there(answered, release):
    answered.cells.remove(find(answered, "first"))
    answered.cells.insert(4, v4.new_code_cell("first = repaired(first)"))
    assert mend(answered, release)["restored"].place == "first"
    order = names(answered)
    assert order.index("first = repaired(first)") < order.index("first") < order.index("## Second")
    assert find(answered, "first").source == "first(1)"


def test_deleted_imports_are_put_back_before_the_students_own_cells(answered, release):
    answered.cells.remove(find(answered, "setup"))
    answered.cells.insert(1, v4.new_code_cell("math.pi"))
    mend(answered, release)
    assert names(answered).index("setup") < names(answered).index("math.pi")


def test_an_empty_notebook_gets_its_tests_but_no_answer(release):
    empty = v4.new_notebook()
    remarks = mend(empty, release)
    assert names(empty) == ["setup", "first", "second", "explain"]
    assert remarks["answer-missing"].place == "first_answer, second_answer"


def test_an_empty_answer_never_hides_one_that_is_given_elsewhere(answered, release):
    answered.cells.remove(find(answered, "first_answer"))
    answered.cells.insert(1, v4.new_code_cell("first = lambda x: 1"))
    mend(answered, release)
    assert not any("..." in cell.source for cell in answered.cells)


@pytest.mark.parametrize("behind", [0, 1])
def test_of_copied_answers_the_changed_one_is_graded_and_the_empty_one_goes(answered, release, behind):
    place = position(answered, "first_answer") + behind
    answered.cells.insert(place, copy.deepcopy(find(release, "first_answer")))
    assert mend(answered, release)["duplicate"].place == "first_answer"
    assert [cell.source for cell in answered.cells if "def first" in cell.source] == ["def first(x):\n    return 1"]


def test_both_halves_of_a_split_answer_stay_in_order(answered, release):
    answer = find(answered, "first_answer")
    half = copy.deepcopy(answer)
    half.source = "def helper(x):\n    return 1"
    answered.cells.insert(answered.cells.index(answer), half)
    mend(answered, release)
    sources = [cell.source for cell in answered.cells]
    assert sources.index(half.source) + 1 == position(answered, "first_answer")
    assert "nbgrader" not in answered.cells[sources.index(half.source)].metadata


def test_a_copied_test_is_graded_once(answered, release):
    answered.cells.insert(0, copy.deepcopy(find(answered, "first")))
    mend(answered, release)
    assert names(answered).count("first") == 1
    assert position(answered, "first") > position(answered, "first_answer")


def test_a_retyped_cell_gets_its_type_back_and_keeps_its_text(answered, release):
    index = position(answered, "first_answer")
    answered.cells[index] = v4.new_markdown_cell(answered.cells[index].source, metadata=answered.cells[index].metadata)
    assert mend(answered, release)["retyped"].place == "first_answer"
    assert answered.cells[index].cell_type == "code"
    assert "return 1" in answered.cells[index].source


def test_a_changed_locked_cell_counts_as_released_and_the_change_is_kept_before_it(answered, release):
    find(answered, "setup").source = "import math\nimport cmath"
    assert mend(answered, release)["locked"].place == "setup"
    index = position(answered, "setup")
    assert answered.cells[index].source == "import math"
    assert answered.cells[index - 1].source == "import math\nimport cmath"


def test_line_ends_of_another_editor_are_no_change(answered, release):
    find(answered, "setup").source = "import math  \r\n"
    assert mend(answered, release) == {}
    assert find(answered, "setup").source == "import math"


@pytest.mark.parametrize("change", [{"points": 60}, {"locked": False}, {"grade": False}, {"solution": True}])
def test_a_changed_marking_is_restored(answered, release, change):
    find(answered, "first").metadata.nbgrader |= change
    assert mend(answered, release)["marking"].place == "first"
    assert find(answered, "first").metadata == find(release, "first").metadata


def test_an_older_marking_of_the_same_meaning_is_brought_up_to_date_silently(answered, release):
    marking = find(answered, "first").metadata.nbgrader
    marking |= {"schema_version": 1, "checksum": "old"}
    del marking["task"]
    assert mend(answered, release) == {}
    assert find(answered, "first").metadata == find(release, "first").metadata


def test_cells_that_lost_all_marking_are_found_again(answered, release):
    for cell in answered.cells:
        cell.metadata = nbformat.from_dict({})
    mend(answered, release)
    assert names(answered) == names(release)
    assert "return 1" in find(answered, "first_answer").source
    assert find(answered, "explain").source == "Because."


def test_a_renamed_cell_is_found_again(answered, release):
    find(answered, "second_answer").metadata.nbgrader["grade_id"] = "my_answer"
    assert mend(answered, release)["marking"].place == "second_answer"
    assert "return 2" in find(answered, "second_answer").source


def test_a_retyped_free_text_is_still_read_by_a_person(answered, release):
    index = position(answered, "explain")
    answered.cells[index:] = [v4.new_markdown_cell("A note."), v4.new_markdown_cell("A long and careful answer.")]
    mend(answered, release)
    assert find(answered, "explain").source == "A long and careful answer."


def test_markings_that_the_exercise_does_not_have_are_taken_off(answered, release):
    stranger = copy.deepcopy(find(answered, "first"))
    stranger.source, stranger.metadata.nbgrader["grade_id"] = "100.0", "bonus"
    for damaged in ("text", {"grade": True}, {"grade_id": 7}):
        answered.cells.append(v4.new_code_cell("1", metadata={"nbgrader": damaged}))
    answered.cells.append(stranger)
    mend(answered, release)
    assert [cell.metadata for cell in answered.cells[-4:]] == [{}] * 4


def test_a_test_above_its_answer_is_moved_behind_it(answered, release):
    answer = find(answered, "first_answer")
    answered.cells.remove(answer)
    answered.cells.append(answer)
    mend(answered, release)
    assert position(answered, "first") > position(answered, "first_answer")
