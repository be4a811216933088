"""A layer of the student's own, judged by what it does: outputs for given inputs and weights, again and again.

`run` exercises the class beside the student's code and reports numbers. `judge` compares them with a built-in layer
that it must behave like, run here. Each way of making the layer anew (from its config, from a file, by cloning) is
asked with inputs of its own, so that no stored answer fits.
"""

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np

from autograder.graph.findings import Finding
from autograder.messages import _

TOLERANCE = 1e-4
_NAME = "a_name_of_its_own"
_BATCH = 3
_STEPS = 5  # of a sequence: an axis between the batch and the features
_SHOWN = 400  # characters of what a student's process reports
# What is asked of a layer, in the order in which it is judged.
_WAYS = ("call", "symbolic", "name", "sequence", "training", "config", "renamed", "frozen", "file", "clone")
# Where one of these fails the ways after it fail for the same reason, and are not looked at.
_FIRST = ("call", "symbolic")
# The ways in which a layer is called on data.
_CALLS = ("call", "sequence", "training", "config", "file", "clone")


def run(layer_class: Callable, case: Mapping) -> dict:
    """Return what a layer class does on a case {"features": int, …its arguments}: results by way, or what it raised."""
    arguments = _arguments(case)
    model = cache(lambda: _model(layer_class, arguments, case))
    ways: dict[str, Callable[[], dict]] = {
        "call": lambda: _first_call(layer_class(**arguments), case),
        "symbolic": lambda: {"shape": list(model().output.shape)},
        "sequence": lambda: _outputs(layer_class(**arguments), case, "sequence"),
        "training": lambda: _outputs(layer_class(**arguments), case, "training"),
        "name": lambda: {"name": layer_class(**arguments, name=_NAME).name},
        "config": lambda: _outputs(_from_config(layer_class, arguments), case, "config"),
        "renamed": lambda: {"name": _from_config(layer_class, arguments | {"name": _NAME}).name},
        "frozen": lambda: {"trainable": _from_config(layer_class, arguments | {"trainable": False}).trainable},
        "file": lambda: _outputs(_through_file(layer_class, model()), case, "file", filled=True),
        "clone": lambda: _outputs(_through_clone(model()), case, "clone"),
    }
    results = {}
    for way, attempt in ways.items():
        try:
            results[way] = attempt()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's class raises is a result
            results[way] = {"raised": _said(error)}
    return results


def judge(results: Mapping, case: Mapping, like: str) -> list[Finding]:
    """Compare results with those of the built-in layer `like`, made with the same arguments.

    The results come from a process that nobody trusts: whatever they hold is a finding, and no error.
    """
    expected = _expected_results(like, json.dumps(case))
    findings: list[Finding] = []
    for way in _WAYS:
        given = results.get(way)
        finding = _judge_way(way, given if isinstance(given, Mapping) else {}, expected[way])
        if finding is None:
            continue
        findings.append(finding)
        if way in _FIRST:
            break
    given = results.get("call")
    if isinstance(given, Mapping) and given.get("built_in"):
        findings.append(_finding("borrowed", _("the built-in layer {name}").format(
            name=str(given["built_in"])[:_SHOWN])))
    return findings


@cache
def _expected_results(like: str, case: str) -> dict[str, dict]:
    """Return what the built-in layer does on a case, given as JSON: the same for every answer of a cohort."""
    import keras

    asked = json.loads(case)
    built_in = getattr(keras.layers, like)(**_arguments(asked))
    return {"symbolic": {"shape": [None, *built_in.compute_output_shape((None, asked["features"]))[1:]]}} | {
        way: _outputs(built_in, asked, way) for way in _CALLS} | {
        "name": {"name": _NAME}, "renamed": {"name": _NAME}, "frozen": {"trainable": False}}


def _judge_way(way: str, found: Mapping, expected: Mapping) -> Finding | None:
    if "raised" in found:
        return _finding(way, _("it raised {error}").format(error=str(found["raised"])[:_SHOWN]),
                        _weights_hint() if way == "call" else "")
    if way not in _CALLS:
        ((key, value),) = expected.items()
        return None if found.get(key) == value else _finding(way, f"{key} = {found.get(key)}"[:_SHOWN])
    for key in ("weights", "trainable"):
        if _sizes(found.get(key)) != _sizes(expected[key]):
            return _other_weights(way, key, found.get(key), expected[key])
    if found.get("losses") != 0:
        return _finding(way, _("it adds a loss of its own"),
                        _("Leave `add_loss` out, and `regularizer=` in `self.add_weight`."))
    if not _close(found.get("outputs"), expected["outputs"]):
        return _finding(way, _("other outputs for the same inputs and weights"))
    return None


def _other_weights(way: str, key: str, found, expected: list) -> Finding:
    words = _("weights of shapes {shapes}") if key == "weights" else _("trainable weights of shapes {shapes}")
    texts = words.format(shapes=expected), words.format(shapes=str(found)[:_SHOWN])
    if way == "call":
        hint = _weights_hint() if key == "weights" else _("Take `trainable=False` out of `self.add_weight`.")
        return Finding("layer_weights", "counts", _way(way), *texts, hint)
    return Finding(f"layer_{way}", "behaviour", _way(way), *texts, _hints()[way])


# --- what a layer does ------------------------------------------------------------------------------------------------


def _arguments(case: Mapping) -> dict:
    return {key: value for key, value in case.items() if key != "features"}


def _first_call(layer, case: Mapping) -> dict:
    return _outputs(layer, case, "call") | {"built_in": ", ".join(_built_in(layer))}


def _built_in(layer) -> list[str]:
    """Return the names of the built-in layers that a layer is, inherits from, or has weights in."""
    import keras

    own = [kind for kind in vars(keras.layers).values() if isinstance(kind, type) and kind is not keras.layers.Layer]
    inner = [part for part in layer._flatten_layers(include_self=False) if part.weights]
    return sorted({kind.__name__ for kind in own
                   if isinstance(layer, kind) or any(type(part) is kind for part in inner)})


def _outputs(layer, case: Mapping, way: str, *, filled: bool = False) -> dict:
    """Call a layer on inputs by rule, its weights filled by rule unless they are filled already."""
    steps = [_STEPS] if way == "sequence" else []
    generator = np.random.default_rng([*json.dumps(case, sort_keys=True).encode(), *way.encode()])
    inputs = generator.standard_normal((_BATCH, *steps, case["features"])).astype("float32")
    if not filled:
        layer(inputs)
        _fill(layer, way)
    outputs = layer(inputs, training=way == "training")
    if not hasattr(outputs, "shape"):
        raise TypeError(_("`call` returned a {kind}, not one tensor").format(kind=type(outputs).__name__))
    return {"weights": [list(weight.shape) for weight in layer.weights],
            "trainable": [list(weight.shape) for weight in layer.trainable_weights],
            "losses": len(layer.losses), "outputs": np.asarray(outputs).tolist()}


def _fill(layer, way: str) -> None:
    """Fill weights by shape and not by order: a layer may make its bias before its kernel."""
    for weight in layer.weights:
        generator = np.random.default_rng([*_size(weight.shape), len(_size(weight.shape)), *way.encode()])
        weight.assign(generator.standard_normal(_size(weight.shape)).astype("float32").reshape(weight.shape))


def _size(shape) -> list[int]:
    """Return a shape without axes of size one: a bias of shape (1, 10) is ten numbers, too."""
    return [size for size in shape if size != 1]


def _from_config(layer_class, arguments: Mapping):
    """Make a layer from a config, and once more from the same one: making it must not use the config up."""
    config = layer_class(**arguments).get_config()
    layer_class.from_config(config)
    return layer_class.from_config(config)


def _model(layer_class, arguments: Mapping, case: Mapping):
    import keras

    inputs = keras.Input((case["features"],))
    return keras.Model(inputs, layer_class(**arguments)(inputs))


def _through_file(layer_class, model):
    import keras

    _fill(model.layers[-1], "file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.models.load_model(path, custom_objects={layer_class.__name__: layer_class})
    return loaded.layers[-1]


def _through_clone(model):
    import keras

    return keras.models.clone_model(model).layers[-1]


def _said(error: BaseException) -> str:
    """Return what an error says in one line, without what Keras and TensorFlow wrap around it."""
    text = re.sub(r"\x1b\[\d*m|\{\{.*?\}\} *| *\[Op:.*|Exception encountered: ", "", str(error))
    lines = [line.strip() for line in text.splitlines() if line.strip() and not _WRAPPING.search(line)]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:_SHOWN]


_WRAPPING = re.compile(r"^Exception encountered when calling|^Error when deserializing class|Error encountered:$")


# --- what was reported ------------------------------------------------------------------------------------------------


def _sizes(shapes) -> list | None:
    """Return the sizes of weights in an order of their own; None for what is no list of shapes."""
    try:
        return sorted(_size(map(int, shape)) for shape in shapes)
    except (TypeError, ValueError, OverflowError):
        return None


def _close(found, expected: list) -> bool:
    try:
        values = np.asarray(found, dtype="float64")
    except (TypeError, ValueError, OverflowError):
        return False
    wanted = np.asarray(expected, dtype="float64")
    return values.shape == wanted.shape and bool(np.allclose(values, wanted, rtol=TOLERANCE, atol=TOLERANCE))


# --- words ------------------------------------------------------------------------------------------------------------


def _finding(way: str, found: str, hint: str = "") -> Finding:
    return Finding(f"layer_{way}", "behaviour", _way(way), _expected()[way], found, hint or _hints()[way])


def _way(way: str) -> str:
    return {"call": _("the layer, called on data"), "sequence": _("the layer, called on sequences"),
            "symbolic": _("the layer, called on an input of a model"), "training": _("the layer, called in training"),
            "config": _("the layer, made from its config"), "file": _("the layer, saved and loaded"),
            "clone": _("the layer, cloned with its model"), "name": _("the layer, given a name"),
            "renamed": _("the layer, given a name and made from its config"),
            "frozen": _("the layer, frozen and made from its config"), "borrowed": _("the layer's weights")}[way]


def _expected() -> dict[str, str]:
    same = _("the outputs of the built-in layer")
    name = _("the name that it was given")
    return dict.fromkeys(_CALLS, same) | {
        "symbolic": _("the output shape of the built-in layer"), "name": name, "renamed": name,
        "frozen": _("trainable = False"), "borrowed": _("weights that the layer makes itself")}


def _weights_hint() -> str:
    return _("Make the weights in `build(self, input_shape)` with `self.add_weight`: a kernel of shape "
             "`(input_shape[-1], self.units)` and a bias of shape `(self.units,)`.")


def _hints() -> dict[str, str]:
    again = _("`get_config` returns the base config, from `super().get_config()`, with every argument of `__init__` "
              "added. `from_config` leaves the config as it was.")
    return {
        "call": _("`call(self, inputs)` returns the matrix product of inputs and kernel, plus the bias."),
        "sequence": _("The kernel has a row for each number of the last axis, `input_shape[-1]`, and the product runs "
                      "along it, whatever the number of axes."),
        "symbolic": _("A model is built before there are numbers: compute with `keras.ops`, and return from "
                      "`compute_output_shape`, if you write one, the input shape with `units` as its last size."),
        "training": _("The layer does the same in training as otherwise: leave out what acts in training only."),
        "config": again,
        "renamed": again,
        "file": _("A saved model keeps the config and the weights: every argument of `__init__` must be in the config, "
                  "and weights must be made in `build`, the same ones every time."),
        "clone": _("Cloning makes the layer from its config: every argument of `__init__` must be in it."),
        "name": _("Take `**kwargs` in `__init__` and pass them on: `super().__init__(**kwargs)`."),
        "frozen": _("`trainable` is in the base config: start `get_config` with `super().get_config()`, and pass "
                    "`**kwargs` on in `__init__`."),
        "borrowed": _("Make kernel and bias yourself, in `build` with `self.add_weight`, in a subclass of "
                      "`layers.Layer`."),
    }
