"""Properties of a free design: each is found wherever it stands, and a design that lacks one lacks that one alone."""

import json
import runpy
from itertools import permutations
from pathlib import Path

import keras
import pytest
from keras import layers, ops

from autograder.evidence import collect
from autograder.graph import properties
from autograder.graph.model_graph import from_keras
from autograder.references import Reference
from autograder.tasks import Task
from autograder.tests.models import conv, graph_of
from autograder.verdict import judge

SOLUTIONS = Path(__file__).resolve().parents[2] / "solutions" / "capstone"
VARIANTS = runpy.run_path(str(SOLUTIONS / "variants.py"))["VARIANTS"]["capstone/budget"]
MISTAKES = runpy.run_path(str(SOLUTIONS / "mistakes.py"))["MISTAKES"]["capstone/budget"]
CASES = ({"input_shape": [32, 32, 3], "classes": 10, "budget": 60_000},
         {"input_shape": [16, 20, 1], "classes": 4, "budget": 6_000})
TASK = Task("unit/budget", "build", "budget", {"shapes": 1, "counts": 1, "sharing": 1, "wiring": 2}, (CASES[0],),
            properties=("output", "budget", "residual", "concatenation", "sharing"))


def judged(answer):
    return judge(TASK, json.loads(json.dumps(collect(TASK, answer, CASES))), [Reference(case) for case in CASES])


@pytest.mark.parametrize("answer", VARIANTS, ids=lambda answer: answer.__name__)
def test_designs_of_every_kind_are_accepted(answer):
    assert judged(answer).score == 5


@pytest.mark.parametrize(("answer", "named"), [mistake[1:] for mistake in MISTAKES],
                         ids=[mistake[1].__name__ for mistake in MISTAKES])
def test_a_design_lacks_what_it_was_made_to_lack_and_nothing_else(answer, named):
    two_inputs = answer.__name__ == "shortcut_from_another_input"  # two inputs are one too many, besides
    found = {finding.code for finding in judged(answer).findings}
    assert found == named | ({"input_shape"} if two_inputs else set())


# --- one property at a time -------------------------------------------------------------------------------------------


def codes(build, *asked: str, **arguments) -> list[str]:
    return [finding.code for finding in properties.judge(graph_of(build), list(asked), arguments)]


def pool(x, kind=layers.MaxPooling2D):
    return kind(3, strides=1, padding="same")(x)


RESIDUAL = {
    "identity shortcut": lambda x: x + conv(3)(x),
    "shortcut first or last": lambda x: layers.add([conv(3)(x), x]),
    "projected shortcut": lambda x: layers.add([conv(8, 1)(x), conv(8)(conv(4)(x))]),
    "paths of equal length, one with weights": lambda x: pool(x) + conv(3)(x),
    "paths of equal length, the other way round": lambda x: conv(3)(x) + pool(x),
    "three summands": lambda x: layers.add([x, conv(3)(x), conv(3, 5)(x)]),
    "a long path without weights besides": lambda x: layers.add([pool(pool(pool(x))), x, conv(3)(x)]),
    "layers in another order": lambda x: layers.add([conv(4, 3)(conv(4, 5)(x)), conv(4, 5)(conv(4, 3)(x))]),
    "the second of two additions": lambda x: (lambda y: conv(3)(y) + y)(x + x),
    "inside another sum": lambda x: pool(x) + (x + conv(3)(x)) + x,
    "python's sum": lambda x: sum([x, conv(3)(x)]),
    "weights in a recurrent path": lambda x: (lambda y: y + layers.LSTM(72, return_sequences=True)(y))(
        layers.Reshape((32, 72))(x)),
}
NOT_RESIDUAL = {
    "nothing added": lambda x: conv(3)(x),
    "itself": lambda x: x + x,
    "weightless paths": lambda x: x + pool(x),
    "weights before the fork": lambda x: (lambda y: y + pool(y))(conv(3)(x)),
    "weights after the join": lambda x: conv(3)(x + pool(x)),
    "equal paths": lambda x: conv(3)(x) + conv(3)(x),
    "equal longer paths": lambda x: conv(3)(conv(4)(x)) + conv(3)(conv(4)(x)),
    "the longer path without weights": lambda x: conv(3)(x) + pool(pool(x)),
    "multiplied": lambda x: x * conv(3)(x),
    "a number": lambda x: conv(3)(x) + 2.0,
}


@pytest.mark.parametrize("design", RESIDUAL)
def test_a_residual_connection_is_found(design):
    assert codes(RESIDUAL[design], "residual") == []


@pytest.mark.parametrize("design", NOT_RESIDUAL)
def test_what_is_no_residual_connection_is_not(design):
    assert codes(NOT_RESIDUAL[design], "residual") == ["no_residual"]


BRANCHES = {
    "two branches": lambda x: layers.concatenate([conv(4, 1)(x), conv(4, 3)(x)]),
    "of other widths": lambda x: layers.concatenate([conv(4)(x), conv(5)(x)]),
    "one branch longer": lambda x: layers.concatenate([conv(4)(x), conv(4)(pool(x))]),
    "layers in another order": lambda x: layers.concatenate([conv(4, 3)(conv(4, 5)(x)), conv(4, 5)(conv(4, 3)(x))]),
    "a weightless branch besides": lambda x: layers.concatenate([x, conv(4, 1)(x), pool(x), conv(4, 3)(x)]),
    "three of which two are equal": lambda x: layers.concatenate([conv(4)(x), conv(4)(x), conv(4, 5)(x)]),
    "joined two by two": lambda x: layers.concatenate([layers.concatenate([conv(4)(x), x]), conv(4, 5)(x)]),
    "a layer in common before the fork": lambda x: (lambda y: layers.concatenate([conv(4, 1)(y), conv(4)(y)]))(
        conv(4)(x)),
    "one layer on two tensors": lambda x: (lambda layer: layers.concatenate([layer(x), layer(pool(x))]))(conv(4)),
    "the second of two concatenations": lambda x: (lambda y: layers.concatenate([conv(4, 1)(y), conv(4)(y)]))(
        layers.concatenate([x, x])),
    "by an operation": lambda x: ops.concatenate([conv(4, 1)(x), conv(4, 3)(x)], axis=-1),
}
NO_BRANCHES = {
    "nothing concatenated": lambda x: conv(4)(x),
    "itself": lambda x: layers.concatenate([x, x]),
    "weightless": lambda x: layers.concatenate([pool(x), pool(x, layers.AveragePooling2D)]),
    "one with weights": lambda x: layers.concatenate([x, conv(4)(x)]),
    "one behind the other": lambda x: (lambda y: layers.concatenate([y, conv(4)(y)]))(conv(4)(x)),
    "weights before the fork": lambda x: (lambda y: layers.concatenate([pool(y), ops.tanh(y)]))(conv(4)(x)),
    "equal": lambda x: layers.concatenate([conv(4)(x), conv(4)(x)]),
    "equal but for names and first weights": lambda x: layers.concatenate([
        conv(4, name="one")(x), conv(4, kernel_initializer="zeros", name="two")(x)]),
    "added": lambda x: layers.add([conv(4, 1)(x), conv(4)(x)]),
}


@pytest.mark.parametrize("design", BRANCHES)
def test_branches_are_found(design):
    assert codes(BRANCHES[design], "concatenation") == []


@pytest.mark.parametrize("design", NO_BRANCHES)
def test_what_are_no_branches_are_not(design):
    assert codes(NO_BRANCHES[design], "concatenation") == ["no_concatenation"]


def twice(x, layer, between):
    return layers.add([layer(x), layer(between(x))])


SHARING = {
    "on two tensors": lambda x: twice(x, conv(3), pool),
    "one behind the other": lambda x: (lambda layer: layer(layer(x)))(conv(3)),
    "in a nested model": lambda x: twice(x, keras.Sequential([keras.Input((None, None, 3)), conv(3)]), pool),
}
NO_SHARING = {
    "called once": lambda x: conv(3)(x),
    "two equal layers": lambda x: conv(3)(conv(3)(x)),
    "on one tensor": lambda x: twice(x, conv(3), lambda y: y),
    "on a tensor and its copy": lambda x: twice(x, conv(3), layers.Identity()),
    "without weights": lambda x: twice(conv(3)(x), layers.MaxPooling2D(3, strides=1, padding="same"), ops.relu),
}


@pytest.mark.parametrize("design", SHARING)
def test_sharing_is_found(design):
    assert codes(SHARING[design], "sharing") == []


@pytest.mark.parametrize("design", NO_SHARING)
def test_what_shares_nothing_is_not(design):
    assert codes(NO_SHARING[design], "sharing") == ["no_sharing"]


def test_the_budget_is_kept_to_the_last_parameter():
    parameters = 3 * 3 * 3 * 8 + 8
    assert codes(conv(8), "budget", budget=parameters) == []
    assert codes(conv(8), "budget", budget=parameters - 1) == ["budget"]
    graph = graph_of(keras.Sequential([conv(8), conv(8, 1)]))
    (finding,) = properties.judge(graph, ["budget"], {"budget": 100})
    assert finding.found == "296 parameters, 224 of them in `conv2d_1` (Conv2D)"


def test_what_is_not_trained_counts():
    assert codes(lambda x: layers.BatchNormalization()(x), "budget", budget=3 * 4 - 1) == ["budget"]
    assert codes(conv(8, trainable=False), "budget", budget=200) == ["budget"]


def test_a_shared_layer_counts_once():
    assert codes(lambda x: twice(x, conv(3), pool), "budget", budget=3 * 3 * 3 * 3 + 3) == []


@pytest.mark.parametrize(("inputs", "outputs", "code", "found"), [
    ([(8, 8, 3)], [4], None, None),
    ([(8, 8, 3)], [5], "output_shape", "(None, 5)"),
    ([(8, 8, 3)], [4, 4], "output_shape", "(None, 4), (None, 4)"),
    ([(8, 8, 1)], [4], "input_shape", "(None, 8, 8, 1)"),
    ([(8, 8, 3), (8, 8, 3)], [4], "input_shape", "(None, 8, 8, 3), (None, 8, 8, 3)"),
])
def test_ends(inputs, outputs, code, found):
    pictures = [keras.Input(shape) for shape in inputs]
    features = layers.GlobalMaxPooling2D()(pictures[0] if len(pictures) == 1 else layers.average(pictures))
    graph = from_keras(keras.Model(pictures, [layers.Dense(units)(features) for units in outputs]))
    findings = properties.judge(graph, ["output"], {"input_shape": [8, 8, 3], "classes": 4})
    assert [(finding.code, finding.found) for finding in findings] == ([(code, found)] if code else [])


def test_the_order_of_arguments_changes_nothing():
    for order in permutations(range(3)):
        def summed(x, order=order):
            paths = [x, pool(pool(x)), conv(3)(x)]
            return layers.add([paths[number] for number in order])

        assert codes(summed, "residual") == []


def test_an_unknown_property_is_an_error_of_the_task():
    with pytest.raises(KeyError, match="colour"):
        codes(conv(3), "colour")


def test_every_finding_says_what_to_do():
    for answer in (mistake[1] for mistake in MISTAKES):
        assert all(finding.expected and finding.found and finding.hint for finding in judged(answer).findings)
