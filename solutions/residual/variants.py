"""Right answers to the residual tasks in other styles: the grader's own exam, which must accept every one."""

from functools import partial, reduce

import keras
from keras import layers, ops

# --- identity ---------------------------------------------------------------------------------------------------------


def identity_with_operator(x):
    """`+` adds, with the main path first."""
    conv = partial(layers.Conv2D, x.shape[-1], 3, padding="same", activation="relu")
    y = conv()(x)
    y = conv()(y)
    y = conv()(y)
    return y + x


def identity_with_add_layer(x):
    """An `Add` layer takes the shortcut first."""
    shortcut = x
    for number in (1, 2, 3):
        x = layers.Conv2D(shortcut.shape[-1], (3, 3), padding="same", activation="relu", name=f"step_{number}")(x)
    return layers.Add(name="join")([shortcut, x])


def identity_with_ops_add(x):
    """`keras.ops.add` adds; relu is a function call."""
    y = x
    for _ in range(3):
        y = ops.relu(layers.Conv2D(x.shape[3], 3, padding="same")(y))
    return ops.add(x, y)


def identity_with_activation_layers(x):
    """Each relu is a layer of its own; the sum is written in place."""
    y = layers.Activation("relu")(layers.Conv2D(x.shape[-1], 3, padding="same")(x))
    y = layers.ReLU()(layers.Conv2D(x.shape[-1], 3, padding="same")(y))
    y = layers.Activation(keras.activations.relu)(layers.Conv2D(x.shape[-1], 3, padding="same")(y))
    y += x
    return y


def identity_with_activation_objects(x):
    """`activation=` is a function or a layer object instead of a name."""
    y = x
    for activation in (keras.activations.relu, layers.ReLU(), ops.relu):
        y = layers.Conv2D(x.shape[-1], 3, padding="same", activation=activation)(y)
    return layers.add([y, x])


def identity_as_a_nested_model(x):
    """The whole block is a functional model, with the addition inside, called on x."""
    entry = keras.Input(x.shape[1:])
    y = entry
    for _ in range(3):
        y = layers.Conv2D(x.shape[-1], 3, padding="same", activation="relu")(y)
    block = keras.Model(entry, layers.add([entry, y]))
    return block(x)


def identity_with_sequential(x):
    """The main path is a Sequential without an input of its own."""
    main_path = keras.Sequential([
        layers.Conv2D(x.shape[-1], 3, padding="same", activation="relu") for _ in range(3)])
    return main_path(x) + x


def identity_with_built_sequential(x):
    """The main path is a Sequential for pictures of any size, with relu layers inside."""
    channels = x.shape[-1]
    main_path = keras.Sequential([keras.Input((None, None, channels))])
    for _ in range(3):
        main_path.add(layers.Conv2D(channels, 3, padding="same"))
        main_path.add(layers.ReLU())
    return layers.Add()([main_path(x), x])


def identity_by_reduce(x):
    """`reduce` calls three layers that were made before."""
    steps = [layers.Conv2D(x.shape[-1], 3, padding="same", activation="relu") for _ in range(3)]
    return layers.add([reduce(lambda tensor, layer: layer(tensor), steps, x), x])


class _Block:
    """A plain class that keeps its layers and is called like one."""

    def __init__(self, channels):
        self.layers = [layers.Conv2D(filters=channels, kernel_size=3, strides=1, padding="same", activation="relu")
                       for _ in range(3)]

    def __call__(self, x):
        first, second, third = self.layers
        return third(second(first(x))) + x


def identity_by_a_builder(x):
    """A plain class holds the layers."""
    return _Block(x.shape[-1])(x)


def identity_with_all_settings(x):
    """Every setting is said, initialisers are others, and identities stand on the shortcut."""
    def conv(tensor):
        return layers.Conv2D(filters=int(x.shape[-1]), kernel_size=(3, 3), strides=(1, 1), padding="same",
                             data_format="channels_last", dilation_rate=(1, 1), groups=1, activation="relu",
                             use_bias=True, kernel_initializer="he_uniform", bias_initializer="zeros",
                             kernel_regularizer=None, activity_regularizer=None, kernel_constraint=None)(tensor)

    shortcut = layers.Activation("linear")(layers.Identity()(x))
    return layers.Add()([conv(conv(conv(x))), shortcut])


def identity_with_python_sum(x):
    """Python's own `sum` adds, and starts from zero."""
    conv = partial(layers.Conv2D, x.shape[-1], 3, padding="same", activation="relu")
    return sum([conv()(conv()(conv()(x))), x])


def identity_with_stacked_sum(x):
    """The two tensors are stacked and summed over the new axis."""
    conv = partial(layers.Conv2D, x.shape[-1], 3, padding="same", activation="relu")
    return ops.sum(ops.stack([conv()(conv()(conv()(x))), x]), axis=0)


def identity_with_padding_layers(x):
    """ZeroPadding2D adds the borders that "same" would add."""
    y = x
    for _ in range(3):
        y = layers.Conv2D(x.shape[-1], 3, activation="relu")(layers.ZeroPadding2D(1)(y))
    return layers.add([y, x])


def identity_with_maximum_for_relu(x):
    """Relu is written as the larger of a number and zero."""
    y = x
    for _ in range(3):
        y = ops.maximum(layers.Conv2D(x.shape[-1], 3, padding="same")(y), 0.0)
    return y + x


# --- projection -------------------------------------------------------------------------------------------------------


def projection_with_operator(x, filters):
    """`+` adds; the shortcut is made first and padded "same"."""
    shortcut = layers.Conv2D(filters, 1, strides=2, padding="same")(x)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    x = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    return shortcut + layers.MaxPooling2D(2, strides=2)(x)


def projection_with_add_layer(x, filters):
    """An `Add` layer adds; strides are tuples; the pooling is padded "same", which even sides do not need."""
    y = layers.Conv2D(filters, (3, 3), (1, 1), "same", activation="relu")(x)
    y = layers.Conv2D(filters, (3, 3), (1, 1), "same", activation="relu")(y)
    y = layers.MaxPool2D((2, 2), (2, 2), "same")(y)
    projected = layers.Conv2D(filters, (1, 1), (2, 2), "valid", activation="linear")(x)
    return layers.Add()([projected, y])


def projection_with_ops_add(x, filters):
    """`keras.ops.add` adds; the pooling has its default window and stride; relu is a function call."""
    y = x
    for _ in range(2):
        y = keras.activations.relu(layers.Conv2D(filters, 3, padding="same")(y))
    return ops.add(layers.MaxPooling2D()(y), layers.Conv2D(filters, 1, 2)(x))


def projection_with_activation_layers(x, filters):
    """Each relu is a layer of its own."""
    y = layers.ReLU()(layers.Conv2D(filters, 3, padding="same")(x))
    y = layers.Activation("relu")(layers.Conv2D(filters, 3, padding="same")(y))
    y = layers.MaxPooling2D(pool_size=2)(y)
    return layers.add([y, layers.Conv2D(filters, 1, strides=2, activation=None)(x)])


def projection_with_activation_objects(x, filters):
    """`activation=` is a function or a layer object instead of a name."""
    y = layers.Conv2D(filters, 3, padding="same", activation=layers.ReLU())(x)
    y = layers.Conv2D(filters, 3, padding="same", activation=keras.activations.relu)(y)
    shortcut = layers.Conv2D(filters, 1, strides=2, activation=keras.activations.linear)(x)
    return layers.MaxPooling2D(2)(y) + shortcut


def projection_as_nested_models(x, filters):
    """Main path and shortcut are functional models."""
    def model(build):
        entry = keras.Input((None, None, x.shape[-1]))
        return keras.Model(entry, build(entry))

    conv = partial(layers.Conv2D, filters, 3, padding="same", activation="relu")
    main_path = model(lambda tensor: layers.MaxPooling2D(2)(conv()(conv()(tensor))))
    shortcut = model(lambda tensor: layers.Conv2D(filters, 1, strides=2)(tensor))
    return layers.add([shortcut(x), main_path(x)])


def projection_with_sequentials(x, filters):
    """Main path and shortcut are Sequentials."""
    main_path = keras.Sequential([
        layers.Conv2D(filters, 3, padding="same", activation="relu"),
        layers.Conv2D(filters, 3, padding="same", activation="relu"),
        layers.MaxPooling2D(2, strides=2),
    ], name="main_path")
    shortcut = keras.Sequential([keras.Input(x.shape[1:]), layers.Conv2D(filters, 1, strides=2)], name="shortcut")
    return main_path(x) + shortcut(x)


def projection_with_helpers(x, filters):
    """Two helper functions, names and other initialisers."""
    def main_path(tensor):
        for name in ("first", "second"):
            tensor = layers.Conv2D(filters, 3, padding="same", activation="relu", name=name,
                                   kernel_initializer="he_normal")(tensor)
        return layers.MaxPooling2D(2, strides=2, name="halve")(tensor)

    def project(tensor):
        return layers.Conv2D(filters, 1, strides=2, name="project", kernel_initializer="glorot_normal",
                             bias_initializer="ones")(tensor)

    return layers.Add(name="join")([main_path(x), project(x)])


def projection_with_identities(x, filters):
    """Identity layers and dropouts of nothing stand on both paths."""
    conv = partial(layers.Conv2D, filters, 3, padding="same", activation="relu")
    y = layers.MaxPooling2D(2)(layers.Dropout(0)(conv()(layers.Identity()(conv()(x)))))
    shortcut = layers.Activation("linear")(layers.Conv2D(filters, 1, strides=2)(layers.Identity()(x)))
    return layers.Identity()(layers.add([y, shortcut]))


def projection_with_pooling_op(x, filters):
    """`keras.ops.max_pool` pools."""
    conv = partial(layers.Conv2D, filters, 3, padding="same", activation="relu")
    pooled = ops.max_pool(conv()(conv()(x)), 2, strides=2)
    return layers.add([pooled, layers.Conv2D(filters, 1, strides=2)(x)])


def projection_with_relu_behind_the_pooling(x, filters):
    """The second relu stands behind the pooling: the largest of what is clipped is what is largest, clipped."""
    y = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(filters, 3, padding="same")(y)
    y = layers.ReLU()(layers.MaxPooling2D(2)(y))
    return layers.add([y, layers.Conv2D(filters, 1, strides=2)(x)])


def projection_of_a_subsampled_tensor(x, filters):
    """Every second pixel is taken first, by a pooling over one pixel with stride 2, and projected then."""
    y = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(filters, 3, padding="same", activation="relu")(y)
    shortcut = layers.Conv2D(filters, 1)(layers.MaxPooling2D(1, strides=2)(x))
    return layers.add([layers.MaxPooling2D(2)(y), shortcut])


def projection_of_a_slice(x, filters):
    """Every second pixel is taken first, by a slice, and projected then."""
    y = layers.Conv2D(filters, 3, padding="same", activation="relu")(x)
    y = layers.Conv2D(filters, 3, padding="same", activation="relu")(y)
    return layers.MaxPooling2D(2)(y) + layers.Conv2D(filters, 1)(x[:, ::2, ::2])


def projection_with_python_sum(x, filters):
    """Python's own `sum` adds what a loop collected."""
    y = x
    for _ in range(2):
        y = layers.Conv2D(filters, 3, padding="same", activation="relu")(y)
    paths = [layers.MaxPooling2D(2)(y), layers.Conv2D(filters, 1, strides=2)(x)]
    return sum(paths)


# --- toy_resnet -------------------------------------------------------------------------------------------------------


def toy_resnet_written_out(input_shape, classes):
    """One line a layer; `+` adds."""
    inputs = keras.Input(shape=input_shape, name="img")
    x = layers.Conv2D(32, 3, activation="relu")(inputs)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    first = layers.MaxPooling2D(3)(x)
    x = layers.Conv2D(64, 3, activation="relu", padding="same")(first)
    x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
    second = x + first
    x = layers.Conv2D(64, 3, activation="relu", padding="same")(second)
    x = layers.Conv2D(64, 3, activation="relu", padding="same")(x)
    third = x + second
    x = layers.Conv2D(64, 3, activation="relu")(third)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(256, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    outputs = layers.Dense(classes)(x)
    return keras.Model(inputs, outputs, name="toy_resnet")


def toy_resnet_with_a_loop(input_shape, classes):
    """A loop makes the blocks; `Add` takes the shortcut first."""
    inputs = x = keras.Input(input_shape)
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
    x = layers.MaxPool2D(3)(x)
    for _ in range(2):
        shortcut = x
        for _ in range(2):
            x = layers.Conv2D(64, 3, padding="same", activation="relu")(x)
        x = layers.Add()([shortcut, x])
    x = layers.GlobalAvgPool2D()(layers.Conv2D(64, 3, activation="relu")(x))
    x = layers.Dropout(rate=0.5, seed=3)(layers.Dense(256, activation="relu")(x))
    return keras.Model(inputs=inputs, outputs=layers.Dense(units=classes, activation=None)(x))


def toy_resnet_with_activation_layers(input_shape, classes):
    """Each relu is a layer or a function call; `keras.ops.add` adds."""
    def conv(tensor, filters, padding="valid"):
        return layers.Activation("relu")(layers.Conv2D(filters, 3, padding=padding)(tensor))

    inputs = keras.Input(input_shape)
    x = layers.MaxPooling2D(pool_size=(3, 3), strides=(3, 3), padding="valid")(conv(conv(inputs, 32), 64))
    for _ in range(2):
        x = ops.add(conv(conv(x, 64, "same"), 64, "same"), x)
    x = layers.GlobalAveragePooling2D()(conv(x, 64))
    x = layers.Dropout(0.5)(keras.activations.relu(layers.Dense(256)(x)))
    return keras.Model(inputs, layers.Activation("linear")(layers.Dense(classes)(x)))


def toy_resnet_of_nested_blocks(input_shape, classes):
    """Each residual block is a functional model, called like a layer."""
    def residual_block(shape):
        entry = keras.Input(shape)
        y = layers.Conv2D(64, 3, padding="same", activation="relu")(entry)
        y = layers.Conv2D(64, 3, padding="same", activation="relu")(y)
        return keras.Model(entry, layers.add([y, entry]))

    inputs = keras.Input(input_shape)
    x = layers.Conv2D(32, 3, activation="relu")(inputs)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.MaxPooling2D(3)(x)
    x = residual_block(x.shape[1:])(x)
    x = residual_block((None, None, 64))(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dense(256, activation="relu")(x)
    return keras.Model(inputs, layers.Dense(classes)(layers.Dropout(0.5)(x)))


def toy_resnet_as_a_sequential(input_shape, classes):
    """The network is a Sequential; its residual blocks are functional models among the layers."""
    def residual_block(number):
        entry = keras.Input((None, None, 64))
        y = layers.Conv2D(64, 3, padding="same", activation="relu")(entry)
        y = layers.Conv2D(64, 3, padding="same", activation="relu")(y)
        return keras.Model(entry, y + entry, name=f"residual_block_{number}")

    return keras.Sequential([
        keras.Input(shape=input_shape),
        layers.Conv2D(32, 3, activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(3),
        residual_block(1),
        residual_block(2),
        layers.Conv2D(64, 3, activation="relu"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(256, activation="relu"),
        layers.Dropout(0.5),
        layers.Dense(classes),
    ])


def toy_resnet_with_sequential_parts(input_shape, classes):
    """Stem, main paths and head are Sequentials without inputs of their own."""
    conv = partial(layers.Conv2D, kernel_size=3, activation="relu")
    stem = keras.Sequential([conv(32), conv(64), layers.MaxPooling2D(3)])
    main_paths = [keras.Sequential([conv(64, padding="same"), conv(64, padding="same")]) for _ in range(2)]
    head = keras.Sequential([conv(64), layers.GlobalAveragePooling2D(), layers.Dense(256, "relu"),
                             layers.Dropout(0.5), layers.Dense(classes)])
    inputs = keras.Input(input_shape)
    x = stem(inputs)
    for main_path in main_paths:
        x = x + main_path(x)
    return keras.Model(inputs, head(x))


def toy_resnet_with_layers_made_first(input_shape, classes):
    """All layers are made last to first, with names and other initialisers, before any is called."""
    logits = layers.Dense(classes, name="logits", kernel_initializer="zeros")
    dropout = layers.Dropout(0.5, name="dropout")
    dense = layers.Dense(256, activation="relu", name="dense", kernel_initializer="he_normal")
    pool = layers.GlobalAveragePooling2D(name="average")
    last = layers.Conv2D(64, 3, activation="relu", name="last")
    pairs = [[layers.Conv2D(64, 3, padding="same", activation="relu", name=f"block_{block}_{step}")
              for step in (1, 2)] for block in (2, 1)]
    stem = [layers.Conv2D(32, 3, activation="relu", name="stem_1"),
            layers.Conv2D(64, 3, activation="relu", name="stem_2"), layers.MaxPooling2D(3, name="shrink")]
    inputs = keras.Input(input_shape)
    x = reduce(lambda tensor, layer: layer(tensor), stem, inputs)
    for first, second in reversed(pairs):
        x = layers.add([second(first(x)), x])
    return keras.Model(inputs, logits(dropout(dense(pool(last(x))))))


class _ToyResNet:
    """Builds the network step by step and keeps the tensor that it has come to."""

    def __init__(self, input_shape):
        self.inputs = self.tensor = keras.Input(batch_shape=(None, *input_shape))

    def conv(self, filters, padding="valid"):
        self.tensor = layers.Conv2D(filters, kernel_size=(3, 3), padding=padding, activation="relu")(self.tensor)
        return self

    def residual_block(self):
        shortcut = self.tensor
        self.conv(64, "same").conv(64, "same")
        self.tensor = layers.Add()([self.tensor, shortcut])
        return self

    def then(self, layer):
        self.tensor = layer(self.tensor)
        return self


def toy_resnet_by_a_builder(input_shape, classes):
    """A plain class with methods that can be chained."""
    net = _ToyResNet(input_shape)
    net.conv(32).conv(64).then(layers.MaxPooling2D(3)).residual_block().residual_block().conv(64)
    net.then(layers.GlobalAveragePooling2D()).then(layers.Dense(256, activation="relu"))
    net.then(layers.Dropout(0.5)).then(layers.Dense(classes))
    return keras.Model(net.inputs, net.tensor)


def toy_resnet_made_again(input_shape, classes):
    """The network is made again from its own config."""
    model = toy_resnet_with_a_loop(input_shape, classes)
    return keras.Model.from_config(model.get_config())


def toy_resnet_with_mean_op(input_shape, classes):
    """`keras.ops.mean` over height and width averages."""
    inputs = keras.Input(input_shape)
    conv = partial(layers.Conv2D, kernel_size=3, activation="relu")
    x = layers.MaxPooling2D(3)(conv(64)(conv(32)(inputs)))
    for _ in range(2):
        x = layers.add([conv(64, padding="same")(conv(64, padding="same")(x)), x])
    x = ops.mean(conv(64)(x), axis=(1, 2))
    x = layers.Dropout(0.5)(layers.Dense(256, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(classes)(x))


def toy_resnet_with_flattened_average(input_shape, classes):
    """The global average keeps its axes, and Flatten drops them."""
    inputs = keras.Input(input_shape)
    conv = partial(layers.Conv2D, kernel_size=3, activation="relu")
    x = layers.MaxPooling2D(3)(conv(64)(conv(32)(inputs)))
    for _ in range(2):
        x = layers.add([conv(64, padding="same")(conv(64, padding="same")(x)), x])
    x = layers.Flatten()(layers.GlobalAveragePooling2D(keepdims=True)(conv(64)(x)))
    x = layers.Dropout(0.5)(layers.Dense(256, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(classes)(x))


def toy_resnet_with_average_over_all_pixels(input_shape, classes):
    """An average pooling has a window as large as the picture."""
    inputs = keras.Input(input_shape)
    conv = partial(layers.Conv2D, kernel_size=3, activation="relu")
    x = layers.MaxPooling2D(3)(conv(64)(conv(32)(inputs)))
    for _ in range(2):
        x = conv(64, padding="same")(conv(64, padding="same")(x)) + x
    x = conv(64)(x)
    x = layers.Reshape((64,))(layers.AveragePooling2D(x.shape[1:3])(x))
    x = layers.Dropout(0.5)(layers.Dense(256, activation="relu")(x))
    return keras.Model(inputs, layers.Dense(classes)(x))


VARIANTS = {
    "residual/identity": [
        identity_with_operator, identity_with_add_layer, identity_with_ops_add, identity_with_activation_layers,
        identity_with_activation_objects, identity_as_a_nested_model, identity_with_sequential,
        identity_with_built_sequential, identity_by_reduce, identity_by_a_builder, identity_with_all_settings,
        identity_with_python_sum, identity_with_stacked_sum, identity_with_padding_layers,
        identity_with_maximum_for_relu,
    ],
    "residual/projection": [
        projection_with_operator, projection_with_add_layer, projection_with_ops_add,
        projection_with_activation_layers, projection_with_activation_objects, projection_as_nested_models,
        projection_with_sequentials, projection_with_helpers, projection_with_identities, projection_with_pooling_op,
        projection_with_relu_behind_the_pooling, projection_of_a_subsampled_tensor, projection_of_a_slice,
        projection_with_python_sum,
    ],
    "residual/toy_resnet": [
        toy_resnet_written_out, toy_resnet_with_a_loop, toy_resnet_with_activation_layers,
        toy_resnet_of_nested_blocks, toy_resnet_as_a_sequential, toy_resnet_with_sequential_parts,
        toy_resnet_with_layers_made_first, toy_resnet_by_a_builder, toy_resnet_made_again, toy_resnet_with_mean_op,
        toy_resnet_with_flattened_average, toy_resnet_with_average_over_all_pixels,
    ],
}

# Equal by what they compute: no rewrite rule is expected to make their graphs equal.
FINGERPRINT = {
    "identity_with_python_sum", "identity_with_stacked_sum", "identity_with_padding_layers",
    "identity_with_maximum_for_relu", "projection_with_pooling_op", "projection_with_relu_behind_the_pooling",
    "projection_of_a_subsampled_tensor", "projection_of_a_slice", "projection_with_python_sum",
    "toy_resnet_with_mean_op", "toy_resnet_with_flattened_average", "toy_resnet_with_average_over_all_pixels",
}
