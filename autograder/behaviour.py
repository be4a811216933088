"""A layer of the student's own, judged by what it does: outputs for given inputs and weights, again and again.

`run` exercises the class beside the student's code and reports numbers. `judge` compares them with a built-in layer
that it must behave like, run here. Each way of making the layer anew (from its config, from a file, by cloning) is
asked with inputs of its own, so that no stored answer fits.
"""

import copy
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from autograder.graph.findings import Finding
from autograder.messages import _

TOLERANCE = 1e-4
_NAME = "a_name_of_its_own"
_BATCH = 3


def run(layer_class: Callable, case: Mapping) -> dict:
    """Return what a layer class does on a case {"features": int, …its arguments}: results by way, or what it raised."""
    arguments = {key: value for key, value in case.items() if key != "features"}
    ways: dict[str, Callable[[], dict]] = {
        "call": lambda: _outputs(layer_class(**arguments), case, "call"),
        "name": lambda: {"name": layer_class(**arguments, name=_NAME).name},
        "config": lambda: _outputs(_from_config(layer_class, arguments), case, "config"),
        "frozen": lambda: {"trainable": layer_class.from_config(
            layer_class(**arguments, trainable=False).get_config()).trainable},
        "file": lambda: _outputs(_through_file(layer_class, arguments, case), case, "file"),
        "clone": lambda: _outputs(_through_clone(layer_class, arguments, case), case, "clone"),
    }
    results = {}
    for way, attempt in ways.items():
        try:
            results[way] = attempt()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a student's class raises is a result
            message = (str(error).strip().splitlines() or [""])[0]
            results[way] = {"raised": f"{type(error).__name__}: {message}"[:400]}
    return results


def judge(results: Mapping, case: Mapping, like: str) -> list[Finding]:
    """Compare results with those of the built-in layer `like`, made with the same arguments."""
    import keras

    arguments = {key: value for key, value in case.items() if key != "features"}
    findings = []
    for way in ("call", "config", "file", "clone"):
        expected = _outputs(getattr(keras.layers, like)(**arguments), case, way)
        found = results.get(way) if isinstance(results.get(way), Mapping) else {}
        if "raised" in found:
            findings.append(_finding(way, _hints()[way], _("it raised {error}").format(error=found["raised"])))
        elif sorted(map(list, found.get("weights", []))) != sorted(expected["weights"]):
            findings.append(Finding("layer_weights", "counts", _way(way),
                                    _("weights of shapes {shapes}").format(shapes=expected["weights"]),
                                    _("weights of shapes {shapes}").format(shapes=found.get("weights")),
                                    _("Make the weights in `build(self, input_shape)` with `self.add_weight`.")
                                    if way == "call" else _hints()[way]))
        elif not _close(found.get("outputs"), expected["outputs"]):
            findings.append(_finding(way, _hints()[way], _("other outputs for the same inputs and weights")))
        if way == "call" and findings:
            return findings  # what does not work once is not asked again
    for way, key, expected in (("name", "name", _NAME), ("frozen", "trainable", False)):
        found = results.get(way) if isinstance(results.get(way), Mapping) else {}
        if found.get(key) != expected:
            findings.append(_finding(way, _hints()[way], found.get("raised") or f"{key} = {found.get(key)}"))
    return findings


def _outputs(layer, case: Mapping, way: str) -> dict:
    """Fill a layer's weights by rule, call it on inputs by rule; shapes of the weights and outputs as lists."""
    generator = np.random.default_rng([*case.values(), *way.encode()])
    inputs = generator.standard_normal((_BATCH, case["features"])).astype("float32")
    layer(inputs)
    for weight in layer.weights:
        weight.assign(_values(tuple(weight.shape), way))
    outputs = np.asarray(layer(inputs))
    return {"weights": [list(weight.shape) for weight in layer.weights], "outputs": outputs.tolist()}


def _values(shape: tuple[int, ...], way: str) -> np.ndarray:
    # By shape and not by order: a layer may make its bias before its kernel.
    return np.random.default_rng([*shape, len(shape), *way.encode()]).standard_normal(shape).astype("float32")


def _from_config(layer_class, arguments: Mapping):
    config = layer_class(**arguments).get_config()
    layer_class.from_config(copy.deepcopy(config))
    return layer_class.from_config(config)


def _model(layer_class, arguments: Mapping, case: Mapping):
    import keras

    inputs = keras.Input((case["features"],))
    return keras.Model(inputs, layer_class(**arguments)(inputs))


def _through_file(layer_class, arguments: Mapping, case: Mapping):
    import keras

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        _model(layer_class, arguments, case).save(path)
        loaded = keras.models.load_model(path, custom_objects={layer_class.__name__: layer_class})
    return loaded.layers[-1]


def _through_clone(layer_class, arguments: Mapping, case: Mapping):
    import keras

    return keras.models.clone_model(_model(layer_class, arguments, case)).layers[-1]


def _close(found, expected: list) -> bool:
    try:
        values = np.asarray(found, dtype="float64")
    except (TypeError, ValueError):
        return False
    wanted = np.asarray(expected, dtype="float64")
    return values.shape == wanted.shape and bool(np.allclose(values, wanted, rtol=TOLERANCE, atol=TOLERANCE))


def _finding(way: str, hint: str, found: str) -> Finding:
    return Finding(f"layer_{way}", "behaviour", _way(way), _expected()[way], found, hint)


def _way(way: str) -> str:
    return {"call": _("the layer, called on data"), "config": _("the layer, made from its config"),
            "file": _("the layer, saved and loaded"), "clone": _("the layer, cloned with its model"),
            "name": _("the layer, given a name"), "frozen": _("the layer, frozen and made from its config")}[way]


def _expected() -> dict[str, str]:
    same = _("the outputs of the built-in layer")
    return {"call": same, "config": same, "file": same, "clone": same,
            "name": _("the name that it was given"), "frozen": _("trainable = False")}


def _hints() -> dict[str, str]:
    return {
        "call": _("`call(self, inputs)` returns the matrix product of inputs and kernel, plus the bias."),
        "config": _("`get_config` returns the base config, from `super().get_config()`, with every argument of "
                    "`__init__` added."),
        "file": _("A saved model keeps only the config: every argument of `__init__` must be in it, and weights must "
                  "be made in `build`."),
        "clone": _("Cloning makes the layer from its config: every argument of `__init__` must be in it."),
        "name": _("Take `**kwargs` in `__init__` and pass them on: `super().__init__(**kwargs)`."),
        "frozen": _("`trainable` is in the base config: start `get_config` with `super().get_config()`, and pass "
                    "`**kwargs` on in `__init__`."),
    }
