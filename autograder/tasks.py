"""A task as declared in an assignment's `task.toml`, and the hidden cases drawn from it by seed.

A case is the arguments of one call of the student's function, by name, as JSON values. In a task whose answer is a
`tensor` the first argument is the shape of a symbolic input tensor, without its batch axis.
"""

import random
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from autograder.graph.findings import CRITERIA
from autograder.messages import _

# What a graded function gives, and so how it is run and judged:
# tensor    f(x, …) on a symbolic tensor returns a tensor        judged by its graph
# model     f(…) returns a keras.Model                           judged by its graph
# compiled  f(model) returns the same model, compiled            judged by its losses and weights, and its graph
# layer     a class of layers                                    judged by what it does, against a built-in layer
# budget    f(…) returns a keras.Model of free design            judged by properties of its graph
ANSWERS = ("tensor", "model", "compiled", "layer", "budget")
Case = dict


@dataclass(frozen=True)
class Task:
    """What one graded function is asked for, as far as a student may know it."""

    id: str
    function: str
    answer: str  # one of ANSWERS
    rubric: dict[str, float]  # criterion -> points
    visible: tuple[Case, ...]
    freedoms: tuple[str, ...] = ()  # what may differ from the reference graph, see graph/compare.py
    named: tuple[str, ...] = ()  # inputs and outputs that are matched by name, all others by position
    properties: tuple[str, ...] = ()  # of a free design, see graph/properties.py
    given: str = ""  # the solution's function that makes the model which a "compiled" task receives
    like: str = ""  # the built-in layer that a "layer" must behave like

    @property
    def points(self) -> float:
        """The most that an answer can earn."""
        return sum(self.rubric.values())

    def to_dict(self) -> dict:
        """Return the declaration as JSON values, without the id."""
        said = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "id"}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in said.items() if value}

    @classmethod
    def from_dict(cls, id: str, data: Mapping) -> "Task":
        """Rebuild a declaration from `to_dict`."""
        return cls(id, **{key: tuple(value) if isinstance(value, list) else value for key, value in data.items()})


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


def is_released(folder: Path) -> bool:
    """Whether an assignment goes to students; `released = false` in its task.toml keeps it among the solutions."""
    return not (folder / "task.toml").is_file() or _read(folder).get("released", True)


def _declared(folder: Path) -> dict[str, dict]:
    return {name: declared for name, declared in _read(folder).items() if isinstance(declared, Mapping)}


def _read(folder: Path) -> dict:
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
    known = {key: value for key, value in declared.items() if key != "hidden"}
    unknown = known.keys() - {field.name for field in fields(Task)}
    if unknown:
        raise TaskError(_("{where} says `{key}`, which no task has.").format(where=where, key=sorted(unknown)[0]))
    return Task.from_dict(f"{folder.name}/{name}", known | {"visible": [declared["visible"]]})


def _draw(generator: random.Random, wanted):
    """Draw one argument: a list item by item or of drawn length, a range as a number of it, a choice as one value."""
    if isinstance(wanted, list):
        return [_draw(generator, item) for item in wanted]
    if isinstance(wanted, Mapping) and "list" in wanted:
        return [_draw(generator, wanted["list"]) for _item in range(_draw(generator, wanted["length"]))]
    if isinstance(wanted, Mapping) and "choice" in wanted:
        return generator.choice(wanted["choice"])
    if isinstance(wanted, Mapping):
        return generator.randrange(wanted["from"], wanted["to"] + 1, wanted.get("step", 1))
    return wanted
