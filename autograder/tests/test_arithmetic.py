"""Counts and shapes by arithmetic alone equal Keras's own."""

import keras
import pytest
from keras import layers

from autograder.graph import arithmetic
from autograder.graph.model_graph import from_keras
from autograder.tests.models import graph_of, two_branches

SEQUENCE, IMAGE, VOLUME, VECTOR = (20, 6), (17, 13, 6), (9, 8, 7, 4), (11,)
LAYERS = [
    (VECTOR, lambda: layers.Dense(5)), (SEQUENCE, lambda: layers.Dense(5, use_bias=False)),
    (IMAGE, lambda: layers.Conv2D(8, 3)), (IMAGE, lambda: layers.Conv2D(8, (5, 2), strides=(2, 3), padding="same")),
    (IMAGE, lambda: layers.Conv2D(8, 3, dilation_rate=2)), (IMAGE, lambda: layers.Conv2D(9, 3, groups=3)),
    (IMAGE, lambda: layers.Conv2D(8, 1, use_bias=False)), (SEQUENCE, lambda: layers.Conv1D(4, 5, strides=2)),
    (SEQUENCE, lambda: layers.Conv1D(4, 5, padding="causal")), (VOLUME, lambda: layers.Conv3D(3, 2)),
    (IMAGE, lambda: layers.DepthwiseConv2D(3, depth_multiplier=2)),
    (IMAGE, lambda: layers.SeparableConv2D(8, 3, padding="same", strides=2)),
    (IMAGE, lambda: layers.SeparableConv2D(8, 3, depth_multiplier=3, use_bias=False)),
    (IMAGE, lambda: layers.MaxPooling2D(3, strides=1, padding="same")), (IMAGE, lambda: layers.AveragePooling2D(2)),
    (SEQUENCE, lambda: layers.MaxPooling1D(3)), (IMAGE, lambda: layers.GlobalAveragePooling2D()),
    (IMAGE, lambda: layers.GlobalMaxPooling2D(keepdims=True)), (IMAGE, lambda: layers.Flatten()),
    (IMAGE, lambda: layers.BatchNormalization()), (IMAGE, lambda: layers.BatchNormalization(scale=False)),
    (IMAGE, lambda: layers.Dropout(0.5)),
]
RECURRENT = [lambda: layers.LSTM(5), lambda: layers.LSTM(5, use_bias=False), lambda: layers.GRU(5),
             lambda: layers.GRU(5, reset_after=False), lambda: layers.SimpleRNN(5)]


@pytest.mark.parametrize(("shape", "make"), LAYERS)
def test_count_and_shape_of_a_layer(shape, make):
    graph = graph_of(lambda x: make()(x), shape)
    node = graph.arguments(graph.outputs[0])[0][0]
    data, given = graph.graph.nodes[node], arithmetic.input_shapes(graph, node)
    formula = arithmetic.parameter_formula(data["operation"], data["settings"], given)
    assert arithmetic.evaluate(formula) == graph.parameters
    assert arithmetic.output_shape(data["operation"], data["settings"], given) == data["shapes"][0]


@pytest.mark.parametrize("make", RECURRENT)
def test_count_of_a_recurrent_layer(make):
    graph = graph_of(lambda x: make()(x), SEQUENCE)
    assert arithmetic.evaluate(arithmetic.model_formula(graph)) == graph.parameters


def test_count_of_an_embedding():
    with keras.StatelessScope(initialize_variables=False):
        words = keras.Input((None,), dtype="int32")
        graph = from_keras(keras.Model(words, layers.Embedding(1000, 64)(words)))
    assert arithmetic.model_formula(graph) == "(1000*64)"


def test_equal_terms_of_a_model_are_collected():
    graph = graph_of(lambda x: layers.add([layers.Dense(4)(x), layers.Dense(4)(x)]), (6,))
    assert arithmetic.model_formula(graph) == "2*(6*4 + 4)"


def test_formula_of_a_model_gives_its_count():
    graph = graph_of(two_branches)
    assert arithmetic.evaluate(arithmetic.model_formula(graph)) == graph.parameters == 16 + 296 + 32


def test_joins_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="differ beside axis"):
        arithmetic.output_shape("Concatenate", {"axis": 3}, [(None, 4, 4, 3), (None, 5, 4, 3)])
    with pytest.raises(ValueError, match="do not fit"):
        arithmetic.output_shape("Add", {}, [(None, 4), (None, 5)])


def test_an_unknown_layer_has_no_formula():
    with pytest.raises(KeyError):
        arithmetic.parameter_formula("Homemade", {}, [(None, 4)])
