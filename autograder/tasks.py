"""A task as declared in an assignment's `task.toml`, and the hidden cases drawn from it by seed.

A case is the arguments of one call of the student's function, by name, as JSON values. In a task whose answer is a
`tensor` the first argument is the shape of a symbolic input tensor, without its batch axis.
"""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from autograder.graph.findings import CRITERIA
from autograder.messages import _

ANSWERS = ("tensor", "model")
Case = dict


@dataclass(frozen=True)
class Task:
    """What one graded function is asked for, as far as a student may know it."""

    id: str
    function: str
    answer: str  # "tensor": f(x, …) on a symbolic tensor returns a tensor; "model": f(…) returns a keras.Model
    rubric: dict[str, float]  # criterion -> points
    freedoms: tuple[str, ...]
    visible: tuple[Case, ...]

    @property
    def points(self) -> float:
        """The most that an answer can earn."""
        return sum(self.rubric.values())

    def to_dict(self) -> dict:
        """Return the declaration as JSON values, without the id."""
        return {"function": self.function, "answer": self.answer, "rubric": self.rubric,
                "freedoms": list(self.freedoms), "visible": list(self.visible)}

    @classmethod
    def from_dict(cls, id: str, data: Mapping) -> "Task":
        """Rebuild a declaration from `to_dict`."""
        return cls(id, data["function"], data["answer"], dict(data["rubric"]), tuple(data["freedoms"]),
                   tuple(data["visible"]))


class TaskError(ValueError):
    """A `task.toml` that cannot be used; the message says where and what to write."""


def load(folder: Path) -> dict[str, Task]:
    """Return the tasks of an assignment's folder by id, "assignment/task".

    Raises TaskError where the declaration is missing or wrong.
    """
    return {f"{folder.name}/{name}": _task(folder, name, declared) for name, declared in _declared(folder).items()}


def draw_hidden(folder: Path, seed: str) -> dict[str, list[Case]]:
    """Return the hidden cases of an assignment by task id: the same for the same seed, none like the visible one."""
    cases = {}
    for name, declared in _declared(folder).items():
        ranges = dict(declared.get("hidden", {}))
        number = ranges.pop("cases", 0)
        generator = random.Random(f"{seed}/{folder.name}/{name}")
        drawn: list[Case] = []
        while len(drawn) < number:
            case = {argument: _draw(generator, wanted) for argument, wanted in ranges.items()}
            if case not in drawn and case != declared["visible"]:
                drawn.append(case)
        cases[f"{folder.name}/{name}"] = drawn
    return cases


def _declared(folder: Path) -> dict:
    path = folder / "task.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise TaskError(_("{path} is missing: an assignment's folder declares its tasks there.").format(path=path)) \
            from None
    except tomllib.TOMLDecodeError as error:
        raise TaskError(_("{path} is not valid TOML: {error}.").format(path=path, error=error)) from None


def _task(folder: Path, name: str, declared: Mapping) -> Task:
    where = f"{folder / 'task.toml'} [{name}]"
    for key in ("function", "answer", "rubric", "visible"):
        if key not in declared:
            raise TaskError(_("{where} lacks `{key}`.").format(where=where, key=key))
    if declared["answer"] not in ANSWERS:
        raise TaskError(_("{where}: answer is `{answer}`; write one of {known}.").format(
            where=where, answer=declared["answer"], known=", ".join(ANSWERS)))
    unknown = [criterion for criterion in declared["rubric"] if criterion not in CRITERIA]
    if unknown:
        raise TaskError(_("{where}: the rubric names `{criterion}`; the criteria are {known}.").format(
            where=where, criterion=unknown[0], known=", ".join(CRITERIA)))
    return Task(f"{folder.name}/{name}", declared["function"], declared["answer"], dict(declared["rubric"]),
                tuple(declared.get("freedoms", ())), (dict(declared["visible"]),))


def _draw(generator: random.Random, wanted):
    """Draw one argument: a list item by item, a range as one of its numbers, a choice as one of its values."""
    if isinstance(wanted, list):
        return [_draw(generator, item) for item in wanted]
    if isinstance(wanted, Mapping) and "choice" in wanted:
        return generator.choice(wanted["choice"])
    if isinstance(wanted, Mapping):
        return generator.randrange(wanted["from"], wanted["to"] + 1, wanted.get("step", 1))
    return wanted
