"""Forms that compute the same are accepted by running them; nothing else is."""

import pytest
from keras import layers, ops

from autograder.graph.compare import equal
from autograder.graph.fingerprint import same_behaviour
from autograder.tests.models import conv, graph_of

SAME = {
    "pool before or after relu": (lambda x: layers.MaxPooling2D(2)(conv(4)(x)),
                                  lambda x: layers.ReLU()(layers.MaxPooling2D(2)(conv(4, activation=None)(x)))),
    "global pooling as a mean": (lambda x: layers.GlobalAveragePooling2D()(conv(4)(x)),
                                 lambda x: ops.mean(conv(4)(x), axis=(1, 2))),
    "there and back": (lambda x: conv(4)(x), lambda x: conv(4)(ops.flip(ops.flip(x, axis=1), axis=1))),
    "stride as a slice": (lambda x: conv(4, 1, strides=2)(x), lambda x: conv(4, 1)(x[:, ::2, ::2, :])),
    "twins in another order": (lambda x: layers.subtract([conv(4)(layers.ReLU()(x)), conv(4)(x * 2.0)]),
                               lambda x: layers.subtract([conv(4)(ops.maximum(x, 0.0)), conv(4)(x * 2.0)])),
}
DIFFERENT = {
    "average or maximum of twins": (lambda x: layers.average([conv(4)(x), conv(4)(x)]),
                                    lambda x: layers.maximum([conv(4)(x), conv(4)(x)])),
    "dropout, which inference does not show": (lambda x: conv(4)(x), lambda x: layers.Dropout(0.5)(conv(4)(x))),
    "dropout at another place": (lambda x: conv(4, 1)(conv(5)(layers.Dropout(0.5)(x))),
                                 lambda x: conv(4, 1)(layers.Dropout(0.5)(conv(5)(x)))),
    "a frozen layer": (lambda x: conv(4)(x), lambda x: conv(4, trainable=False)(x)),
    "a regulariser": (lambda x: conv(4)(x), lambda x: conv(4, kernel_regularizer="l2")(x)),
    "sharing": (lambda x: conv(3)(conv(3)(x)), lambda x: (lambda layer: layer(layer(x)))(conv(3))),
    "another tensor": (lambda x: layers.add([conv(3)(conv(3)(x)), x]),
                       lambda x: (lambda y: layers.add([conv(3)(y), y]))(conv(3)(x))),
    "another activation": (lambda x: conv(4)(x), lambda x: conv(4, activation="gelu")(x)),
    "another kernel": (lambda x: conv(4, 3)(x), lambda x: conv(4, 5)(x)),
    "padding": (lambda x: conv(4, 3)(x), lambda x: conv(4, 3, padding="valid")(x)),
}


@pytest.mark.parametrize("case", SAME)
def test_other_forms_of_one_function_are_accepted(case):
    one, other = (graph_of(build) for build in SAME[case])
    assert not equal(one, other), "the rewrite rules know this already: the fingerprint is not asked"
    assert same_behaviour(one, other)


@pytest.mark.parametrize("case", DIFFERENT)
def test_other_models_are_not(case):
    one, other = (graph_of(build) for build in DIFFERENT[case])
    assert not same_behaviour(one, other)


def test_a_deep_stack_stays_finite():
    def deep(x):
        for _ in range(40):
            x = conv(3)(x)
        return layers.ReLU()(layers.MaxPooling2D(2)(conv(3, activation=None)(x)))

    def same(x):
        for _ in range(40):
            x = conv(3)(x)
        return layers.MaxPooling2D(2)(conv(3)(x))

    one = graph_of(deep, (8, 8, 3))
    assert same_behaviour(one, graph_of(same, (8, 8, 3)))


def test_it_abstains_on_what_it_cannot_afford():
    assert not same_behaviour(graph_of(lambda x: layers.Dense(9_000)(layers.Flatten()(x)), (64, 64, 3)),
                              graph_of(lambda x: layers.Dense(9_000)(layers.Reshape((-1,))(x)), (64, 64, 3)))
