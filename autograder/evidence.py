"""What leaves a student's process: an answer run on cases, as plain JSON; and that JSON made a model again.

`collect` runs beside the student's code and judges nothing. `restore` runs where grades are made: it takes only data,
builds only layers and operations of Keras from an allow-list, and runs nothing that a student wrote.
"""

import json
import linecache
import math
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from autograder import behaviour, compilation
from autograder.graph import arithmetic
from autograder.graph.weightless import weightless
from autograder.messages import _
from autograder.tasks import Case, Task

MIME = "application/vnd.graphs-of-layers.evidence+json"
VERSION = 1

MAX_BYTES = 1_000_000  # of one model's config; the largest model of the book takes a tenth of it
MAX_DEPTH = 64  # of nesting in the data
MAX_CALLS = 1_500  # of layers, with nested models opened; NASNetLarge has a thousand
MAX_TENSORS = 200  # that one call joins, or that a model gives
MAX_DETOURS = 20_000  # see _detours; 100 calls of a shared layer in a model of 200
MAX_NUMBER = 10_000_000  # no unit count, kernel side or vocabulary of a course is larger
MAX_AXES = 8
MAX_WEIGHTS = 1_000_000_000  # six times the largest model of the book
MAX_ELEMENTS = 250_000_000  # in all tensors that a model computes for one example
FREE_SIZES = (24, 300)  # steps or pixels along an axis of any size: as few as are run, as many as the tasks need
MAX_WORD = 200  # characters of a name
MAX_TEXT = 400  # characters of an error's message


class EvidenceError(ValueError):
    """Evidence that is not a model of built-in layers; the message says what in it is not."""


# --- beside the student's code ----------------------------------------------------------------------------------------


def collect(task: Task, answer: Callable, cases: Iterable[Case]) -> dict:
    """Run an answer on cases and return what came of it as JSON values; exceptions of the answer are evidence, too."""
    return {"version": VERSION, "task": task.id,
            "cases": [{"arguments": case, **_run(task, answer, case)} for case in cases]}


def _run(task: Task, answer: Callable, case: Case) -> dict:

    if not callable(answer):
        return {"problem": "not_callable", "text": type(answer).__name__}
    if task.answer == "layer":
        return {"results": behaviour.run(answer, case)}
    if task.answer == "compiled":
        return _compiled(answer, case)
    try:
        with weightless():  # shapes and counts are exact, no weight is allocated
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

    with weightless():  # the scope forbids compiling, so it ends here
        given = keras.models.model_from_json(json.dumps(case["model"]))
    try:
        return _answered_with(answer, given)
    except Exception:  # noqa: BLE001 - some answers read or copy weights: once more, with weights
        try:
            return _answered_with(answer, keras.models.model_from_json(json.dumps(case["model"])))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's function raises is evidence
            return {"problem": "raised", "text": _said(error)}
    except SystemExit as error:
        return {"problem": "raised", "text": _said(error)}


def _answered_with(answer: Callable, given) -> dict:
    import keras

    result = answer(given)
    if not isinstance(result, keras.Model):
        return {"problem": "not_a_model", "text": type(result).__name__}
    return _sent(result) | {"same": result is given, "compilation": compilation.describe(result)}


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

    Keras is given a copy that holds nothing but JSON values, objects of the allow-list and numbers of sensible size.
    Raises EvidenceError where the config holds anything else, or describes no model, or one too large to be judged.
    """
    import keras

    if not isinstance(config, dict):
        raise EvidenceError(_("The model's description is missing or too large."))
    if config.get("class_name") not in ("Functional", "Sequential"):
        raise EvidenceError(_("A functional model was expected, not `{name}`.").format(
            name=_short(config.get("class_name"))))
    copy = _Reader().read(config, _MODELS)
    if _calls(copy) > MAX_CALLS:
        raise EvidenceError(_("The model has more than {number} layers.").format(number=MAX_CALLS))
    if _detours(copy) > MAX_DETOURS:
        raise EvidenceError(_("The layers in the model's description stand in no order in which they can be built."))
    try:
        with weightless():
            model = keras.saving.deserialize_keras_object(copy)
        too_large = (model.count_params() > MAX_WEIGHTS or _elements(model) > MAX_ELEMENTS
                     or len(model.outputs) > MAX_TENSORS)
    except Exception as error:  # noqa: BLE001 - Keras raises many kinds on such data
        raise EvidenceError(_("The model's description does not make a model: {reason}").format(
            reason=_reason(error))) from None
    if too_large:
        raise EvidenceError(_("The model is too large to be judged: it has more weights, or computes more numbers, "
                              "than any model of this course."))
    return model


class _Reader:
    """Copies a config value by value, checks each, and stops where there is too much of it."""

    def __init__(self) -> None:
        self._left = MAX_BYTES

    def read(self, value, kinds: frozenset, key: str = "", depth: int = 0):
        """Return a copy of a JSON value that stands under a key; `kinds` are the objects that may stand there."""
        if depth > MAX_DEPTH:
            raise EvidenceError(_("The model's description is nested too deeply."))
        self._spend(8)  # about what a value without its text takes in JSON
        if isinstance(value, list):
            if key in _SIZES and len(value) > MAX_AXES:
                raise EvidenceError(_("`{key}` of a layer has too many numbers.").format(key=key))
            return [self.read(item, kinds, key, depth + 1) for item in value]
        if isinstance(value, dict):
            if "class_name" in value:
                _check_object(value, kinds)
            copy = {self._word(name): self.read(item, _kinds(name, kinds), name, depth + 1)
                    for name, item in value.items() if name not in _NOT_READ}
            _check_calls(copy.get("inbound_nodes"))
            return copy
        if isinstance(value, str):
            value = self._word(value)
        _check_setting(key, value)
        return value

    def _word(self, text: str) -> str:
        self._spend(len(text))
        if len(text) > MAX_WORD or not text.isprintable():
            raise EvidenceError(_("A name in the model is too long, or has characters that cannot be printed."))
        return text

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise EvidenceError(_("The model's description is missing or too large."))


def _check_setting(key: str, value: str | float | None) -> None:
    """Refuse a plain value that no layer of the course has under this key."""
    if isinstance(value, (int, float)) and not abs(value) <= (MAX_NUMBER if isinstance(value, int) else MAX_FLOAT):
        raise EvidenceError(_("The number {number} in the model is too large.").format(number=_short(value)))
    if value is None:
        return
    if key in _SIZES and (type(value) is not int or value < (key not in _MAY_BE_ZERO)) and not (
            key == "padding" and isinstance(value, str)):
        raise EvidenceError(_("`{key}` of a layer must be a whole number above 0, not `{value}`.").format(
            key=key, value=_short(value)))
    if key.endswith("dtype") and not (isinstance(value, str) and value in _DTYPES):
        raise EvidenceError(_("`{dtype}` is no type of number that a model of this course has.").format(
            dtype=_short(value)))
    if key in _UNSUPPORTED and value is not False:
        raise EvidenceError(_("A layer with `{key}` cannot be judged: leave it out.").format(key=key))


def _check_object(value: dict, kinds: frozenset) -> None:
    """Refuse an object that is not one of the kinds that may stand at its place."""
    name, module, config = value["class_name"], value.get("module"), value.get("config")
    if value.get("registered_name") not in (None, name):
        raise EvidenceError(_not_built_in(value["registered_name"]))
    if not isinstance(name, str) or not isinstance(module, str | None) or (module, name) not in kinds:
        raise EvidenceError(_not_built_in(config if name == "function" else name))
    settings = config if isinstance(config, dict) else {}
    if name == "DTypePolicy":
        _check_setting("dtype", settings.get("name"))
    if name == "Normalization" and settings.get("mean") is not None:  # it would fill a whole image with it at once
        raise EvidenceError(_("A layer with `{key}` cannot be judged: leave it out.").format(key="mean"))
    if name == "__keras_tensor__" and not _is_history(settings.get("keras_history")):
        raise EvidenceError(_("A layer is called on a tensor that no layer gives."))


def _is_history(value) -> bool:
    """Whether a value says where a tensor comes from: a layer, the number of its call, the number of its output."""
    return isinstance(value, list) and [type(item) for item in value] == [str, int, int] and min(value[1:]) >= 0


def _check_calls(calls) -> None:
    """Refuse calls that Keras would run instead of writing them down: calls on numbers alone, of any size."""
    if not isinstance(calls, list | None):
        raise EvidenceError(_("The calls of a layer are no list."))
    for call in calls or []:
        if not isinstance(call, dict) or not 1 <= len(_tensors(call)) <= MAX_TENSORS:
            raise EvidenceError(_("A layer is called on no tensor, or on too many."))


def _tensors(value) -> list[dict]:
    """Return the tensors among the arguments of a call."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [tensor for item in items for tensor in _tensors(item)]


def _calls(value) -> int:
    """Return how many calls a config describes with its models opened: what a model called twice calls counts twice."""
    if not isinstance(value, (dict, list)):
        return 0
    within = sum(_calls(item) for item in (value.values() if isinstance(value, dict) else value))
    if isinstance(value, list) or (value.get("module"), value.get("class_name")) not in _LAYERS | _OPERATIONS | _MODELS:
        return within
    return max(1, len(value.get("inbound_nodes") or [])) * max(1, within)


def _detours(value) -> int:
    """Return how many calls Keras may try in vain: it goes through a model's layers anew after each call of a layer
    that stands too early in their list."""
    if not isinstance(value, (dict, list)):
        return 0
    within = sum(_detours(item) for item in (value.values() if isinstance(value, dict) else value))
    entries = value.get("layers") if isinstance(value, dict) else None
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return within
    places = {str(entry.get("name")): place for place, entry in enumerate(entries)}
    early = sum(places.get(tensor["config"]["keras_history"][0], 0) >= place
                for place, entry in enumerate(entries) for tensor in _tensors(entry.get("inbound_nodes")))
    return within + early * len(entries)


def _elements(model) -> int:
    """Return how many numbers a model computes for one example, inside the models in it, too.

    Free axes get a size: what a layer does along one shows in no shape, but in memory when the model is run.
    """
    return max(_elements_at(model, size) for size in FREE_SIZES)


def _elements_at(model, free_size: int) -> int:
    import keras

    total = 0

    def counting(operation):
        def outputs(*arguments, **keywords):
            nonlocal total
            if inner := _graph(operation):
                return inner._run_through_graph((arguments, keywords)[not arguments], operation_fn=counting)
            if each := _graph(getattr(operation, "layer", None)):  # TimeDistributed: a step is one more example
                shape = arguments[0].shape
                each._run_through_graph([keras.KerasTensor((shape[0] * shape[1], *shape[2:]))], operation_fn=counting)
            specs = operation.compute_output_spec(*arguments, **keywords)
            total += sum(math.prod(spec.shape) for spec in keras.tree.flatten(specs))
            return specs
        return outputs

    graph = _graph(model)
    inputs = [keras.KerasTensor((tensor.shape[0] or 1, *(size or free_size for size in tensor.shape[1:])), tensor.dtype)
              for tensor in graph.inputs]
    with suppress(Exception):  # a model that needs another size: what comes behind cannot be run with this one either
        graph._run_through_graph(inputs, operation_fn=counting)
    return total


def _graph(model):
    """Return the model that holds the graph: Sequential keeps it inside; None for what is no such model."""
    inner = getattr(model, "_functional", None) or model
    return inner if hasattr(inner, "_run_through_graph") else None


def _reason(error: Exception) -> str:
    """Return what Keras says, in one line: its last words, since the first ones name the model's own class."""
    lines = [line.strip() for line in str(error).rpartition("Exception encountered:")[2].splitlines()]
    return next((line for line in lines if line), type(error).__name__)[:MAX_TEXT]


def _short(value) -> str:
    return (value if isinstance(value, str) else json.dumps(value) if isinstance(value, (int, float, bool)) else
            type(value).__name__)[:40]


def _not_built_in(name) -> str:
    return _("`{name}` is not one of Keras's built-in layers, and code cannot travel with an answer: "
             "build the model from built-in layers such as `layers.Rescaling`, `layers.Add` or `keras.ops` calls."
             ).format(name=_short(name))


# --- what may be rebuilt: modules and class names are compared, never imported ----------------------------------------

MAX_FLOAT = 3.4e38  # the largest float32
_SIZES = frozenset({
    "batch_shape", "build_input_shape", "shape", "units", "filters", "kernel_size", "pool_size", "strides",
    "dilation_rate", "depth_multiplier", "padding", "cropping", "output_padding", "size", "n", "height", "width",
    "output_size", "input_dim", "output_dim", "num_heads", "key_dim", "value_dim", "head_dim", "num_query_heads",
    "num_key_value_heads", "power_iterations", "num_chains", "chain_depth", "num_ops",
})
_MAY_BE_ZERO = frozenset({"padding", "cropping", "output_padding"})
_DTYPES = frozenset({"float16", "bfloat16", "float32", "float64", "mixed_float16", "mixed_bfloat16", "bool", "int8",
                     "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"})
# They hold weights, or make variables at once.
_UNSUPPORTED = frozenset({"stateful", "weights", "lora_rank", "quantization_config"})
# How a model was compiled and built is no part of its graph, and a seed of random numbers may be any number.
_NOT_READ = frozenset({"compile_config", "build_config", "shared_object_id", "seed"})


def _named(module: str, *names: str) -> frozenset[tuple[str, str]]:
    return frozenset((module, name) for name in " ".join(names).split())


_MODELS = frozenset((module, name) for module, names in {
    "keras": ("Functional", "Sequential"), "keras.models": ("Functional", "Sequential"),
    "keras.src.models.functional": ("Functional",), "keras.src.models.sequential": ("Sequential",),
}.items() for name in names)
# Layers that run code, call functions or load files have no arithmetic.
_LAYERS = _named("keras.layers", *arithmetic.LAYERS, "InputLayer", "Identity", "GroupQueryAttention") - _named(
    "keras.layers", "GroupedQueryAttention")
# The classes behind keras.ops, which have no public names. None calls a function.
_OPERATIONS = frozenset().union(
    _named("keras.src.ops.numpy", """
        Abs Absolute Add All Amax Amin Any Argmax Argmin Average BroadcastTo Ceil Clip Concatenate Cos Cosh Cumprod
        Cumsum Divide DivideNoNan Dot Einsum Equal Exp Exp2 ExpandDims Expm1 Flip Floor FloorDivide GetItem Greater
        GreaterEqual Hstack Less LessEqual Log Log10 Log1p Log2 Logaddexp LogicalAnd LogicalNot LogicalOr LogicalXor
        Matmul Max Maximum Mean Median Min Minimum Mod Moveaxis Multiply Negative NotEqual OnesLike Pad Power Prod Ravel
        Reciprocal Repeat Reshape Roll Round Sign Sin Sinh Sqrt Square Squeeze Stack Std Subtract Sum Swapaxes Take
        TakeAlongAxis Tan Tanh Tensordot Tile Transpose Tril Triu TrueDivide Var Where ZerosLike"""),
    _named("keras.src.ops.nn", """
        AdaptiveAveragePool AdaptiveMaxPool AveragePool Celu DepthToSpace DotProductAttention Elu Gelu Glu HardShrink
        HardSigmoid HardSilu HardTanh LayerNorm LeakyRelu LogSigmoid LogSoftmax MaxPool Moments Normalize OneHot
        RMSNorm Relu Relu6 Selu Sigmoid Silu SoftShrink Softmax Softplus Softsign SpaceToDepth SparsePlus
        SparseSigmoid Sparsemax Squareplus TanhShrink Threshold"""),
    _named("keras.src.ops.core", "Cast SaturateCast Slice StopGradient Unstack"),
    _named("keras.src.ops.math", "Erf Logsumexp Rsqrt TopK"), _named("keras.src.ops.linalg", "Norm"),
    _named("keras.src.ops.image", "RGBToGrayscale Resize"), _named("keras.src.activations.activations", "Mish ReLU"))
_MARKERS = frozenset((None, name) for name in ("__keras_tensor__", "__slice__", "__ellipsis__"))  # among arguments
_MAY_HOLD = {
    "layers": _LAYERS | _OPERATIONS | _MODELS, "layer": _LAYERS | _MODELS, "cell": _LAYERS, "cells": _LAYERS,
    "dtype": _named("keras", "DTypePolicy"),
    "activation": _named("keras.layers", "Activation ELU LeakyReLU ReLU Softmax"),
    "initializer": _named("keras.initializers", """
        Constant GlorotNormal GlorotUniform HeNormal HeUniform Identity IdentityInitializer LecunNormal LecunUniform
        Ones Orthogonal OrthogonalInitializer RandomNormal RandomUniform TruncatedNormal VarianceScaling Zeros"""),
    "regularizer": _named("keras.regularizers", "L1 L2 L1L2 OrthogonalRegularizer"),
    "constraint": _named("keras.constraints", "MaxNorm MinMaxNorm NonNeg UnitNorm"),
}


def _kinds(key: str, around: frozenset) -> frozenset:
    """Return the objects that may stand under a key."""
    if around is _MARKERS or key == "inbound_nodes":
        return _MARKERS
    return next((kinds for ending, kinds in _MAY_HOLD.items() if key.endswith(ending)), frozenset())


def allowed() -> frozenset[tuple[str | None, str]]:
    """Return (module, class name) of everything that may be rebuilt."""
    return frozenset().union(_MODELS, _MARKERS, *_MAY_HOLD.values())
