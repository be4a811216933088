"""What a grading run notes about one submission, kept in the graded notebook's own metadata.

Repair, Run and Judge each add to it; the report reads it when all is done. A student cannot write it: Repair starts a
new record and drops whatever the submission brought under this name.
"""

from dataclasses import asdict, dataclass

KEY = "graphs_of_layers"


@dataclass(frozen=True)
class Remark:
    """Something that student and instructor should know: a code for programs, a sentence for people.

    `place` is the name of the cell concerned, or "" for the whole notebook.
    """

    code: str
    place: str
    text: str


def begin(notebook, remarks=(), void: str = "") -> None:
    """Start the record; `void` says why there is no work to grade, "" when there is."""
    notebook.metadata[KEY] = {"remarks": [], "void": void, "tasks": {}}
    for remark in remarks:
        add(notebook, remark)


def add(notebook, remark: Remark) -> None:
    """Add a remark, once: a cell mended in two ways that read the same is told once."""
    noted = _record(notebook)["remarks"]
    if asdict(remark) not in noted:
        noted.append(asdict(remark))


def add_task(notebook, name: str, *, score: float, max_score: float, findings: list[dict]) -> None:
    """Note the verdict on a task, under the short name that its graded cell has."""
    _record(notebook)["tasks"][name] = {"score": score, "max_score": max_score, "findings": findings}


def remarks(notebook) -> list[Remark]:
    """Return the remarks in the order in which they were made."""
    return [Remark(**noted) for noted in _record(notebook)["remarks"]]


def void(notebook) -> str:
    """Return why there is nothing to grade, or ""."""
    return _record(notebook)["void"]


def tasks(notebook) -> dict[str, dict]:
    """Return the verdicts by task name."""
    return _record(notebook)["tasks"]


def _record(notebook) -> dict:
    if KEY not in notebook.metadata:
        begin(notebook)
    return notebook.metadata[KEY]
