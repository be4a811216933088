"""Right answers to the mlp task in other styles: the grader's own exam, which must accept every one."""

from functools import reduce

import keras
from keras import layers, ops


def sequential_from_a_list(features, hidden, classes):
    """One Sequential, its layers unpacked from a comprehension."""
    return keras.Sequential([
        keras.Input(shape=(features,)),
        *[layers.Dense(units, activation="relu") for units in hidden],
        layers.Dense(classes, activation="softmax"),
    ])


def sequential_step_by_step(features, hidden, classes):
    """Layers are added to a Sequential one after the other, all with names."""
    model = keras.Sequential(name="classifier")
    model.add(layers.InputLayer(shape=(features,), name="features"))
    for number, units in enumerate(hidden):
        model.add(layers.Dense(units, activation="relu", name=f"hidden_{number}"))
    model.add(layers.Dense(classes, activation="softmax", name="probabilities"))
    return model


def sequential_built_by_hand(features, hidden, classes):
    """A Sequential without an input is built on a shape."""
    model = keras.Sequential()
    for units in hidden:
        model.add(layers.Dense(units))
        model.add(layers.ReLU())
    model.add(layers.Dense(classes))
    model.add(layers.Softmax())
    model.build((None, features))
    return model


def sequential_with_input_shape(features, hidden, classes):
    """The first layer says the input shape, the way of Keras 2."""
    first, *others = hidden
    model = keras.Sequential()
    model.add(layers.Dense(first, activation="relu", input_shape=(features,)))
    for units in others:
        model.add(layers.Dense(units, activation="relu"))
    model.add(layers.Dense(classes, activation="softmax"))
    return model


def sequential_inside(features, hidden, classes):
    """The hidden layers are an unbuilt Sequential inside a functional model."""
    body = keras.Sequential([layers.Dense(units, "relu") for units in hidden])
    inputs = keras.Input((features,))
    return keras.Model(inputs, layers.Dense(classes, "softmax")(body(inputs)))


def activation_layers(features, hidden, classes):
    """Each activation is a layer of its own."""
    x = inputs = keras.Input(shape=(features,))
    for units in hidden:
        x = layers.Activation("relu")(layers.Dense(units)(x))
    return keras.Model(inputs, layers.Softmax(axis=-1)(layers.Dense(classes)(x)))


def activation_functions(features, hidden, classes):
    """Each activation is a function call on the tensor."""
    x = inputs = keras.Input(shape=(features,))
    for units in hidden:
        x = keras.activations.relu(layers.Dense(units)(x))
    return keras.Model(inputs, keras.activations.softmax(layers.Dense(classes)(x)))


def activation_ops(features, hidden, classes):
    """Each activation is an operation of `keras.ops`."""
    x = inputs = keras.Input(shape=(features,))
    for units in hidden:
        x = ops.relu(layers.Dense(units)(x))
    return keras.Model(inputs, ops.softmax(layers.Dense(classes)(x), axis=1))


def activation_objects(features, hidden, classes):
    """`activation=` is a function or a layer object instead of a name."""
    x = inputs = keras.Input(shape=(features,))
    for number, units in enumerate(hidden):
        x = layers.Dense(units, activation=layers.ReLU() if number % 2 else keras.activations.relu)(x)
    return keras.Model(inputs, layers.Dense(classes, activation=keras.activations.softmax)(x))


def layers_made_first(features, hidden, classes):
    """All layers are made before any is called, and `reduce` calls them."""
    steps = [layers.Dense(units, activation="relu") for units in hidden] + [layers.Dense(classes, "softmax")]
    inputs = keras.Input(shape=(features,), dtype="float32")
    return keras.Model(inputs, reduce(lambda tensor, layer: layer(tensor), steps, inputs))


def by_recursion(features, hidden, classes):
    """A function that calls itself walks the list."""
    def stack(tensor, remaining):
        if not remaining:
            return layers.Dense(classes, activation="softmax")(tensor)
        return stack(layers.Dense(remaining[0], activation="relu")(tensor), remaining[1:])

    inputs = keras.Input(batch_shape=(None, features))
    return keras.Model(inputs, stack(inputs, list(hidden)))


def with_all_settings(features, hidden, classes):
    """Every setting is said, and initialisers are others."""
    def dense(units, activation):
        return layers.Dense(units=units, activation=activation, use_bias=True, kernel_initializer="he_normal",
                            bias_initializer=keras.initializers.RandomNormal(stddev=0.01), kernel_regularizer=None,
                            bias_regularizer=None, activity_regularizer=None, kernel_constraint=None)

    inputs = keras.Input(shape=(features,), name="features")
    x = inputs
    for units in hidden:
        x = dense(units, "relu")(x)
    return keras.Model(inputs=[inputs], outputs=[dense(classes, "softmax")(x)], name="classifier")


def nested_models(features, hidden, classes):
    """Encoder and head are models of their own, chained."""
    inputs = keras.Input((features,))
    x = inputs
    for units in hidden:
        x = layers.Dense(units, activation="relu")(x)
    encoder = keras.Model(inputs, x, name="encoder")
    code = keras.Input(encoder.output.shape[1:])
    head = keras.Model(code, layers.Dense(classes, activation="softmax")(code), name="head")
    return keras.Model(encoder.input, head(encoder.output))


def model_inside_a_sequential(features, hidden, classes):
    """A Sequential holds a functional model and a Dense layer."""
    inputs = x = keras.Input((features,))
    for units in hidden:
        x = layers.Dense(units, activation="relu")(x)
    return keras.Sequential([keras.Model(inputs, x), layers.Dense(classes), layers.Activation("softmax")])


def with_identities(features, hidden, classes):
    """Identity layers and dropouts of nothing stand between the layers."""
    inputs = keras.Input((features,))
    x = layers.Identity()(inputs)
    for units in hidden:
        x = layers.Dropout(0.0)(layers.Dense(units, activation="relu")(x))
    return keras.Model(inputs, layers.Identity()(layers.Dense(classes, activation="softmax")(x)))


class _ClassifierBuilder:
    """Collects layers, then makes the model."""

    def __init__(self):
        self.steps = []

    def dense(self, units, activation):
        self.steps.append(layers.Dense(units, activation=activation))
        return self

    def build(self, features):
        tensor = inputs = keras.Input((features,))
        for step in self.steps:
            tensor = step(tensor)
        return keras.Model(inputs, tensor)


def by_a_builder(features, hidden, classes):
    """A plain class collects the layers."""
    builder = _ClassifierBuilder()
    for units in hidden:
        builder.dense(units, "relu")
    return builder.dense(classes, "softmax").build(features)


def made_again_from_config(features, hidden, classes):
    """The model is made again from its own config."""
    model = sequential_from_a_list(features, hidden, classes)
    return keras.Sequential.from_config(model.get_config())


def input_in_a_dict(features, hidden, classes):
    """The model takes a dict with one entry."""
    inputs = {"features": keras.Input((features,), name="features")}
    x = inputs["features"]
    for units in hidden:
        x = layers.Dense(units, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def leaky_relu_that_does_not_leak(features, hidden, classes):
    """Relu is a leaky relu with slope zero."""
    inputs = x = keras.Input((features,))
    for units in hidden:
        x = layers.LeakyReLU(negative_slope=0.0)(layers.Dense(units)(x))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def maximum_for_relu(features, hidden, classes):
    """Relu is written as the larger of a number and zero."""
    inputs = x = keras.Input((features,))
    for units in hidden:
        x = ops.maximum(layers.Dense(units)(x), 0)
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def softmax_by_hand(features, hidden, classes):
    """Softmax is written out: exponentials over their sum."""
    inputs = x = keras.Input((features,))
    for units in hidden:
        x = layers.Dense(units, activation="relu")(x)
    exponentials = ops.exp(layers.Dense(classes)(x))
    return keras.Model(inputs, exponentials / ops.sum(exponentials, axis=-1, keepdims=True))


VARIANTS = {
    "mlp/classifier": [
        sequential_from_a_list, sequential_step_by_step, sequential_built_by_hand, sequential_with_input_shape,
        sequential_inside, activation_layers, activation_functions, activation_ops, activation_objects,
        layers_made_first, by_recursion, with_all_settings, nested_models, model_inside_a_sequential, with_identities,
        by_a_builder, made_again_from_config, input_in_a_dict, leaky_relu_that_does_not_leak, maximum_for_relu,
        softmax_by_hand,
    ],
}

# Equal by what they compute: no rewrite rule is expected to make their graphs equal.
FINGERPRINT = {"leaky_relu_that_does_not_leak", "maximum_for_relu", "softmax_by_hand"}
