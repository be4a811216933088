"""Make the sample cohort of the tests: submissions to the assignment `inception`, right, wrong and damaged.

    python tools/cohort.py            write autograder/tests/cohort/submitted/
    python tools/cohort.py --check    compare with what is there; status 1 where it differs

What each student did stands in autograder/tests/cohort/cohort.toml; the rest comes from the exercise as released.
"""

import argparse
import copy
import json
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COHORT = ROOT / "autograder" / "tests" / "cohort"
EXERCISE = ROOT / "exercises" / "inception" / "inception.ipynb"
ASSIGNMENT = "inception"


def submissions() -> dict[str, bytes]:
    """Return the content of every file of the cohort by its path below submitted/."""
    release = json.loads(EXERCISE.read_text(encoding="utf-8"))
    cohort = tomllib.loads((COHORT / "cohort.toml").read_text(encoding="utf-8"))
    return dict(_submission(student, cohort, release) for student in cohort["student"])


def _submission(student: dict, cohort: dict, release: dict) -> tuple[str, bytes]:
    notebook = copy.deepcopy(release)
    for task in ("branches", "towers"):
        answer = student.get(task, "plain")
        if answer:
            _cell(notebook, f"{task}_answer")["source"] = cohort[task][answer].strip()
    if text := student.get("explain", cohort["explain"]):
        _cell(notebook, "explain")["source"] = text.strip()
    damaged = DAMAGES[student["damage"]](notebook) if "damage" in student else notebook
    content = damaged if isinstance(damaged, bytes) else _dump(damaged)
    return f"{student['name']}/{ASSIGNMENT}/{student.get('file', f'{ASSIGNMENT}.ipynb')}", content


def _dump(notebook: dict) -> bytes:
    for cell in notebook.get("cells", []):
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].splitlines(keepends=True)
    return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()


def _cell(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if _marking(cell).get("grade_id") == name)


def _marking(cell: dict) -> dict:
    return cell["metadata"].get("nbgrader", {})


def deleted_test(notebook: dict) -> dict:
    """The test of the first task is gone, as is the cell with the imports."""
    for name in ("branches", "setup"):
        notebook["cells"].remove(_cell(notebook, name))
    imports = {
        "cell_type": "code",
        "id": "own-imports",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": "import keras\nfrom keras import layers",
    }
    notebook["cells"].insert(1, imports)
    return notebook


def duplicated_cells(notebook: dict) -> dict:
    """An answer and its test were copied, marking and all; the copy of the answer is still empty."""
    release = json.loads(EXERCISE.read_text(encoding="utf-8"))
    for name, twin in (("branches_answer", _cell(release, "branches_answer")), ("towers", _cell(release, "towers"))):
        original = _cell(notebook, name)
        twin["id"] = f"{original['id']}-copy"
        notebook["cells"].insert(notebook["cells"].index(original) + 1, twin)
    return notebook


def split_answer(notebook: dict) -> dict:
    """An answer cell was split: both halves carry the marking, the first defines a helper."""
    answer = _cell(notebook, "towers_answer")
    helper = copy.deepcopy(answer)
    helper["id"] = "helper-half"
    helper["source"] = (
        'def conv(x, filters, kernel):\n    return layers.Conv2D(filters, kernel, padding="same", activation="relu")(x)'
    )
    answer["source"] = (
        "def inception_towers(x, filters):\n"
        '    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)\n'
        "    first = conv(conv(x, filters, 1), filters, 3)\n"
        "    second = conv(conv(x, filters, 1), filters, 5)\n"
        "    return layers.concatenate([first, second, conv(pooled, filters, 1)])"
    )
    notebook["cells"].insert(notebook["cells"].index(answer), helper)
    return notebook


def retyped_answer(notebook: dict) -> dict:
    """A slip of a key made the answer a text cell."""
    for name in ("branches_answer", "towers"):
        cell = _cell(notebook, name)
        cell["cell_type"] = "markdown"
        del cell["outputs"], cell["execution_count"]
    return notebook


def lost_marking(notebook: dict) -> dict:
    """All cells were copied into a new notebook."""
    for number, cell in enumerate(notebook["cells"]):
        cell |= {"id": f"new-{number}", "metadata": {}}
    return notebook


def edited_test(notebook: dict) -> dict:
    """A test was unlocked, rewritten, made worth more and tagged to be skipped."""
    cell = _cell(notebook, "branches")
    cell["metadata"] = {"nbgrader": _marking(cell) | {"points": 60, "locked": False}, "tags": ["skip-execution"]}
    cell["source"] = "60.0"
    return notebook


def saved_by_colab(notebook: dict) -> dict:
    """Colab writes format 4.0 without cell ids, with metadata of its own and its own order of keys."""
    cells = []
    for number, cell in enumerate(notebook["cells"]):
        metadata = cell["metadata"] | {"id": f"k3Yx{number:08d}"}
        if cell["cell_type"] == "code":
            metadata |= {"colab": {"base_uri": "https://localhost:8080/", "height": 35}, "outputId": f"a1-{number}"}
        kept = {"cell_type": cell["cell_type"], "source": cell["source"], "metadata": metadata}
        if cell["cell_type"] == "code":
            output = {"output_type": "stream", "name": "stderr", "text": ["a warning of yesterday\n"]}
            kept |= {"execution_count": number, "outputs": [output]}
        cells.append(kept)
    metadata = {
        "colab": {"provenance": [], "gpuType": "T4"},
        "kernelspec": {"name": "python3", "display_name": "Python 3"},
        "language_info": {"name": "python"},
        "accelerator": "GPU",
    }
    return {"nbformat": 4, "nbformat_minor": 0, "metadata": metadata, "cells": cells}


def old_format(notebook: dict) -> dict:
    """Notebook format 3: worksheets, `input` for the text of a code cell."""
    cells = []
    for cell in notebook["cells"]:
        source = cell["source"] if isinstance(cell["source"], list) else cell["source"].splitlines(keepends=True)
        if cell["cell_type"] == "code":
            text = {"collapsed": False, "input": source, "language": "python", "outputs": []}
        else:
            text = {"source": source}
        cells.append({"cell_type": cell["cell_type"], "metadata": cell["metadata"], **text})
    worksheets = [{"cells": cells, "metadata": {}}]
    return {"metadata": {"name": ""}, "nbformat": 3, "nbformat_minor": 0, "worksheets": worksheets}


def empty_notebook(notebook: dict) -> dict:
    """A notebook without a cell."""
    return notebook | {"cells": []}


def broken_json(notebook: dict) -> bytes:
    """The upload stopped in the middle."""
    content = _dump(notebook)
    return content[: len(content) // 2]


def only_notes(_notebook: dict) -> bytes:
    """The wrong file was handed in."""
    return b"I will hand in the notebook tomorrow.\n"


DAMAGES: dict[str, Callable[[dict], dict | bytes]] = {
    damage.__name__: damage
    for damage in (
        deleted_test,
        duplicated_cells,
        split_answer,
        retyped_answer,
        lost_marking,
        edited_test,
        saved_by_colab,
        old_format,
        empty_notebook,
        broken_json,
        only_notes,
    )
}


def main() -> int:
    """Write the cohort, or compare it with what is there."""
    parser = argparse.ArgumentParser(description="Make the sample cohort of the tests.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    wanted = submissions()
    folder = COHORT / "submitted"
    present = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    stale = sorted(present.keys() - wanted.keys())
    stale += [name for name, content in wanted.items() if name not in present or present[name].read_bytes() != content]
    if check:
        for name in stale:
            print(
                f"{folder.relative_to(ROOT) / name} differs from its source: run python tools/cohort.py",
                file=sys.stderr,
            )
        return 1 if stale else 0
    for name in stale:
        path = folder / name
        if name in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(wanted[name])
        else:
            path.unlink()
            for parent in (path.parent, path.parent.parent):
                if not any(parent.iterdir()):
                    parent.rmdir()
    print(f"{len(wanted)} submissions in {folder.relative_to(ROOT)}, {len(stale)} of them new or changed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
