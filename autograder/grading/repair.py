"""A submitted notebook mended against the exercise it came from.

Students duplicate, split, retype, rename, delete and unlock cells, mostly by accident. nbgrader finds the cells that
it grades by their marking (`metadata.nbgrader`), and a damaged marking stops it. Here every cell that the exercise
marks is found again or restored, nothing that the student wrote is lost, and each change is told.
"""

import copy
import re
from pathlib import Path

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import List, Unicode

from autograder.grading import record
from autograder.grading.reading import RESOURCE, number_cells, read_submission
from autograder.grading.record import Remark
from autograder.messages import plural

DEFINITION = re.compile(r"^(?:def|class)\s+(\w+)", re.MULTILINE)


class Repair(NbGraderPreprocessor):
    """The first of nbgrader's sanitize_preprocessors: begins the record of the submission and mends its notebook."""

    remarks = List(help="Remarks made before nbgrader saw the submission: code, place, text").tag(config=True)
    void = Unicode("", help="Why there is no work to grade, if there is none").tag(config=True)

    def preprocess(self, nb, resources):
        """Mend the notebook; where it could not be read, put the unchanged exercise in its place."""
        release = self._release(resources)
        void = self.void or resources.get(RESOURCE, "")
        if void:
            nb = copy.deepcopy(release)
        record.begin(nb, (Remark(*noted) for noted in self.remarks), void)
        if not void:
            for remark in repair(nb, release):
                record.add(nb, remark)
        return nb, resources

    def _release(self, resources):
        course = course_of(self)
        names = resources["nbgrader"]
        folder = Path(course.format_path(course.release_directory, ".", names["assignment"]))
        path = folder / f"{names['notebook']}.ipynb"
        release, reason = read_submission(path.read_bytes())
        if reason:
            raise ValueError(f"{path}: {reason}")
        return release


def course_of(configurable):
    """Return nbgrader's CourseDirectory, which a preprocessor reaches only through its converter."""
    while not hasattr(configurable, "coursedir"):
        configurable = configurable.parent
    return configurable.coursedir


def repair(notebook, release) -> list[Remark]:
    """Mend the notebook in place against the release and return what was mended.

    Afterwards each cell that the release marks occurs exactly once, with the release's type, marking and (where
    locked) source, except for answer cells that nothing resembles: an empty answer put back could hide a function
    that the student defines elsewhere.
    """
    return _Mending(notebook, release).run()


class _Mending:
    """The steps of a repair, over a list of [cell, origin]: origin is the cell's index in the release, or None."""

    def __init__(self, notebook, release):
        self.notebook = notebook
        self.release = release.cells
        self.marked = {
            cell.metadata.nbgrader.grade_id: index for index, cell in enumerate(self.release) if _is_marked(cell)
        }
        self.cells = [[cell, None] for cell in notebook.cells]
        self.told: dict[str, list[str]] = {}

    def run(self) -> list[Remark]:
        self.find_by_marking()
        self.find_by_text()
        self.find_by_place()
        for name, index in self.marked.items():
            self.keep_one(name, index)
        for name, index in self.marked.items():
            self.restore(name, index)
        for name, index in self.marked.items():
            self.put_in_place(name, index)
        self.notebook.cells = [cell for cell, _origin in self.cells]
        number_cells(self.notebook)
        return [Remark(code, ", ".join(names), _sentence(code, names)) for code, names in self.told.items()]

    def find_by_marking(self) -> None:
        """Recognise cells by their grade_id; take markings off that the exercise does not have."""
        for entry in self.cells:
            marking = entry[0].metadata.get("nbgrader")
            name = marking.get("grade_id") if isinstance(marking, dict) else None
            if isinstance(name, str) and name in self.marked:
                entry[1] = self.marked[name]
            else:
                entry[0].metadata.pop("nbgrader", None)

    def find_by_text(self) -> None:
        """Recognise unmarked cells whose text is still that of the exercise."""
        for index, original in enumerate(self.release):
            if self.positions(index):
                continue
            for entry in self.cells:
                if entry[1] is None and _text(entry[0]) == _text(original) != "":
                    entry[1] = index
                    self.tell_marking(index)
                    break

    def find_by_place(self) -> None:
        """Recognise an answer that lost its marking: the cell that defines its names, or that stands in its place."""
        for index in self.marked.values():
            original = self.release[index]
            if not utils.is_solution(original) or self.positions(index):
                continue
            kind = original.cell_type
            names = set(DEFINITION.findall(original.source))
            found = [
                entry
                for entry in self.cells
                if entry[1] is None and kind == "code" and names & set(DEFINITION.findall(entry[0].source))
            ]
            if not found:
                start, end = self.gap(index)
                found = [entry for entry in self.cells[start:end] if entry[0].cell_type == kind and _text(entry[0])]
                # Of several texts the longest is taken for the answer: a person reads them all anyway.
                found = sorted(found, key=lambda entry: len(entry[0].source)) if kind == "markdown" else found[:1]
            if found:
                found[-1][1] = index
                self.tell_marking(index)

    def keep_one(self, name: str, index: int) -> None:
        """Among copies keep the last one that the student changed, else the last.

        The other changed ones stay, unmarked. Unchanged ones hold no work, and an empty answer would hide a given one.
        """
        copies = [self.cells[position] for position in self.positions(index)]
        if len(copies) < 2:
            return
        changed = [entry for entry in copies if _text(entry[0]) != _text(self.release[index])]
        answers = utils.is_solution(self.release[index]) and changed
        kept = (answers or copies)[-1]
        for entry in copies:
            if entry is not kept:
                entry[0].metadata.pop("nbgrader", None)
                entry[1] = None
                if not any(entry is other for other in changed):
                    self.cells = [other for other in self.cells if other is not entry]
        self.tell("duplicate", name)

    def restore(self, name: str, index: int) -> None:
        """Give a cell that was found the type, the marking and, where locked, the text that the exercise has."""
        original = self.release[index]
        for position in self.positions(index):
            cell = self.cells[position][0]
            if cell.cell_type != original.cell_type:
                cell = self.cells[position][0] = _retyped(cell, original.cell_type)
                self.tell("retyped", name)
            marking = cell.metadata.get("nbgrader")
            if marking is not None and _meaning(marking) != _meaning(original.metadata.nbgrader):
                self.tell_marking(index)
            cell.metadata = copy.deepcopy(original.metadata)
            cell.id = original.id
            if utils.is_solution(original):
                continue
            own = _retyped(cell, cell.cell_type)
            cell.source = original.source
            if _text(own) != _text(original):
                if _text(own):
                    self.cells.insert(position, [own, None])
                self.tell("locked", name)

    def put_in_place(self, name: str, index: int) -> None:
        """Put back a missing cell; move a test that stands before the answer it tests."""
        original = self.release[index]
        is_graded, is_answer = utils.is_grade(original), utils.is_solution(original)
        here = self.positions(index)
        if not here and is_answer and not is_graded:
            self.tell("answer-missing", name)
        elif not here:
            start, end = self.gap(index)
            # A test belongs after everything the student wrote there; a preparation before it.
            self.cells.insert(end if is_graded else start, [copy.deepcopy(original), index])
            self.tell("restored", name)
        elif is_graded and not is_answer and self.answers_after(here[0], index):
            entry = self.cells.pop(here[0])
            self.cells.insert(self.gap(index)[1], entry)
            self.tell("moved", name)

    def positions(self, index: int) -> list[int]:
        """Return where cells of that origin stand."""
        return [position for position, (_cell, origin) in enumerate(self.cells) if origin == index]

    def gap(self, index: int) -> tuple[int, int]:
        """Return the stretch of cells without origin where the release's cell `index` belongs."""
        start = 0
        for position, (_cell, origin) in enumerate(self.cells):
            if origin is not None and origin < index:
                start = position + 1
        end = start
        while end < len(self.cells) and self.cells[end][1] is None:
            end += 1
        return start, end

    def answers_after(self, position: int, index: int) -> bool:
        """Say whether an answer that precedes the cell in the release follows it here."""
        return any(
            origin is not None and origin < index and utils.is_solution(self.release[origin])
            for _cell, origin in self.cells[position + 1 :]
        )

    def tell_marking(self, index: int) -> None:
        if _is_marked(self.release[index]):
            self.tell("marking", self.release[index].metadata.nbgrader.grade_id)

    def tell(self, code: str, name: str) -> None:
        names = self.told.setdefault(code, [])
        if name not in names:
            names.append(name)


def _sentence(code: str, names: list[str]) -> str:
    """Say what was mended, for all cells that it happened to."""
    count = len(names)
    match code:
        case "marking":
            text = plural(
                "The marking of the cell {cells} was lost or changed; it was restored.",
                "The markings of the cells {cells} were lost or changed; they were restored.",
                count,
            )
        case "duplicate":
            text = plural(
                "The cell {cells} occurred more than once. One copy is graded; others stay where they were changed.",
                "The cells {cells} occurred more than once. One copy is graded; others stay where they were changed.",
                count,
            )
        case "retyped":
            text = plural(
                "The cell {cells} had another cell type; its own was restored.",
                "The cells {cells} had other cell types; their own were restored.",
                count,
            )
        case "locked":
            text = plural(
                "The locked cell {cells} had been changed. The original counts; the change stays before it.",
                "The locked cells {cells} had been changed. The originals count; the changes stay before them.",
                count,
            )
        case "answer-missing":
            text = plural(
                "The answer cell {cells} is missing. What other cells define is graded in its place.",
                "The answer cells {cells} are missing. What other cells define is graded in their place.",
                count,
            )
        case "restored":
            text = plural(
                "The cell {cells} was missing and was put back.",
                "The cells {cells} were missing and were put back.",
                count,
            )
        case "moved":
            text = plural(
                "The test {cells} stood before its answer and was moved behind it.",
                "The tests {cells} stood before their answers and were moved behind them.",
                count,
            )
    return text.format(cells=", ".join(f"“{name}”" for name in names))


def _is_marked(cell) -> bool:
    return any(role(cell) for role in (utils.is_grade, utils.is_solution, utils.is_locked, utils.is_task))


def _meaning(marking) -> tuple:
    """What a marking says, without the checksum and the schema version, which tools update by themselves."""
    if not isinstance(marking, dict):
        return ()
    roles = tuple(bool(marking.get(role)) for role in ("grade", "solution", "locked", "task"))
    points = marking.get("points")
    return (*roles, float(points) if isinstance(points, (int, float)) and marking.get("grade") else None)


def _text(cell) -> str:
    """The source without what editors add or drop at line ends."""
    return "\n".join(line.rstrip() for line in cell.source.strip().splitlines())


def _retyped(cell, cell_type: str):
    """An unmarked copy of the cell with that type."""
    fresh = {"cell_type": cell_type, "metadata": {}, "source": cell.source, "id": cell.id}
    if cell_type == "code":
        fresh |= {"execution_count": None, "outputs": []}
    return nbformat.from_dict(fresh)
