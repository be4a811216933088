"""Small models for the tests, built without allocating a weight."""

from collections.abc import Callable

import keras
from keras import layers

from autograder.graph.model_graph import ModelGraph, from_keras
from autograder.graph.weightless import weightless

IMAGE = (32, 24, 3)


def graph_of(build: Callable, shape: tuple = IMAGE) -> ModelGraph:
    """Return the graph of what a function of one symbolic tensor builds."""
    with weightless():
        x = keras.Input(shape, name="x")
        return from_keras(keras.Model(x, build(x)))


def conv(filters: int = 8, kernel: int = 3, **options) -> layers.Layer:
    """Return a convolution that keeps height and width."""
    return layers.Conv2D(filters, kernel, **({"padding": "same", "activation": "relu"} | options))


def two_branches(x):
    """Two branches that differ, joined on the channels."""
    left = conv(8, 3)(conv(4, 1)(x))
    right = conv(8, 1)(layers.AveragePooling2D(3, strides=1, padding="same")(x))
    return layers.concatenate([left, right])
