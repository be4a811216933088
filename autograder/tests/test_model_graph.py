"""Models that compute the same have equal graphs, however they are written; others do not."""

import json

import keras
import pytest
from keras import layers, ops

from autograder.graph.compare import BRANCH_ORDER, equal
from autograder.graph.model_graph import ModelGraph, from_keras
from autograder.tests.models import conv, graph_of, two_branches


def plain(x):
    return layers.add([conv(3)(conv(5)(x)), x])


def with_operator(x):
    return conv(3)(conv(5)(x)) + x


def with_ops(x):
    return ops.add(x, conv(3)(conv(5)(x)))


def with_activation_layers(x):
    y = layers.Activation("relu")(conv(5, activation=None)(x))
    return layers.Add()([layers.ReLU()(conv(3, activation=None)(y)), x])


def with_activation_functions(x):
    y = keras.activations.relu(conv(5, activation=None)(x))
    return layers.add([ops.relu(conv(3, activation=None)(y)), x])


def with_nested_model(x):
    inner = keras.Input(x.shape[1:])
    return layers.add([keras.Model(inner, conv(3)(conv(5)(inner)))(x), x])


def with_sequential(x):
    return layers.add([keras.Sequential([conv(5), conv(3)])(x), x])


def with_sequential_of_free_size(x):
    inner = keras.Sequential([keras.Input((None, None, 3)), conv(5), conv(3)])
    return layers.add([inner(x), x])


def with_identity(x):
    return layers.Identity()(layers.add([conv(3)(layers.Dropout(0.0)(conv(5)(x))), x]))


def with_names_and_other_order(x):
    last, first = conv(3, name="last"), conv(5, name="first")
    return layers.add([x, last(first(x))])


@pytest.mark.parametrize("variant", [with_operator, with_ops, with_activation_layers, with_activation_functions,
                                     with_nested_model, with_sequential, with_sequential_of_free_size, with_identity,
                                     with_names_and_other_order])
def test_other_spellings_are_the_same_model(variant):
    assert equal(graph_of(variant), graph_of(plain))


@pytest.mark.parametrize("other", [
    lambda x: conv(3)(conv(5)(x)),
    lambda x: layers.add([conv(3)(conv(5)(x)), conv(3, 1)(x)]),
    lambda x: layers.add([conv(3, activation=None)(conv(5)(x)), x]),
    lambda x: layers.add([conv(3, activation="tanh")(conv(5)(x)), x]),
    lambda x: layers.ReLU()(layers.add([conv(3, activation=None)(conv(5)(x)), x])),
    lambda x: layers.multiply([conv(3)(conv(5)(x)), x]),
    lambda x: layers.subtract([conv(3)(conv(5)(x)), x]),
    lambda x: layers.add([conv(3, 5)(conv(5)(x)), x]),
    lambda x: layers.add([conv(3)(conv(6)(x)), x]),
    lambda x: layers.add([conv(3, use_bias=False)(conv(5)(x)), x]),
    lambda x: layers.add([conv(3, trainable=False)(conv(5)(x)), x]),
    lambda x: layers.add([conv(3, kernel_regularizer="l2")(conv(5)(x)), x]),
    lambda x: layers.add([conv(3)(layers.Dropout(0.1)(conv(5)(x))), x]),
    lambda x: layers.add([conv(3)(conv(5)(x)) * 2.0, x]),
])
def test_other_models_are_not(other):
    assert not equal(graph_of(other), graph_of(plain))


def test_sharing_is_part_of_the_graph():
    def shared(x):
        layer = conv(3)
        return layer(layer(x))

    assert not equal(graph_of(shared), graph_of(lambda x: conv(3)(conv(3)(x))))
    assert graph_of(shared).parameters == 84  # 3*3*3*3 weights and 3 biases, once
    assert len(graph_of(shared).layers) == 1


def test_a_weightless_layer_made_twice_or_called_twice_is_the_same():
    def twice(x):
        return layers.add([conv(4)(layers.MaxPooling2D(2)(x)), conv(4, 1)(layers.MaxPooling2D(2)(x))])

    def once(x):
        pooled = layers.MaxPooling2D(2)(x)
        return layers.add([conv(4)(pooled), conv(4, 1)(pooled)])

    assert equal(graph_of(twice), graph_of(once))


def test_two_dropouts_on_one_tensor_are_two_draws():
    def twice(x):
        return layers.subtract([layers.Dropout(0.5)(x), layers.Dropout(0.5)(x)])

    def once(x):
        dropped = layers.Dropout(0.5)(x)
        return layers.subtract([dropped, dropped])

    assert not equal(graph_of(twice), graph_of(once))


def test_padding_of_a_one_by_one_window_does_not_matter():
    assert equal(graph_of(conv(4, 1, strides=2, padding="same")), graph_of(conv(4, 1, strides=2, padding="valid")))
    assert not equal(graph_of(conv(4, 3, padding="same")), graph_of(conv(4, 3, padding="valid")))


def test_padding_of_a_window_that_fits_does_not_matter():
    def pooled(padding):
        return graph_of(lambda x: layers.MaxPooling2D(2, padding=padding)(x))

    assert equal(pooled("same"), pooled("valid"))  # 32 and 24 are even: no border is added
    odd = [graph_of(lambda x, padding=padding: layers.MaxPooling2D(2, padding=padding)(x), (31, 24, 3))
           for padding in ("same", "valid")]
    assert not equal(*odd)


@pytest.mark.parametrize(("one", "other"), [
    (lambda x: layers.Flatten()(x), lambda x: layers.Reshape((-1,))(x)),
    (lambda x: layers.Flatten()(x), lambda x: ops.reshape(x, (-1, 32 * 24 * 3))),
    (lambda x: layers.add([x, conv(3)(x)]), lambda x: ops.sum(ops.stack([x, conv(3)(x)]), axis=0)),
    (lambda x: layers.concatenate([conv(2)(x), conv(4)(x)]),
     lambda x: layers.ReLU()(layers.concatenate([conv(2, activation=None)(x), conv(4, activation=None)(x)]))),
])
def test_what_is_taken_apart_again_or_done_later_is_the_plain_form(one, other):
    assert equal(graph_of(one), graph_of(other))


def test_an_activation_behind_an_addition_is_another_model():
    assert not equal(graph_of(lambda x: layers.add([conv(3)(x), x])),
                     graph_of(lambda x: layers.ReLU()(layers.add([conv(3, activation=None)(x), x]))))


def test_a_layer_along_time_on_stacked_tensors_is_a_shared_layer():
    def model(stacked: bool):
        with keras.StatelessScope(initialize_variables=False):
            a, b, layer = keras.Input((4,)), keras.Input((4,)), layers.Dense(3, activation="relu")
            joined = (layers.Flatten()(layers.TimeDistributed(layer)(ops.stack([a, b], axis=1))) if stacked
                      else layers.concatenate([layer(a), layer(b)]))
            return from_keras(keras.Model([a, b], joined))

    assert equal(model(True), model(False))


def test_states_that_nothing_uses_do_not_count():
    def model(state: bool):
        with keras.StatelessScope(initialize_variables=False):
            x = keras.Input((None, 4))
            return from_keras(keras.Model(x, layers.LSTM(3, return_state=True)(x)[0] if state else layers.LSTM(3)(x)))

    assert equal(model(True), model(False))


@pytest.mark.parametrize("spelling", [
    lambda: layers.RNN(layers.LSTMCell(3)), lambda: layers.LSTM(3, unit_forget_bias=False),
    lambda: layers.LSTM(3, kernel_initializer="zeros", activation="tanh"),
])
def test_a_recurrent_layer_is_its_cell_whatever_it_starts_from(spelling):
    assert equal(graph_of(lambda x: spelling()(x), (7, 4)), graph_of(lambda x: layers.LSTM(3)(x), (7, 4)))


def test_nested_joins_are_one_join():
    def nested(x):
        return layers.concatenate([layers.concatenate([conv(2)(x), conv(3)(x)]), conv(4)(x)])

    assert equal(graph_of(nested), graph_of(lambda x: layers.concatenate([conv(2)(x), conv(3)(x), conv(4)(x)])))


def test_concatenation_keeps_its_order_unless_the_task_frees_it():
    def reversed_branches(x):
        right = conv(8, 1)(layers.AveragePooling2D(3, strides=1, padding="same")(x))
        left = conv(8, 3)(conv(4, 1)(x))
        return layers.concatenate([right, left])

    assert not equal(graph_of(reversed_branches), graph_of(two_branches))
    assert equal(graph_of(reversed_branches), graph_of(two_branches), [BRANCH_ORDER])


def test_negative_and_positive_axis_are_one():
    assert equal(graph_of(lambda x: layers.concatenate([x, conv(3)(x)], axis=-1)),
                 graph_of(lambda x: layers.concatenate([x, conv(3)(x)], axis=3)))
    assert not equal(graph_of(lambda x: layers.concatenate([x, conv(3)(x)], axis=1)),
                     graph_of(lambda x: layers.concatenate([x, conv(3)(x)], axis=3)))


def test_shapes_inside_a_nested_model_are_those_of_the_call():
    def nested(x):
        return keras.Sequential([keras.Input((None, None, 3)), conv(5, strides=2)])(x)

    graph = graph_of(nested)
    assert [data["shapes"] for _, data in graph.graph.nodes(data=True) if data["operation"] == "Conv2D"] == [
        [(None, 16, 12, 5)]]


def test_a_graph_survives_json():
    graph = graph_of(two_branches)
    again = ModelGraph.from_dict(json.loads(json.dumps(graph.to_dict())))
    assert equal(graph, again)
    assert again.output_shapes() == graph.output_shapes() == [(None, 32, 24, 16)]
    assert (again.parameters, again.trainable) == (graph.parameters, graph.trainable)


def test_layers_without_a_name_are_numbered_in_the_order_of_the_code():
    for _ in range(2):  # Keras itself counts on
        names = [data["name"] for _, data in graph_of(two_branches).graph.nodes(data=True)]
        assert {"conv2d_1", "conv2d_2", "conv2d_3", "average_pooling2d_1", "concatenate_1"} <= set(names)


def test_a_name_of_ones_own_is_kept():
    graph = graph_of(lambda x: conv(4, name="conv2d_left")(conv(2, name="stem_7")(x)))
    assert {"conv2d_left", "stem_7"} <= {data["name"] for _, data in graph.graph.nodes(data=True)}


def test_a_subclassed_model_has_no_graph():
    class Own(keras.Model):
        def call(self, x):
            return x

    with pytest.raises(ValueError, match="not a functional model"):
        from_keras(Own())


def test_several_inputs_and_outputs_keep_their_order():
    def model(swap: bool):
        with keras.StatelessScope(initialize_variables=False):
            a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
            outputs = [layers.Dense(2)(a), layers.Dense(3)(b)]
            return from_keras(keras.Model([a, b], outputs[::-1] if swap else outputs))

    assert equal(model(False), model(False))
    assert not equal(model(False), model(True))
    assert model(False).output_shapes() == [(None, 2), (None, 3)]
