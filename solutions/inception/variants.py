"""Right answers to the inception tasks in other styles: the grader's own exam, which must accept every one."""

from functools import partial, reduce

import keras
from keras import layers, ops

# --- branches ---------------------------------------------------------------------------------------------------------


def branches_in_reverse_order(x, filters):
    """The branches are made and joined in reverse order, with `layers.concatenate`."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    wide = conv(3, strides=2)(conv(3)(conv(1)(x)))
    pooled = conv(3)(layers.AveragePooling2D(3, strides=2, padding="same")(x))
    window = conv(3, strides=2)(conv(1)(x))
    point = conv(1, strides=2)(x)
    return layers.concatenate([wide, pooled, window, point])


def branches_with_ops_concatenate(x, filters):
    """`keras.ops.concatenate` on axis 3 joins; all settings are tuples and keywords."""
    def conv(tensor, side, stride):
        return layers.Conv2D(filters=filters, kernel_size=(side, side), strides=(stride, stride), padding="same",
                             data_format="channels_last", dilation_rate=(1, 1), groups=1, activation="relu",
                             use_bias=True, kernel_regularizer=None)(tensor)

    a = conv(x, 1, 2)
    b = conv(conv(x, 1, 1), 3, 2)
    c = conv(layers.AveragePooling2D(pool_size=(3, 3), strides=(2, 2), padding="same")(x), 3, 1)
    d = conv(conv(conv(x, 1, 1), 3, 1), 3, 2)
    return ops.concatenate((a, b, c, d), axis=3)


def branches_with_activation_layers(x, filters):
    """Each relu is a layer of its own, once `Activation` and once `ReLU`."""
    def conv(tensor, side, stride=1):
        tensor = layers.Conv2D(filters, side, stride, "same")(tensor)
        return layers.Activation("relu")(tensor) if stride == 1 else layers.ReLU()(tensor)

    a = conv(x, 1, 2)
    b = conv(conv(x, 1), 3, 2)
    c = conv(layers.AvgPool2D(3, 2, "same")(x), 3)
    d = conv(conv(conv(x, 1), 3), 3, 2)
    return layers.Concatenate()([a, b, c, d])


def branches_with_activation_functions(x, filters):
    """Each relu is a function call on the tensor."""
    def conv(tensor, side, stride=1, function=keras.activations.relu):
        return function(layers.Conv2D(filters, side, strides=stride, padding="same")(tensor))

    branches = [
        conv(x, 1, 2),
        conv(conv(x, 1, function=ops.relu), 3, 2),
        conv(layers.AveragePooling2D(3, 2, padding="same")(x), 3, function=ops.nn.relu),
        conv(conv(conv(x, 1), 3), 3, 2, function=ops.relu),
    ]
    return layers.concatenate(branches, axis=-1)


def branches_with_activation_objects(x, filters):
    """`activation=` is a function or a layer object instead of a name."""
    def conv(side, stride, activation):
        return layers.Conv2D(filters, side, strides=stride, padding="same", activation=activation)

    a = conv(1, 2, keras.activations.relu)(x)
    b = conv(3, 2, layers.ReLU())(conv(1, 1, keras.activations.get("relu"))(x))
    c = conv(3, 1, layers.Activation("relu"))(layers.AveragePooling2D(3, strides=2, padding="same")(x))
    d = conv(3, 2, "relu")(conv(3, 1, layers.ReLU())(conv(1, 1, ops.relu)(x)))
    return layers.concatenate([a, b, c, d])


def branches_as_nested_models(x, filters):
    """Each branch is a functional model of its own, called on x."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")

    def branch(*steps):
        entry = keras.Input(x.shape[1:])
        return keras.Model(entry, reduce(lambda tensor, step: step(tensor), steps, entry))

    models = [
        branch(conv(1, strides=2)),
        branch(conv(1), conv(3, strides=2)),
        branch(layers.AveragePooling2D(3, strides=2, padding="same"), conv(3)),
        branch(conv(1), conv(3), conv(3, strides=2)),
    ]
    return layers.concatenate([model(x) for model in models])


def branches_as_sequentials(x, filters):
    """Each branch is a Sequential, half of them built before they are called, on pictures of any size."""
    def conv(side, strides=1):
        return layers.Conv2D(filters, side, strides=strides, activation="relu", padding="same")

    any_size = (None, None, x.shape[-1])
    a = keras.Sequential([keras.Input(any_size), conv(1, 2)])
    b = keras.Sequential([conv(1), conv(3, 2)], name="window")
    c = keras.Sequential([keras.Input(any_size), layers.AveragePooling2D(3, 2, "same"), conv(3)])
    d = keras.Sequential()
    for layer in (conv(1), conv(3), conv(3, 2)):
        d.add(layer)
    return layers.Concatenate(axis=-1)([a(x), b(x), c(x), d(x)])


def branches_from_a_table(x, filters):
    """A table says window and stride of each step; a loop builds."""
    table = [[(1, 2)], [(1, 1), (3, 2)], ["pool", (3, 1)], [(1, 1), (3, 1), (3, 2)]]
    ends = []
    for steps in table:
        tensor = x
        for step in steps:
            if step == "pool":
                tensor = layers.AveragePooling2D(3, strides=2, padding="same")(tensor)
            else:
                side, stride = step
                tensor = layers.Conv2D(filters, side, strides=stride, padding="same", activation="relu")(tensor)
        ends.append(tensor)
    return layers.concatenate(ends, axis=3)


class _ModuleBuilder:
    """Makes the layers first and wires them later."""

    def __init__(self, filters):
        self.point, *self.others = [
            layers.Conv2D(filters, side, strides=stride, padding="same", activation="relu")
            for side, stride in [(1, 2), (1, 1), (3, 2), (3, 1), (1, 1), (3, 1), (3, 2)]]
        self.pool = layers.AveragePooling2D(3, strides=2, padding="same")

    def __call__(self, x):
        reduce_b, window_b, window_c, reduce_d, first_d, second_d = self.others
        ends = [self.point(x), window_b(reduce_b(x)), window_c(self.pool(x)), second_d(first_d(reduce_d(x)))]
        return layers.Concatenate()(ends)


def branches_by_a_builder(x, filters):
    """A plain class holds the layers, all made before the first is called."""
    return _ModuleBuilder(filters)(x)


def branches_with_names_and_initialisers(x, filters):
    """All layers have names and other initialisers."""
    def conv(name, side, strides=1):
        return layers.Conv2D(filters, side, strides=strides, padding="same", activation="relu", name=name,
                             kernel_initializer="he_normal", bias_initializer=keras.initializers.Constant(0.1))

    a = conv("a_point", 1, 2)(x)
    b = conv("b_window", 3, 2)(conv("b_point", 1)(x))
    c = conv("c_window", 3)(layers.AveragePooling2D(3, 2, "same", name="c_pool")(x))
    d = conv("d_last", 3, 2)(conv("d_window", 3)(conv("d_point", 1)(x)))
    return layers.Concatenate(name="join")([b, a, d, c])


def branches_joined_in_pairs(x, filters):
    """Branches are joined two by two, and the pairs again."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    left = layers.concatenate([conv(1, strides=2)(x), conv(3, strides=2)(conv(1)(x))])
    right = layers.concatenate([
        conv(3)(layers.AveragePooling2D(3, strides=2, padding="same")(x)),
        conv(3, strides=2)(conv(3)(conv(1)(x))),
    ])
    return ops.concatenate([left, right], axis=-1)


def branches_with_identities(x, filters):
    """Identity layers and dropouts of nothing stand between the steps; 1x1 windows are padded "valid"."""
    def conv(side, strides=1):
        return layers.Conv2D(filters, side, strides=strides, padding="valid" if side == 1 else "same",
                             activation="relu")

    entry = layers.Identity()(x)
    a = conv(1, 2)(entry)
    b = conv(3, 2)(layers.Dropout(0.0)(conv(1)(entry)))
    c = conv(3)(layers.Identity()(layers.AveragePooling2D(3, 2, "same")(x)))
    d = layers.Activation("linear")(conv(3, 2)(conv(3)(conv(1)(x))))
    return layers.Identity()(layers.concatenate([a, b, c, d]))


def branches_with_pooling_op(x, filters):
    """`keras.ops.average_pool` pools."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    pooled = ops.average_pool(x, 3, strides=2, padding="same")
    return layers.concatenate([conv(1, strides=2)(x), conv(3, strides=2)(conv(1)(x)), conv(3)(pooled),
                               conv(3, strides=2)(conv(3)(conv(1)(x)))])


def branches_with_padding_layers(x, filters):
    """Borders are added by ZeroPadding2D, as "same" would add them, before windows that pad nothing."""
    def conv(tensor, side, stride=1):
        if side > 1:
            before_after = [(1, 1) if stride == 1 or size % 2 else (0, 1) for size in tensor.shape[1:3]]
            tensor = layers.ZeroPadding2D(tuple(before_after))(tensor)
        return layers.Conv2D(filters, side, strides=stride, activation="relu")(tensor)

    pooled = layers.AveragePooling2D(3, strides=2, padding="same")(x)
    return layers.concatenate([conv(x, 1, 2), conv(conv(x, 1), 3, 2), conv(pooled, 3),
                               conv(conv(conv(x, 1), 3), 3, 2)])


def branches_with_a_slice_for_the_stride(x, filters):
    """The strided 1x1 convolution is one with stride 1 on every second pixel."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    return layers.concatenate([
        conv(1)(x[:, ::2, ::2, :]),
        conv(3, strides=2)(conv(1)(x)),
        conv(3)(layers.AveragePooling2D(3, strides=2, padding="same")(x)),
        conv(3, strides=2)(conv(3)(conv(1)(x))),
    ])


def branches_with_relu_behind_the_join(x, filters):
    """The last relu of all four branches is one relu behind the concatenation."""
    def conv(side, strides=1, activation="relu"):
        return layers.Conv2D(filters, side, strides=strides, padding="same", activation=activation)

    return layers.ReLU()(layers.concatenate([
        conv(1, 2, None)(x),
        conv(3, 2, None)(conv(1)(x)),
        conv(3, 1, None)(layers.AveragePooling2D(3, strides=2, padding="same")(x)),
        conv(3, 2, None)(conv(3)(conv(1)(x))),
    ]))


# --- towers -----------------------------------------------------------------------------------------------------------


def towers_in_reverse_order(x, filters):
    """The towers are made and joined in reverse order, with `keras.ops.concatenate`."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    pooled = conv(1)(layers.MaxPooling2D(3, strides=1, padding="same")(x))
    wide = conv(5)(conv(1)(x))
    narrow = conv(3)(conv(1)(x))
    return ops.concatenate([pooled, wide, narrow], axis=-1)


def towers_by_comprehension(x, filters):
    """One comprehension makes the two towers of convolutions; the pooling joins the list."""
    def conv(side):
        return layers.Conv2D(filters, (side, side), strides=(1, 1), padding="same", activation="relu")

    towers = [conv(side)(conv(1)(x)) for side in (3, 5)]
    towers.append(conv(1)(layers.MaxPool2D((3, 3), strides=(1, 1), padding="same")(x)))
    return layers.Concatenate(axis=3)(towers)


def towers_with_activation_layers(x, filters):
    """Each relu is a layer of its own; the 1x1 windows are padded "valid"."""
    def conv(tensor, side):
        padding = "same" if side > 1 else "valid"
        return layers.ReLU()(layers.Conv2D(filters, side, padding=padding)(tensor))

    return layers.concatenate([
        conv(conv(x, 1), 3),
        conv(conv(x, 1), 5),
        conv(layers.MaxPooling2D(3, 1, padding="same")(x), 1),
    ])


def towers_with_activation_functions(x, filters):
    """Each relu is a function call; the convolution is `layers.Convolution2D`, its other name."""
    def conv(tensor, side):
        return keras.activations.relu(layers.Convolution2D(filters, side, padding="same")(tensor))

    narrow = conv(conv(x, 1), 3)
    wide = conv(conv(x, 1), 5)
    pooled = conv(layers.MaxPooling2D(3, 1, "same")(x), 1)
    return layers.concatenate([narrow, wide, pooled], axis=-1)


def towers_as_nested_models(x, filters):
    """The whole module is one functional model with three outputs, called on x."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    entry = keras.Input(x.shape[1:])
    module = keras.Model(entry, [
        conv(3)(conv(1)(entry)),
        conv(5)(conv(1)(entry)),
        conv(1)(layers.MaxPooling2D(3, strides=1, padding="same")(entry)),
    ])
    return layers.concatenate(module(x))


def towers_as_a_model_with_named_outputs(x, filters):
    """The towers are the dict of outputs of one nested model."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    entry = keras.Input((None, None, x.shape[-1]))
    module = keras.Model(entry, {
        "narrow": conv(3)(conv(1)(entry)),
        "wide": conv(5)(conv(1)(entry)),
        "pooled": conv(1)(layers.MaxPooling2D(3, strides=1, padding="same")(entry)),
    })
    towers = module(x)
    return layers.concatenate([towers["narrow"], towers["wide"], towers["pooled"]])


def towers_as_sequentials(x, filters):
    """Each tower is a Sequential without an input of its own."""
    def conv(side):
        return layers.Conv2D(filters, side, padding="same", activation="relu")

    towers = (keras.Sequential([conv(1), conv(3)]), keras.Sequential([conv(1), conv(5)]),
              keras.Sequential([layers.MaxPooling2D(3, strides=1, padding="same"), conv(1)]))
    return layers.Concatenate()([tower(x) for tower in towers])


def towers_with_names_and_initialisers(x, filters):
    """All layers have names and other initialisers, and all settings are said."""
    def conv(name, side):
        return layers.Conv2D(filters, side, strides=1, padding="same", dilation_rate=1, groups=1, use_bias=True,
                             activation="relu", name=name, kernel_initializer="orthogonal", bias_initializer="ones",
                             bias_regularizer=None, kernel_constraint=None)

    one = conv("tower_1_window", 3)(conv("tower_1_point", 1)(x))
    two = conv("tower_2_window", 5)(conv("tower_2_point", 1)(x))
    three = conv("tower_3_point", 1)(layers.MaxPooling2D(3, strides=1, padding="same", name="tower_3_pool")(x))
    return layers.Concatenate(axis=-1, name="towers")([one, two, three])


def towers_joined_one_by_one(x, filters):
    """Each tower is joined to what is there as soon as it is made."""
    conv = partial(layers.Conv2D, filters, activation="relu", padding="same")
    joined = conv(3)(conv(1)(x))
    joined = layers.concatenate([joined, conv(5)(conv(1)(x))])
    return layers.concatenate([joined, conv(1)(layers.MaxPooling2D(3, strides=1, padding="same")(x))])


def towers_with_pooling_op(x, filters):
    """`keras.ops.max_pool` pools."""
    conv = partial(layers.Conv2D, filters, padding="same", activation="relu")
    pooled = ops.max_pool(x, (3, 3), strides=1, padding="same")
    return layers.concatenate([conv(3)(conv(1)(x)), conv(5)(conv(1)(x)), conv(1)(pooled)])


def towers_with_padding_layers(x, filters):
    """ZeroPadding2D adds the borders that "same" would add, before windows that pad nothing."""
    def conv(side):
        return layers.Conv2D(filters, side, activation="relu")

    narrow = conv(3)(layers.ZeroPadding2D(1)(conv(1)(x)))
    wide = conv(5)(layers.ZeroPadding2D((2, 2))(conv(1)(x)))
    pooled = conv(1)(layers.MaxPooling2D(3, strides=1, padding="same")(x))
    return layers.concatenate([narrow, wide, pooled])


def towers_with_relu_behind_the_join(x, filters):
    """The last relu of all three towers is one relu behind the concatenation."""
    conv = partial(layers.Conv2D, filters, padding="same")
    joined = layers.concatenate([
        conv(3)(conv(1, activation="relu")(x)),
        conv(5)(conv(1, activation="relu")(x)),
        conv(1)(layers.MaxPooling2D(3, strides=1, padding="same")(x)),
    ])
    return ops.relu(joined)


def towers_with_maximum_for_relu(x, filters):
    """Relu is written as the larger of a number and zero."""
    def conv(tensor, side):
        return ops.maximum(layers.Conv2D(filters, side, padding="same")(tensor), 0)

    pooled = layers.MaxPooling2D(3, strides=1, padding="same")(x)
    return layers.concatenate([conv(conv(x, 1), 3), conv(conv(x, 1), 5), conv(pooled, 1)])


VARIANTS = {
    "inception/branches": [
        branches_in_reverse_order, branches_with_ops_concatenate, branches_with_activation_layers,
        branches_with_activation_functions, branches_with_activation_objects, branches_as_nested_models,
        branches_as_sequentials, branches_from_a_table, branches_by_a_builder, branches_with_names_and_initialisers,
        branches_joined_in_pairs, branches_with_identities, branches_with_pooling_op, branches_with_padding_layers,
        branches_with_a_slice_for_the_stride, branches_with_relu_behind_the_join,
    ],
    "inception/towers": [
        towers_in_reverse_order, towers_by_comprehension, towers_with_activation_layers,
        towers_with_activation_functions, towers_as_nested_models, towers_as_a_model_with_named_outputs,
        towers_as_sequentials, towers_with_names_and_initialisers, towers_joined_one_by_one, towers_with_pooling_op,
        towers_with_padding_layers, towers_with_relu_behind_the_join, towers_with_maximum_for_relu,
    ],
}

# Equal by what they compute: no rewrite rule is expected to make their graphs equal.
FINGERPRINT = {
    "branches_with_pooling_op", "branches_with_padding_layers", "branches_with_a_slice_for_the_stride",
    "towers_with_pooling_op", "towers_with_padding_layers", "towers_with_maximum_for_relu",
}
