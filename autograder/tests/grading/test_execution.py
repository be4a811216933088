import json

import nbformat
import pytest
from nbformat import v4
from traitlets import Any
from traitlets.config import Configurable

from autograder import references
from autograder.grading import configure, record
from autograder.grading.course import Course, load_config
from autograder.grading.execution import Run
from autograder.tests.grading.conftest import ROOT


class Converter(Configurable):
    coursedir = Any()


def run(tmp_path, *sources, void="", seconds_per_cell=60, seconds_per_notebook=600):
    """Run cells as a submission; return the notebook."""
    cells = [v4.new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources, start=1)]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells[-1].metadata["tags"] = ["skip-execution", "raises-exception"]
    record.begin(notebook, void=void)
    config = load_config(ROOT)
    configure(config)
    config.Execute.timeout = seconds_per_cell
    config.Execute.iopub_timeout = 4
    config.Run.seconds_per_notebook = seconds_per_notebook
    converter = Converter(config=config, coursedir=Course.open(ROOT, config))
    resources = {"nbgrader": {"assignment": "inception"}, "metadata": {"path": str(tmp_path)}}
    notebook, _resources = Run(parent=converter).preprocess(notebook, resources)
    nbformat.validate(notebook)
    return notebook


def printed(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def codes(notebook):
    return [(remark.code, remark.place) for remark in record.remarks(notebook)]


def test_the_kernel_gets_hidden_inputs_and_nothing_that_is_expected(tmp_path):
    notebook = run(
        tmp_path,
        "import os, sys\nprint(open(os.environ['GRAPHS_OF_LAYERS_CASES']).read())",
        "print(os.environ['TF_ENABLE_ONEDNN_OPTS'], 'keras' in sys.modules, 'keras' in globals())",
        "print('tags change nothing')",
    )
    handed_in = json.loads(printed(notebook.cells[0]))
    assert handed_in == references.hidden_cases(ROOT / "solutions" / "inception")
    arguments = {name for cases in handed_in.values() for case in cases for name in case}
    assert arguments == {"x", "filters"}
    assert printed(notebook.cells[1]) == "0 True False\n"
    assert printed(notebook.cells[2]) == "tags change nothing\n"
    assert codes(notebook) == []


def test_a_cell_at_its_time_limit_is_stopped_and_the_next_ones_run(tmp_path):
    notebook = run(tmp_path, "while True: pass", "print('after')", seconds_per_cell=3)
    assert notebook.cells[0].outputs[-1].ename == "CellTimeoutError"
    assert printed(notebook.cells[1]) == "after\n"
    assert codes(notebook) == [("time-limit", "cell-1")]


@pytest.mark.parametrize(
    ("stubborn", "ename"),
    [
        ("import os\nos._exit(0)", "DeadKernelError"),
        ("while True:\n    try:\n        sum([1])\n    except BaseException: pass", "CellTimeoutError"),
    ],
)
def test_a_kernel_that_dies_or_hangs_ends_the_run_with_what_came_before_it(tmp_path, stubborn, ename):
    notebook = run(tmp_path, "print('before')", stubborn, "print('after')", seconds_per_cell=3)
    assert printed(notebook.cells[0]) == "before\n"
    assert notebook.cells[1].outputs[-1].ename == ename
    assert notebook.cells[2].outputs == []
    assert codes(notebook) == [("stopped", "cell-2")]


def test_all_cells_together_have_a_time_limit(tmp_path):
    notebook = run(tmp_path, *["while True: pass"] * 4, seconds_per_cell=3, seconds_per_notebook=4)
    assert notebook.cells[0].outputs[-1].ename == "CellTimeoutError"
    assert "KeyboardInterrupt" not in str(notebook.cells[-1].outputs)
    assert codes(notebook)[-1][0] == "stopped"


def test_where_there_is_no_work_nothing_runs(tmp_path):
    notebook = run(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')", void="The file is damaged.")
    assert not (tmp_path / "ran").exists()
    assert notebook.cells[0].outputs == []
