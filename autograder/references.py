"""Reference values as JSON: output shapes, parameter counts, closed form, canonical graph, for each case of a task.

Two files hold them. The public one goes to students with the package (or lies beside their notebook) and holds the
declaration and the visible case. The hidden one stays with the solutions and holds cases drawn from a seed.
`python -m autograder reference` makes both from the solutions.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from autograder import evidence, tasks
from autograder.graph import arithmetic
from autograder.graph.model_graph import ModelGraph, from_keras
from autograder.messages import _
from autograder.tasks import Case, Task, TaskError

BESIDE = "reference.json"  # the public file of a course of one's own, beside the student's notebook
HIDDEN = "hidden.json"
DEFAULT_SEED = "graphs-of-layers"


@dataclass(frozen=True)
class Reference:
    """The right answer to one case."""

    arguments: Case
    graph: ModelGraph | None = None  # of the right model, in tasks that have one
    compilation: Mapping | None = None  # of the right answer, in tasks about compiling


def tasks_known() -> dict[str, Task]:
    """Return the tasks that a student can check here: those of a reference beside the notebook, then the package's."""
    return {id: Task.from_dict(id, data["task"]) for id, data in _public().items()}


def visible(task_id: str) -> list[Reference]:
    """Return the references that students have."""
    return [_from_dict(case) for case in _public()[task_id]["cases"]]


def hidden(folder: Path) -> dict[str, list[Reference]]:
    """Return the hidden references of an assignment's solution folder by task id.

    Raises TaskError where they were not made yet.
    """
    return {id: [_from_dict(case) for case in cases] for id, cases in _hidden(folder)["tasks"].items()}


def hidden_cases(folder: Path) -> dict[str, list[Case]]:
    """Return the hidden cases by task id: inputs only, what a student's process may be handed when it is graded."""
    return {id: [case["arguments"] for case in cases] for id, cases in _hidden(folder)["tasks"].items()}


def make(folder: Path, seed: str = DEFAULT_SEED) -> tuple[dict, dict]:
    """Return the contents of the public and of the hidden file, made by running an assignment's solution.

    Raises TaskError where a solution is missing, fails, or disagrees with the closed-form arithmetic.
    """
    import keras

    declared = tasks.load(folder)
    solutions = solutions_of(folder)
    keras.utils.clear_session()  # unnamed layers are numbered from the start, whatever was built before
    drawn = tasks.draw_hidden(folder, seed)
    public, secret = {}, {}
    for id, task in declared.items():
        if task.function not in solutions:
            raise TaskError(_("{folder}: the solution notebook defines no `{function}`, which {task} asks for.").format(
                folder=folder, function=task.function, task=id))
        public[id] = {"task": task.to_dict(), "cases": _answered(task, solutions, task.visible)}
        secret[id] = _answered(task, solutions, drawn[id])
    return {"assignment": folder.name, "tasks": public}, {"assignment": folder.name, "seed": seed, "tasks": secret}


def assignments(solutions: Path) -> list[Path]:
    """Return the folders of all assignments, in order of name."""
    return sorted(path.parent for path in solutions.glob("*/task.toml"))


def solutions_of(folder: Path) -> dict:
    """Run the code of an assignment's solution notebook, all but its graded cells, and return what it defines."""
    path = folder / f"{folder.name}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except FileNotFoundError:
        raise TaskError(_("{path} is missing: run `make notebooks`.").format(path=path)) from None
    namespace: dict = {"__name__": "solution"}
    with redirect_stdout(io.StringIO()):
        for cell in cells:
            if cell["cell_type"] == "code" and not cell["metadata"].get("nbgrader", {}).get("grade"):
                exec(compile("".join(cell["source"]), str(path), "exec"), namespace)  # noqa: S102 - our own solution
    return namespace


def public_path(folder: Path) -> Path:
    """Return where the public file of an assignment lies."""
    return Path(str(files("autograder") / "data" / "references")) / f"{folder.name}.json"


def dump(content: Mapping) -> str:
    """Return a file's text: stable, and with lists of numbers on one line, so that changes can be read."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    return re.sub(r"\[[\s\d,]+\]|\[\s*null[\s\d,nul]*\]", lambda found: re.sub(r"\s+", " ", found[0]), text) + "\n"


def _answered(task: Task, solutions: Mapping, cases: Iterable[Case]) -> list[dict]:
    if task.given:  # the case hands in a model: as data, so that it needs no code of ours where it is answered
        cases = [{"model": json.loads(solutions[task.given](**case).to_json())} for case in cases]
    if task.answer in ("layer", "budget"):  # judged by rules: there is no one right answer to store
        return [{"arguments": case} for case in cases]
    return [_reference(task, case) for case in evidence.collect(task, solutions[task.function], cases)["cases"]]


def _reference(task: Task, case: Mapping) -> dict:
    if "model" not in case:
        raise TaskError(_("The solution of {task} gives no model for {arguments}: {problem} {text}").format(
            task=task.id, arguments=case["arguments"], problem=case["problem"], text=case["text"]))
    graph = from_keras(evidence.restore(case["model"]))
    formula = arithmetic.model_formula(graph)
    if arithmetic.evaluate(formula) != graph.parameters:
        raise TaskError(_("{task}: Keras counts {count} parameters, the closed form {formula} gives {sum}.").format(
            task=task.id, count=graph.parameters, formula=formula, sum=arithmetic.evaluate(formula)))
    reference = {"arguments": case["arguments"], "outputs": [list(shape) for shape in graph.output_shapes()],
                 "parameters": graph.parameters, "trainable": graph.trainable, "formula": formula,
                 "graph": graph.to_dict()}
    return reference | ({"compilation": case["compilation"]} if "compilation" in case else {})


def _from_dict(case: Mapping) -> Reference:
    graph = ModelGraph.from_dict(case["graph"]) if "graph" in case else None
    return Reference(case["arguments"], graph, case.get("compilation"))


@cache
def _hidden(folder: Path) -> dict:
    try:
        return json.loads((folder / HIDDEN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TaskError(_("{path} is missing: make it with `python -m autograder reference`.").format(
            path=folder / HIDDEN)) from None


def _public() -> dict[str, dict]:
    return {id: data for path in _public_files() for id, data in _read(path, path.stat().st_mtime)["tasks"].items()}


def _public_files() -> Iterator[Path]:
    # Later files win: what lies beside the notebook comes before the package.
    yield from sorted(Path(str(files("autograder") / "data" / "references")).glob("*.json"))
    beside = Path.cwd() / BESIDE
    if beside.is_file():
        yield beside


@cache
def _read(path: Path, changed: float) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))
