"""A layer of one's own is judged by what it does, in every way in which Keras may make and call it."""

import json
import runpy
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers, ops

from autograder import behaviour
from autograder.evidence import collect
from autograder.references import Reference
from autograder.tasks import Task
from autograder.verdict import judge

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions" / "custom_layers"
VARIANTS = runpy.run_path(str(SOLUTIONS / "variants.py"))["VARIANTS"]["custom_layers/custom_dense"]
MISTAKES = runpy.run_path(str(SOLUTIONS / "mistakes.py"))["MISTAKES"]["custom_layers/custom_dense"]
CASES = ({"features": 4, "units": 10}, {"features": 7, "units": 13})
TASK = Task("unit/dense", "CustomDense", "layer", {"counts": 1, "behaviour": 4}, (CASES[0],), like="Dense")


def judged(answer):
    return judge(TASK, json.loads(json.dumps(collect(TASK, answer, CASES))), [Reference(case) for case in CASES])


def codes(answer) -> set[str]:
    return {finding.code for finding in judged(answer).findings}


class Affine(layers.Layer):
    """A right answer."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = units

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(self.units,))

    def call(self, inputs):
        return ops.matmul(inputs, self.kernel) + self.bias

    def get_config(self):
        return {**super().get_config(), "units": self.units}


@pytest.mark.parametrize("answer", [*VARIANTS, Affine], ids=lambda answer: answer.__name__)
def test_right_layers_in_every_style_are_accepted(answer):
    assert judged(answer).findings == ()


@pytest.mark.parametrize(("answer", "named"), [mistake[1:] for mistake in MISTAKES],
                         ids=[mistake[1].__name__ for mistake in MISTAKES])
def test_wrong_layers_are_rejected_and_named(answer, named):
    assert named & codes(answer), codes(answer)


@pytest.mark.parametrize(("answer", "like_dense"), [*((answer, True) for answer in VARIANTS),
                                                    *((mistake[1], False) for mistake in MISTAKES)],
                         ids=lambda value: getattr(value, "__name__", ""))
def test_the_bank_is_right_and_wrong_as_it_says(answer, like_dense):
    """Asked of Keras, not of us: the same weights, the same numbers, the same layer again from a model's file."""
    assert is_like_dense(answer) == like_dense


def is_like_dense(answer) -> bool:
    if not isinstance(answer, type) or issubclass(answer, layers.Dense) or answer.__name__ == "DenseInside":
        return False  # a class was asked for that makes its weights itself
    try:
        return all(_is_like_dense(answer, case["features"], case["units"]) for case in CASES)
    except Exception:  # noqa: BLE001 - what raises is not like Dense
        return False


def _is_like_dense(answer, features: int, units: int) -> bool:
    dense, own = layers.Dense(units), answer(units, name="mine", trainable=True)
    pictures = np.random.default_rng(5).standard_normal((2, 6, features)).astype("float32")
    for layer in (dense, own):
        layer(pictures[:, 0])
    own_weights = sorted(own.trainable_weights, key=lambda weight: -len(weight.shape))
    for weight, value in zip(own_weights, dense.trainable_weights, strict=True):
        value.assign(np.random.default_rng(len(value.shape)).standard_normal(value.shape))
        weight.assign(value)
    if own.losses or own.name != "mine" or len(own.weights) != 2:
        return False
    model = keras.Sequential([keras.Input((None, features)), own])
    config = own.get_config()
    again = [answer.from_config(config) for _time in range(2)]
    for layer in again:
        layer(pictures)
        layer.set_weights(own.get_weights())
    frozen = answer.from_config(answer(units, trainable=False).get_config())
    restored = keras.Sequential.from_config(model.get_config(), custom_objects={answer.__name__: answer})
    restored.set_weights(model.get_weights())
    outputs = [layer(pictures, training=True) for layer in (own, *again)] + [restored(pictures)]
    return (model.output_shape == (None, None, units) and not frozen.trainable
            and all(layer.name == "mine" for layer in again)
            and all(np.allclose(found, dense(pictures), rtol=1e-4, atol=1e-4) for found in outputs))


# --- ways that the bank does not go -----------------------------------------------------------------------------------


class FlatBias(Affine):
    """A bias of shape (1, units) holds the same numbers."""

    def build(self, input_shape):
        self.kernel = self.add_weight(shape=(input_shape[-1], self.units))
        self.bias = self.add_weight(shape=(1, self.units))


class OwnVariables(Affine):
    """`keras.Variable` is what `add_weight` makes."""

    def build(self, input_shape):
        self.kernel = keras.Variable(np.ones((input_shape[-1], self.units), "float32"))
        self.bias = keras.Variable(np.zeros(self.units, "float32"))


@pytest.mark.parametrize("answer", [FlatBias, OwnVariables])
def test_other_ways_to_make_the_same_weights_are_right(answer):
    assert judged(answer).findings == ()


class ForgettingItsWeights(Affine):
    """A saved model keeps no weights of this layer."""

    def save_own_variables(self, store):
        store["nothing"] = np.zeros(1)

    def load_own_variables(self, store):
        pass


class Growing(Affine):
    """The outputs grow with every call."""

    def call(self, inputs):
        self.calls = getattr(self, "calls", 0) + 1
        return super().call(inputs) * self.calls


@pytest.mark.parametrize(("answer", "named"), [(ForgettingItsWeights, {"layer_file"}), (Growing, {"layer_call"}),
                                               (layers.Dense, {"layer_borrowed"})])
def test_what_else_is_wrong_is_named(answer, named):
    assert named <= codes(answer)


# --- findings and points ----------------------------------------------------------------------------------------------

BY_NAME = {mistake[1].__name__: mistake[1] for mistake in MISTAKES}


@pytest.mark.parametrize(("mistake", "place", "found", "hint"), [
    ("WithoutKwargs", "given a name", "unexpected keyword argument 'name'", "super().__init__(**kwargs)"),
    ("WithoutBias", "called on data", "[[4, 10]]", "a bias of shape `(self.units,)`"),
    ("WithFrozenBias", "called on data", "trainable weights of shapes [[4, 10]]", "Take `trainable=False` out"),
    ("WithRegularizer", "called on data", "adds a loss", "`regularizer=`"),
    ("WithRelu", "called on data", "other outputs", "matrix product"),
    ("KernelFirst", "called on data", "InvalidArgumentError: Matrix size-incompatible: In[0]: [4,10], In[1]: [3,4]",
     "`(input_shape[-1], self.units)`"),
    ("ReturningTuple", "called on data", "a tuple, not one tensor", ""),
    ("OfTheSecondAxis", "on sequences", "it raised", "`input_shape[-1]`"),
    ("Flattening", "on sequences", "other outputs", "`input_shape[-1]`"),
    ("WithTheShapeOfTheInputs", "an input of a model", "shape = [None, 4]", "`compute_output_shape`"),
    ("WithDropout", "in training", "other outputs", "the same in training"),
    ("ConfigWithoutUnits", "from its config", "required positional argument: 'units'", "every argument of `__init__`"),
    ("ConfigUsedUp", "from its config", "KeyError: 'units'", "leaves the config as it was"),
    ("FromConfigWithoutUnits", "from its config", "[[4, 32], [32]]", "every argument of `__init__`"),
    ("ConfigWithoutName", "given a name and made from its config", "name = config_without_name", "super().get_config"),
    ("ConfigWithoutTrainable", "frozen and made", "trainable = True", "`trainable` is in the base config"),
    ("UnitsNotKept", "saved and loaded", "has no attribute 'units'", "must be in the config"),
    ("UnitsNotKept", "cloned", "has no attribute 'units'", "Cloning makes the layer from its config"),
    ("DenseInside", "weights", "the built-in layer Dense", "`self.add_weight`"),
])
def test_a_finding_says_where_what_and_what_to_do(mistake, place, found, hint):
    report = judged(BY_NAME[mistake])
    assert any(place in finding.place and found in finding.found and hint in finding.hint and finding.expected
               for finding in report.findings), str(report)


@pytest.mark.parametrize(("answer", "points"), [
    (Affine, 5), (BY_NAME["WithRelu"], 1), (BY_NAME["ConfigWithoutName"], 1), (BY_NAME["WithoutBias"], 0)])
def test_points(answer, points):
    assert judged(answer).score == points


def test_what_fails_for_one_reason_is_said_once():
    assert codes(BY_NAME["WithRelu"]) == {"layer_call"}
    assert codes(BY_NAME["OnNumpy"]) == {"layer_symbolic"}


# --- results that nobody trusts ---------------------------------------------------------------------------------------


GOOD = behaviour.run(Affine, CASES[0])


def test_results_are_numbers_that_travel_as_json():
    assert behaviour.judge(json.loads(json.dumps(GOOD)), CASES[0], "Dense") == []


def test_results_for_other_inputs_do_not_fit():
    for way in ("call", "sequence", "training", "config", "file", "clone"):
        other = "clone" if way == "call" else "call"
        forged = GOOD | {way: GOOD[way] | {"outputs": GOOD[other]["outputs"]}}
        assert behaviour.judge(forged, CASES[0], "Dense"), way
    assert behaviour.judge(behaviour.run(Affine, CASES[1]), CASES[0], "Dense")


@pytest.mark.parametrize("way", list(GOOD))
@pytest.mark.parametrize("forged", [
    None, 3, "right", [], {}, {"raised": ["x"] * 1000}, {"weights": 3}, {"weights": [3, "a"], "outputs": {}},
    {"weights": [["a"], [float("inf")]]}, {"weights": [[4, 10], [10]], "trainable": {"a": 1}},
    {"weights": [[4, 10], [10]], "trainable": [[4, 10], [10]], "losses": 0, "outputs": [[1], [1, 2]]},
    {"weights": [[4, 10], [10]], "trainable": [[4, 10], [10]], "losses": 0, "outputs": [[10**400]]},
    {"weights": [[4, 10], [10]], "trainable": [[4, 10], [10]], "losses": 0, "outputs": [[float("nan")] * 10] * 3},
    {"name": ["x"] * 1000, "shape": "x" * 10_000, "trainable": None},
])
def test_a_forged_result_is_wrong_and_no_error(way, forged):
    found = behaviour.judge(GOOD | {way: forged}, CASES[0], "Dense")
    assert found
    assert all(len(str(finding)) < 2000 for finding in found)
