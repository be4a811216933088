"""What leaves a student's process: an answer run on cases, as plain JSON; and that JSON made a model again.

`collect` runs beside the student's code and judges nothing. `restore` runs where grades are made: it takes only data,
builds only layers and operations of Keras from an allow-list, and runs nothing that a student wrote.
"""

import json
import linecache
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from inspect import isclass

from autograder import behaviour, compilation
from autograder.messages import _
from autograder.tasks import Case, Task

MIME = "application/vnd.graphs-of-layers.evidence+json"
VERSION = 1

MAX_BYTES = 1_000_000  # of one model's config; the largest model of the book takes a tenth of it
MAX_DEPTH = 64  # of nesting in the data
MAX_LAYERS = 3_000
MAX_NUMBER = 10_000_000  # no unit count, kernel side or vocabulary of a course is larger
MAX_TEXT = 400  # characters of an error's message


class EvidenceError(ValueError):
    """Evidence that is not a model of built-in layers; the message says what in it is not."""


# --- beside the student's code ----------------------------------------------------------------------------------------


def collect(task: Task, answer: Callable, cases: Iterable[Case]) -> dict:
    """Run an answer on cases and return what came of it as JSON values; exceptions of the answer are evidence, too."""
    return {"version": VERSION, "task": task.id,
            "cases": [{"arguments": case, **_run(task, answer, case)} for case in cases]}


def _run(task: Task, answer: Callable, case: Case) -> dict:
    import keras

    if not callable(answer):
        return {"problem": "not_callable", "text": type(answer).__name__}
    if task.answer == "layer":
        return {"results": behaviour.run(answer, case)}
    if task.answer == "compiled":
        return _compiled(answer, case)
    try:
        with keras.StatelessScope(initialize_variables=False):  # shapes and counts are exact, no weight is allocated
            return _answered(task, answer, case)
    except Exception:  # noqa: BLE001 - some builders need real variables (they compile, copy weights): once more
        try:
            return _answered(task, answer, case)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever it raises is evidence
            return {"problem": "raised", "text": _said(error)}
    except SystemExit as error:
        return {"problem": "raised", "text": _said(error)}


def _answered(task: Task, answer: Callable, case: Case) -> dict:
    import keras

    # JSON has no tuples, and a shape is one.
    arguments = [tuple(value) if name.endswith("shape") else value for name, value in case.items()]
    if task.answer == "tensor":
        name = next(iter(case))
        tensor = keras.Input(tuple(arguments[0]), name=name)
        result = answer(tensor, *arguments[1:])
        if not isinstance(result, keras.KerasTensor):
            return {"problem": "not_a_tensor", "text": type(result).__name__}
        result = keras.Model(tensor, result)
    else:
        result = answer(*arguments)
        if not isinstance(result, keras.Model):
            return {"problem": "not_a_model", "text": type(result).__name__}
    return _sent(result)


def _compiled(answer: Callable, case: Case) -> dict:
    import keras

    given = keras.models.model_from_json(json.dumps(case["model"]))
    try:
        result = answer(given)
        if not isinstance(result, keras.Model):
            return {"problem": "not_a_model", "text": type(result).__name__}
        return _sent(result) | {"same": result is given, "compilation": compilation.describe(result)}
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's function raises is evidence
        return {"problem": "raised", "text": _said(error)}


def _sent(model) -> dict:
    with _as_not_compiled(model):
        text = model.to_json()
    if len(text) > MAX_BYTES:
        return {"problem": "too_large", "text": str(len(text))}
    return {"model": json.loads(text)}


@contextmanager
def _as_not_compiled(model) -> Iterator[None]:
    """Leave out how a model and those inside it train: no part of its graph, and losses of one's own may be no JSON."""
    compiled = [part for part in model._flatten_layers() if getattr(part, "compiled", False)]
    for part in compiled:
        part.compiled = False
    try:
        yield
    finally:
        for part in compiled:
            part.compiled = True


def _said(error: BaseException) -> str:
    """Return an exception in one line, with the student's own line that it came from."""
    message = next((line for line in str(error).splitlines() if line.strip()), "").strip()
    said = f"{type(error).__name__}: {message[:MAX_TEXT]}" if message else type(error).__name__
    own = [frame for frame in traceback.extract_tb(error.__traceback__)
           if "site-packages" not in frame.filename and frame.filename != __file__]
    if own and (line := linecache.getline(own[-1].filename, own[-1].lineno or 0).strip()):
        said += _(", in the line `{line}`").format(line=line[:MAX_TEXT])
    return said


# --- where grades are made --------------------------------------------------------------------------------------------


def restore(config):
    """Return the Keras model that a config describes, without weights.

    Raises EvidenceError where the config holds anything but built-in layers of sensible size.
    """
    import keras

    if not isinstance(config, dict) or len(json.dumps(config)) > MAX_BYTES:
        raise EvidenceError(_("The model's description is missing or too large."))
    if config.get("class_name") not in ("Functional", "Sequential"):
        raise EvidenceError(_("A functional model was expected, not `{name}`.").format(name=config.get("class_name")))
    layers = 0
    for value in _walk(config):
        _inspect(value)
        layers += isinstance(value, dict) and "inbound_nodes" in value
        if layers > MAX_LAYERS:
            raise EvidenceError(_("The model has more than {number} layers.").format(number=MAX_LAYERS))
    try:
        with keras.StatelessScope(initialize_variables=False):
            return keras.models.model_from_json(json.dumps(config))
    except Exception as error:  # noqa: BLE001 - Keras raises many kinds on such data
        raise EvidenceError(_("The model's description does not make a model: {reason}").format(
            reason=_first_line(error))) from None


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:MAX_TEXT]


def _walk(value, depth: int = 0) -> Iterator:
    if depth > MAX_DEPTH:
        raise EvidenceError(_("The model's description is nested too deeply."))
    yield value
    if isinstance(value, dict):
        for item in value.values():
            yield from _walk(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1)


def _inspect(value) -> None:
    if isinstance(value, (int, float)) and not abs(value) <= MAX_NUMBER:  # also refuses NaN
        raise EvidenceError(_("The number {number} in the model is too large.").format(number=str(value)[:20]))
    if not isinstance(value, dict) or "class_name" not in value:
        return
    name, module = value["class_name"], value.get("module")
    if value.get("registered_name") not in (None, name):
        raise EvidenceError(_not_built_in(value["registered_name"]))
    if not isinstance(name, str) or not isinstance(module, str | None):
        raise EvidenceError(_not_built_in(name))
    if not (name in _MARKERS if module is None else (module, name) in allowed()):
        raise EvidenceError(_not_built_in(name))


_MARKERS = frozenset({"__keras_tensor__", "__slice__", "__ellipsis__"})  # Keras's own notation for arguments


def _not_built_in(name) -> str:
    return _("`{name}` is not one of Keras's built-in layers, and code cannot travel with an answer: "
             "build the model from built-in layers such as `layers.Rescaling`, `layers.Add` or `keras.ops` calls."
             ).format(name=str(name)[:80])


@cache
def allowed() -> frozenset[tuple[str, str]]:
    """Return (module, class name) of everything that may be rebuilt: the module is compared, never imported."""
    import keras
    from keras.src import activations, ops  # the classes behind keras.ops have no public names

    pairs = {(module, name) for module in ("keras", "keras.models") for name in ("Functional", "Sequential")}
    pairs |= {("keras.src.models.functional", "Functional"), ("keras.src.models.sequential", "Sequential"),
              ("keras", "DTypePolicy")}
    for module in ("layers", "initializers", "regularizers", "constraints"):
        pairs |= {(f"keras.{module}", name) for name, item in vars(getattr(keras, module)).items()
                  if isclass(item) and name not in _REFUSED}
    for module in (ops.numpy, ops.nn, ops.core, ops.math, ops.image, ops.linalg, activations.activations):
        pairs |= {(item.__module__, name) for name, item in vars(module).items() if name not in _REFUSED
                  and isclass(item) and issubclass(item, keras.Operation) and not issubclass(item, keras.layers.Layer)}
    return frozenset(pairs)


# These run code that the data brings along, call functions, or load files.
_REFUSED = frozenset({
    "Lambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer", "StringLookup", "IntegerLookup",
    "TextVectorization", "Map", "Scan", "AssociativeScan", "WhileLoop", "ForiLoop", "Cond", "Switch", "VectorizedMap",
    "CustomGradient", "Operation",
})
