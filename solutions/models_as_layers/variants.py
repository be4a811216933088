"""Right answers to the models_as_layers task in other styles: the grader's own exam, which must accept every one."""

from functools import reduce

import keras
from keras import layers, ops


def _vision_model(side):
    """Return the vision model, built, for answers that differ elsewhere."""
    return keras.Sequential([keras.Input((side, side, 1)), layers.Conv2D(64, 3), layers.Conv2D(64, 3),
                             layers.MaxPooling2D(2), layers.Flatten()])


def with_a_built_sequential(side):
    """The vision model is a Sequential with an input; a list of two pictures."""
    vision = _vision_model(side)
    digits = [keras.Input((side, side, 1)) for _ in range(2)]
    joined = layers.Concatenate()([vision(digit) for digit in digits])
    return keras.Model(digits, layers.Dense(1, activation="sigmoid")(joined))


def with_an_unbuilt_sequential(side):
    """The vision model is a Sequential without an input; the second picture is joined first."""
    vision = keras.Sequential(name="vision")
    vision.add(layers.Conv2D(64, (3, 3), strides=(1, 1), padding="valid"))
    vision.add(layers.Conv2D(64, (3, 3), strides=(1, 1), padding="valid"))
    vision.add(layers.MaxPooling2D(pool_size=(2, 2), strides=(2, 2)))
    vision.add(layers.Flatten())
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    joined = layers.concatenate([vision(second), vision(first)])
    return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined))


def with_shared_layers_only(side):
    """No model inside: each of the shared layers is called on both pictures, step by step."""
    digits = [keras.Input((side, side, 1)), keras.Input((side, side, 1))]
    tensors = digits
    for layer in (layers.Conv2D(64, 3), layers.Conv2D(64, 3), layers.MaxPooling2D(2), layers.Flatten()):
        tensors = [layer(tensor) for tensor in tensors]
    return keras.Model(digits, layers.Dense(1, activation="sigmoid")(layers.concatenate(tensors)))


def with_weightless_layers_of_each(side):
    """The convolutions are shared; pooling and flattening, which have no weights, are made for each picture."""
    first_conv, second_conv = layers.Conv2D(64, 3, name="edges"), layers.Conv2D(64, 3, name="strokes")

    def see(digit):
        return layers.Flatten()(layers.MaxPool2D((2, 2))(second_conv(first_conv(digit))))

    one, other = keras.Input((side, side, 1), name="one"), keras.Input((side, side, 1), name="other")
    joined = layers.Concatenate(axis=1)([see(one), see(other)])
    return keras.Model([one, other], layers.Dense(1, activation="sigmoid", name="same")(joined))


def with_reshape(side):
    """`Reshape` flattens; the vision model takes pictures of a fixed size; `keras.ops.concatenate` joins."""
    digit = keras.Input(shape=(side, side, 1))
    x = layers.MaxPooling2D()(layers.Conv2D(64, 3)(layers.Conv2D(64, 3)(digit)))
    vision = keras.Model(digit, layers.Reshape((-1,))(x))
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    joined = ops.concatenate([vision(first), vision(second)], axis=-1)
    return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined))


def with_reshape_op(side):
    """`keras.ops.reshape` flattens."""
    digit = keras.Input(shape=(side, side, 1))
    x = layers.MaxPooling2D()(layers.Conv2D(64, 3)(layers.Conv2D(64, 3)(digit)))
    vision = keras.Model(digit, ops.reshape(x, (-1, x.shape[1] * x.shape[2] * x.shape[3])))
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    joined = layers.concatenate([vision(first), vision(second)])
    return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined))


def flattened_outside(side):
    """The vision model ends with the pooling; each result is flattened outside."""
    digit = keras.Input((None, None, 1))
    vision = keras.Model(digit, layers.MaxPooling2D(2)(layers.Conv2D(64, 3)(layers.Conv2D(64, 3)(digit))))
    digits = [keras.Input((side, side, 1)), keras.Input((side, side, 1))]
    flat = [layers.Flatten()(vision(picture)) for picture in digits]
    return keras.Model(digits, layers.Dense(1, "sigmoid")(layers.concatenate(flat)))


def with_activation_layer(side):
    """Activations are said where there are none, and the sigmoid is a layer of its own."""
    digit = keras.Input((side, side, 1))
    x = layers.Conv2D(64, 3, activation="linear")(digit)
    x = layers.Activation("linear")(layers.Conv2D(64, 3, activation=None)(x))
    vision = keras.Model(inputs=digit, outputs=layers.Flatten()(layers.MaxPooling2D(2, strides=2)(x)))
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    x = layers.Concatenate(axis=-1)([vision(first), vision(second)])
    return keras.Model([first, second], layers.Activation("sigmoid")(layers.Dense(1)(x)))


def with_activation_function(side):
    """The sigmoid is a function call; `map` calls the vision model."""
    digits = (keras.Input((side, side, 1)), keras.Input((side, side, 1)))
    features = list(map(_vision_model(side), digits))
    return keras.Model(digits, ops.sigmoid(layers.Dense(1)(layers.concatenate(features))))


def with_a_model_in_a_model(side):
    """The vision model is made of two models, one called by the other."""
    digit = keras.Input((side, side, 1))
    filters = keras.Sequential([layers.Conv2D(64, 3), layers.Conv2D(64, 3)])
    summarise = keras.Sequential([layers.MaxPooling2D(2), layers.Flatten()])
    vision = keras.Model(digit, summarise(filters(digit)))
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    joined = layers.concatenate([vision(first), vision(second)])
    return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined))


def with_all_settings(side):
    """Every setting is said, all layers have names, and initialisers are others."""
    def conv(name):
        return layers.Conv2D(filters=64, kernel_size=(3, 3), strides=(1, 1), padding="valid", dilation_rate=(1, 1),
                             groups=1, data_format="channels_last", use_bias=True, kernel_initializer="he_normal",
                             bias_initializer="ones", kernel_regularizer=None, name=name)

    steps = [conv("edges"), conv("strokes"), layers.MaxPooling2D((2, 2), (2, 2), "valid", name="shrink"),
             layers.Flatten(data_format="channels_last", name="flat")]
    digit = keras.Input(batch_shape=(None, side, side, 1), name="digit")
    vision = keras.Model(digit, reduce(lambda tensor, layer: layer(tensor), steps, digit), name="vision")
    left = keras.Input(batch_shape=(None, side, side, 1), name="left")
    right = keras.Input(batch_shape=(None, side, side, 1), name="right")
    both = layers.Concatenate(axis=-1, name="both")([vision(left), vision(right)])
    same = layers.Dense(1, activation=keras.activations.sigmoid, kernel_initializer="zeros", name="same")(both)
    return keras.Model([left, right], [same], name="digit_pair")


class _PairBuilder:
    """A plain class that keeps the shared vision model."""

    def __init__(self, side):
        self.side = side
        self.vision = _vision_model(side)

    def picture(self):
        return keras.Input((self.side, self.side, 1))

    def build(self):
        first, second = self.picture(), self.picture()
        joined = layers.concatenate([self.vision(first), self.vision(second)])
        return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined))


def by_a_builder(side):
    """A plain class keeps the vision model."""
    return _PairBuilder(side).build()


def with_inputs_in_a_dict(side):
    """The model takes a dict; identities stand before and behind the vision model."""
    vision = _vision_model(side)
    digits = {name: keras.Input((side, side, 1), name=name) for name in ("first", "second")}
    features = [layers.Identity()(vision(layers.Identity()(digit))) for digit in digits.values()]
    return keras.Model(digits, layers.Dense(1, activation="sigmoid")(layers.concatenate(features)))


def made_again_from_config(side):
    """The model is made again from its own config, which keeps the sharing."""
    return keras.Model.from_config(with_a_built_sequential(side).get_config())


def through_time(side):
    """The pictures are stacked along an axis of time, on each step of which TimeDistributed calls the vision model."""
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    pair = ops.stack([first, second], axis=1)
    features = layers.TimeDistributed(_vision_model(side))(pair)
    return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(layers.Flatten()(features)))


def with_pooling_op(side):
    """`keras.ops.max_pool` pools."""
    digit = keras.Input((side, side, 1))
    pooled = ops.max_pool(layers.Conv2D(64, 3)(layers.Conv2D(64, 3)(digit)), 2, strides=2)
    vision = keras.Model(digit, layers.Flatten()(pooled))
    first, second = keras.Input((side, side, 1)), keras.Input((side, side, 1))
    joined = layers.concatenate([vision(first), vision(second)])
    return keras.Model([first, second], layers.Dense(1, activation="sigmoid")(joined))


VARIANTS = {
    "models_as_layers/digit_pair": [
        with_a_built_sequential, with_an_unbuilt_sequential, with_shared_layers_only, with_weightless_layers_of_each,
        with_reshape, with_reshape_op, flattened_outside, with_activation_layer, with_activation_function,
        with_a_model_in_a_model, with_all_settings, by_a_builder, with_inputs_in_a_dict, made_again_from_config,
        through_time, with_pooling_op,
    ],
}

# Equal by what they compute: no rewrite rule is expected to make their graphs equal.
FINGERPRINT = {"with_reshape", "with_reshape_op", "through_time", "with_pooling_op"}
