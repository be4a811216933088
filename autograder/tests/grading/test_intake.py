import pytest

from autograder.grading.intake import take_in


@pytest.fixture
def folders(tmp_path):
    for name in ("submission", "release"):
        (tmp_path / name).mkdir()
    (tmp_path / "release" / "work.ipynb").write_text("the exercise")
    return tmp_path / "submission", tmp_path / "release", tmp_path / "taken"


def taken(folder):
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_the_notebook_and_what_lies_beside_it_are_taken(folders):
    submission, _release, destination = folders
    (submission / "work.ipynb").write_text("answers")
    (submission / "data").mkdir()
    (submission / "data" / "table.csv").write_text("1")
    assert take_in(*folders) == ([], "")
    assert taken(destination) == {"work.ipynb": "answers", "data/table.csv": "1"}


@pytest.mark.parametrize("name", ["work (1).ipynb", "Copy of work.ipynb", "과제.ipynb"])
def test_a_renamed_notebook_is_graded_under_its_own_name(folders, name):
    submission, _release, destination = folders
    (submission / name).write_text("answers")
    (remark,), void = take_in(*folders)
    assert (remark.code, void) == ("renamed-file", "")
    assert taken(destination) == {"work.ipynb": "answers"}


def test_several_strange_notebooks_are_not_guessed_among(folders):
    submission, _release, destination = folders
    for name in ("one.ipynb", "two.ipynb"):
        (submission / name).write_text("answers")
    _remarks, void = take_in(*folders)
    assert "work.ipynb" in void
    assert taken(destination) == {"work.ipynb": "the exercise"}


def test_without_a_notebook_the_exercise_stands_in_and_the_reason_is_told(folders):
    _remarks, void = take_in(*folders)
    assert "work.ipynb" in void
    assert taken(folders[2]) == {"work.ipynb": "the exercise"}


def test_links_are_not_followed(folders, tmp_path):
    submission, _release, destination = folders
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "gradebook.db").write_text("grades")
    (submission / "work.ipynb").symlink_to(tmp_path / "secret" / "gradebook.db")
    (submission / "beside").symlink_to(tmp_path / "secret")
    _remarks, void = take_in(*folders)
    assert void
    assert "grades" not in taken(destination).values()
