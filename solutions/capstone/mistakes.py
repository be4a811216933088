"""Wrong answers to the capstone task: the grader's own exam, which must reject every one and name the mistake.

Each docstring says which of the five properties the design lacks, and why. All but that is right: the designs are
made of the same parts, of which each function changes one.
"""

import math

import keras
from keras import layers, ops

WIDTH = 6


def _conv(kernel=3, width=WIDTH, **options):
    return layers.Conv2D(width, kernel, **{"padding": "same", "activation": "relu"} | options)


def _residual(x):
    return layers.add([_conv()(x), x])


def _branches(x):
    return layers.concatenate([_conv(1)(x), _conv(3)(x)])


def _sharing(x):
    again = _conv(width=x.shape[-1])
    return again(again(x))


def _head(x, classes):
    return layers.Dense(classes)(layers.GlobalAveragePooling2D()(x))


def _design(input_shape, classes, *, residual=_residual, branches=_branches, sharing=_sharing, head=_head):
    """Return a model of fewer than 3,000 parameters, below every budget: a right one, but for what is handed in."""
    inputs = keras.Input(input_shape)
    x = sharing(branches(residual(_conv(strides=2)(inputs))))
    return keras.Model(inputs, head(x, classes))


# --- ends -------------------------------------------------------------------------------------------------------------


def scores_at_every_pixel(input_shape, classes, budget):
    """Nothing pools: the scores have height and width."""
    return _design(input_shape, classes, head=lambda x, n: layers.Dense(n)(x))


def scores_for_every_column(input_shape, classes, budget):
    """The mean is taken over the height only: each column has scores of its own."""
    return _design(input_shape, classes, head=lambda x, n: layers.Dense(n)(ops.mean(x, axis=1)))


def scores_over_the_height(input_shape, classes, budget):
    """The pooling takes the height for the channels: the output has a number for each row, and none for a class."""
    return _design(input_shape, classes, head=lambda x, n: layers.GlobalAveragePooling2D(
        data_format="channels_first")(_conv(1, n)(x)))


def a_class_too_many(input_shape, classes, budget):
    """There is one unit more than there are classes."""
    return _design(input_shape, classes, head=lambda x, n: _head(x, n + 1))


def always_ten_classes(input_shape, classes, budget):
    """The output has ten units, whatever the number of classes is."""
    return _design(input_shape, classes, head=lambda x, n: _head(x, 10))


def one_unit(input_shape, classes, budget):
    """The output is one sigmoid unit: two classes at most can be told apart."""
    return _design(input_shape, classes, head=lambda x, n: layers.Dense(1, activation="sigmoid")(
        layers.GlobalMaxPooling2D()(x)))


def the_number_of_the_class(input_shape, classes, budget):
    """The output is the number of the best class instead of a score for each."""
    return _design(input_shape, classes, head=lambda x, n: ops.argmax(_head(x, n), axis=-1))


def features_as_a_second_output(input_shape, classes, budget):
    """The model has two outputs."""
    return _design(input_shape, classes, head=lambda x, n: [_head(x, n), layers.GlobalMaxPooling2D()(x)])


def always_pictures_of_32(input_shape, classes, budget):
    """The input is 32x32x3, whatever `input_shape` is."""
    return _design((32, 32, 3), classes)


def pixels_in_a_row(input_shape, classes, budget):
    """The input is flat: the pictures would have to be reshaped before they enter."""
    inputs = keras.Input((math.prod(input_shape),))
    return keras.Model(inputs, _design(input_shape, classes)(layers.Reshape(input_shape)(inputs)))


def pictures_of_one_channel(input_shape, classes, budget):
    """The input has one channel, whatever the number of channels is."""
    return _design((*input_shape[:2], 1), classes)


def batches_of_32(input_shape, classes, budget):
    """The size of the batch is fixed."""
    inputs = keras.Input(batch_shape=(32, *input_shape))
    return keras.Model(inputs, _design(input_shape, classes)(inputs))


def a_second_picture(input_shape, classes, budget):
    """The model wants two pictures."""
    inputs = [keras.Input(input_shape), keras.Input(input_shape)]
    return keras.Model(inputs, _design(input_shape, classes)(layers.average(inputs)))


# --- budget -----------------------------------------------------------------------------------------------------------


def _with_parameters(input_shape, classes, number, **parts):
    """Return a design of exactly as many parameters: a Dense layer without bias on one number fills it up."""
    missing = number - _design(input_shape, classes, **parts).count_params()

    def head(x, n):
        mean = ops.mean(x, axis=(1, 2, 3))
        filling = layers.Dense(missing, use_bias=False)(ops.expand_dims(mean, -1))
        return layers.Multiply()([_head(x, n), ops.mean(filling, axis=-1, keepdims=True)])

    return _design(input_shape, classes, **parts, head=head)


def a_parameter_too_many(input_shape, classes, budget):
    """The model has one parameter more than the budget."""
    return _with_parameters(input_shape, classes, budget + 1)


def biases_not_counted(input_shape, classes, budget):
    """The kernels alone keep to the budget, and the biases come on top."""
    biases = sum(math.prod(weight.shape) for weight in _design(input_shape, classes).weights if len(weight.shape) == 1)
    return _with_parameters(input_shape, classes, budget + biases)


def statistics_not_counted(input_shape, classes, budget):
    """The trained parameters keep to the budget, and the moving statistics of a normalisation come on top."""
    def normalised(x):
        return layers.BatchNormalization()(_branches(x))

    return _with_parameters(input_shape, classes, budget + 2 * 2 * WIDTH, branches=normalised)


def frozen_layers_not_counted(input_shape, classes, budget):
    """The trained parameters keep to the budget, and a frozen layer comes on top."""
    model = _with_parameters(input_shape, classes, budget + 3 * 3 * input_shape[-1] * WIDTH + WIDTH)
    next(layer for layer in model.layers if layer.weights).trainable = False
    return model


def flattened(input_shape, classes, budget):
    """A Dense layer on all pixels of all channels has many times the budget."""
    return _design(input_shape, classes, head=lambda x, n: layers.Dense(n)(
        layers.Dense(128, activation="relu")(layers.Flatten()(x))))


def right_for_one_budget(input_shape, classes, budget):
    """The width fits a budget of 60,000, whatever the budget is."""
    return _design(input_shape, classes, branches=lambda x: layers.concatenate([_conv(1, 50)(x), _conv(3, 22)(x)]))


def budget_for_each_layer(input_shape, classes, budget):
    """Each of two layers keeps to the budget, their sum does not."""
    width = budget // (3 * 3 * WIDTH + 1)

    def wide(x):
        return layers.concatenate([_conv(3, width)(x), _conv(3, width, activation="tanh")(x)])

    return _design(input_shape, classes, branches=lambda x: _conv(1, 2)(wide(x)))


# --- residual connection ----------------------------------------------------------------------------------------------


def without_a_shortcut(input_shape, classes, budget):
    """Nothing is added."""
    return _design(input_shape, classes, residual=lambda x: _conv()(_conv()(x)))


def added_to_itself(input_shape, classes, budget):
    """One tensor is added to itself: there is one path, not two."""
    def doubled(x):
        x = _conv()(x)
        return layers.add([x, x])

    return _design(input_shape, classes, residual=doubled)


def two_activations_added(input_shape, classes, budget):
    """The two paths are activations of one tensor: none has weights."""
    def activated(x):
        x = _conv(activation=None)(x)
        return layers.add([ops.relu(x), ops.tanh(x)])

    return _design(input_shape, classes, residual=activated)


def pooled_and_added(input_shape, classes, budget):
    """The longer path is a pooling, which has no weights."""
    return _design(input_shape, classes,
                   residual=lambda x: x + layers.MaxPooling2D(3, strides=1, padding="same")(x))


def the_same_call_twice_added(input_shape, classes, budget):
    """One layer, called twice on one tensor, gives one tensor: it is added to itself."""
    def doubled(x):
        layer = _conv()
        return layer(x) + layer(x)

    return _design(input_shape, classes, residual=doubled)


def equal_paths_added(input_shape, classes, budget):
    """The two paths are equal layers: they do not differ."""
    return _design(input_shape, classes, residual=lambda x: layers.add([_conv()(x), _conv()(x)]))


def longer_path_without_weights(input_shape, classes, budget):
    """Of the two paths the shorter one has weights, and the longer one has none."""
    def crossed(x):
        longer = layers.AveragePooling2D(3, strides=1, padding="same")(
            layers.MaxPooling2D(3, strides=1, padding="same")(x))
        return layers.add([_conv(1)(x), longer])

    return _design(input_shape, classes, residual=crossed)


def shortcut_from_another_input(input_shape, classes, budget):
    """The two paths start from different inputs: they share no tensor."""
    inputs, other = keras.Input(input_shape), keras.Input(input_shape)
    x = layers.add([_conv()(inputs), _conv(1)(other)])
    return keras.Model([inputs, other], _head(_sharing(_branches(x)), classes))


def shortcut_concatenated(input_shape, classes, budget):
    """The shortcut is put beside the main path instead of added to it."""
    return _design(input_shape, classes, residual=lambda x: layers.concatenate([_conv()(x), x]))


def shortcut_multiplied(input_shape, classes, budget):
    """The shortcut is multiplied with the main path: a gate, no addition."""
    return _design(input_shape, classes, residual=lambda x: layers.multiply([_conv()(x), x]))


def shortcut_averaged(input_shape, classes, budget):
    """The mean of both paths is half of their sum."""
    return _design(input_shape, classes, residual=lambda x: layers.average([_conv()(x), x]))


def shortcut_subtracted(input_shape, classes, budget):
    """The shortcut is taken away from the main path."""
    return _design(input_shape, classes, residual=lambda x: layers.subtract([_conv()(x), x]))


def a_number_added(input_shape, classes, budget):
    """What is added is a number, not a second path."""
    return _design(input_shape, classes, residual=lambda x: _conv()(x) + 1.0)


# --- branches ---------------------------------------------------------------------------------------------------------


def without_branches(input_shape, classes, budget):
    """Nothing is concatenated."""
    return _design(input_shape, classes, branches=_conv())


def concatenated_with_itself(input_shape, classes, budget):
    """One tensor stands twice in the list: there is one branch, not two."""
    def doubled(x):
        x = _conv()(x)
        return layers.concatenate([x, x])

    return _design(input_shape, classes, branches=doubled)


def branches_without_weights(input_shape, classes, budget):
    """Both branches are poolings, which have no weights."""
    return _design(input_shape, classes, branches=lambda x: layers.concatenate([
        layers.MaxPooling2D(3, strides=1, padding="same")(x),
        layers.AveragePooling2D(3, strides=1, padding="same")(x)]))


def one_branch_without_weights(input_shape, classes, budget):
    """Of the two branches only one has weights."""
    return _design(input_shape, classes, branches=lambda x: layers.concatenate([
        _conv()(x), layers.MaxPooling2D(3, strides=1, padding="same")(x)]))


def the_tensor_and_one_branch(input_shape, classes, budget):
    """One branch is the tensor itself, which has passed no layer since the fork."""
    return _design(input_shape, classes, branches=lambda x: layers.concatenate([x, _conv()(x)]))


def two_activations_concatenated(input_shape, classes, budget):
    """The branches are activations of one convolution: what has weights lies before the fork."""
    def activated(x):
        x = _conv(activation=None)(x)
        return layers.concatenate([ops.relu(x), ops.sigmoid(x)])

    return _design(input_shape, classes, branches=activated)


def equal_branches(input_shape, classes, budget):
    """Both branches are equal layers: they do not differ."""
    return _design(input_shape, classes, branches=lambda x: layers.concatenate([_conv()(x), _conv()(x)]))


def branches_with_other_first_weights(input_shape, classes, budget):
    """Names and initialisers are all that differs between the branches."""
    return _design(input_shape, classes, branches=lambda x: layers.concatenate([
        _conv(name="left")(x), _conv(name="right", kernel_initializer="he_normal")(x)]))


def one_layer_as_both_branches(input_shape, classes, budget):
    """One layer, called twice on one tensor, gives one tensor, which is concatenated with itself."""
    def doubled(x):
        layer = _conv()
        return layers.concatenate([layer(x), layer(x)])

    return _design(input_shape, classes, branches=doubled)


def branches_added(input_shape, classes, budget):
    """The branches are summed instead of put side by side."""
    return _design(input_shape, classes, branches=lambda x: layers.add([_conv(1)(x), _conv(3)(x)]))


def branches_compared(input_shape, classes, budget):
    """The larger of the two branches is taken at each place."""
    return _design(input_shape, classes, branches=lambda x: layers.maximum([_conv(1)(x), _conv(3)(x)]))


# --- sharing ----------------------------------------------------------------------------------------------------------


def without_sharing(input_shape, classes, budget):
    """Each layer is called once."""
    return _design(input_shape, classes, sharing=_conv())


def called_twice_on_one_tensor(input_shape, classes, budget):
    """The layer is called twice, but both times on the same tensor: both results are one."""
    def twice(x):
        layer = _conv(width=x.shape[-1])
        return layers.maximum([layer(x), layer(x)])

    return _design(input_shape, classes, sharing=twice)


def called_on_a_tensor_and_its_copy(input_shape, classes, budget):
    """The second tensor is the first one behind layers that change nothing."""
    def twice(x):
        layer = _conv(width=x.shape[-1])
        return layers.maximum([layer(x), layer(layers.Activation("linear")(layers.Identity()(x)))])

    return _design(input_shape, classes, sharing=twice)


def weightless_layer_shared(input_shape, classes, budget):
    """The layer that is called twice is a pooling, which has no weights to share."""
    def twice(x):
        pool = layers.MaxPooling2D(3, strides=1, padding="same")
        return pool(_conv()(pool(x)))

    return _design(input_shape, classes, sharing=twice)


def equal_layers(input_shape, classes, budget):
    """Two layers with equal settings have weights of their own."""
    return _design(input_shape, classes, sharing=lambda x: _conv(width=2 * WIDTH)(_conv(width=2 * WIDTH)(x)))


def layer_made_anew_in_a_function(input_shape, classes, budget):
    """The function makes a new layer at each of its calls."""
    def refine(x):
        return _conv(width=x.shape[-1], kernel_initializer=keras.initializers.GlorotUniform(seed=1))(x)

    return _design(input_shape, classes, sharing=lambda x: refine(refine(x)))


def layer_copied_by_its_config(input_shape, classes, budget):
    """A layer made from the config of another has weights of its own."""
    def copied(x):
        layer = _conv(width=x.shape[-1])
        return layers.Conv2D.from_config(layer.get_config() | {"name": "copy"})(layer(x))

    return _design(input_shape, classes, sharing=copied)


def weights_copied(input_shape, classes, budget):
    """The second layer begins with the weights of the first, and learns its own from then on."""
    def copied(x):
        one, two = _conv(width=x.shape[-1]), _conv(width=x.shape[-1])
        x = two(one(x))
        two.set_weights(one.get_weights())
        return x

    return _design(input_shape, classes, sharing=copied)


def second_call_unused(input_shape, classes, budget):
    """The result of the second call leads nowhere, and is no part of the model."""
    def forgotten(x):
        layer = _conv(width=x.shape[-1])
        y = layer(x)
        layer(y)
        return y

    return _design(input_shape, classes, sharing=forgotten)


# --- no model of built-in layers --------------------------------------------------------------------------------------


def a_lambda(input_shape, classes, budget):
    """A Lambda layer holds code, which cannot travel with an answer: built-in layers were asked for."""
    return _design(input_shape, classes, residual=lambda x: layers.Lambda(lambda y: y * 2)(_residual(x)))


def a_tensor(input_shape, classes, budget):
    """The function returns the output tensor, not a model."""
    return _design(input_shape, classes).output


def not_returned(input_shape, classes, budget):
    """The function builds a model and returns nothing."""
    _design(input_shape, classes)


OUTPUT, INPUT, BUDGET = {"output_shape"}, {"input_shape"}, {"budget"}
RESIDUAL, BRANCHES, SHARING = {"no_residual"}, {"no_concatenation"}, {"no_sharing"}

MISTAKES = {
    "capstone/budget": [
        ("output of another shape", scores_at_every_pixel, OUTPUT),
        ("output of another shape", scores_for_every_column, OUTPUT),
        ("output of another shape", scores_over_the_height, OUTPUT),
        ("output of another shape", a_class_too_many, OUTPUT),
        ("output of another shape", always_ten_classes, OUTPUT),
        ("output of another shape", one_unit, OUTPUT),
        ("output of another shape", the_number_of_the_class, OUTPUT),
        ("two outputs", features_as_a_second_output, OUTPUT),
        ("input of another shape", always_pictures_of_32, INPUT),
        ("input of another shape", pixels_in_a_row, INPUT),
        ("input of another shape", pictures_of_one_channel, INPUT),
        ("input of another shape", batches_of_32, INPUT),
        ("two inputs", a_second_picture, INPUT),
        ("budget exceeded", a_parameter_too_many, BUDGET),
        ("budget exceeded", biases_not_counted, BUDGET),
        ("budget exceeded", statistics_not_counted, BUDGET),
        ("budget exceeded", frozen_layers_not_counted, BUDGET),
        ("budget exceeded", flattened, BUDGET),
        ("budget exceeded", right_for_one_budget, BUDGET),
        ("budget exceeded", budget_for_each_layer, BUDGET),
        ("no addition", without_a_shortcut, RESIDUAL),
        ("no addition", shortcut_concatenated, RESIDUAL),
        ("no addition", shortcut_multiplied, RESIDUAL),
        ("no addition", shortcut_averaged, RESIDUAL),
        ("no addition", shortcut_subtracted, RESIDUAL),
        ("addition of one path", added_to_itself, RESIDUAL),
        ("addition of one path", the_same_call_twice_added, RESIDUAL),
        ("addition of one path", a_number_added, RESIDUAL),
        ("addition without weights", two_activations_added, RESIDUAL),
        ("addition without weights", pooled_and_added, RESIDUAL),
        ("addition without weights", longer_path_without_weights, RESIDUAL),
        ("addition of equal paths", equal_paths_added, RESIDUAL),
        ("shortcut from elsewhere", shortcut_from_another_input, RESIDUAL),
        ("no concatenation", without_branches, BRANCHES),
        ("no concatenation", branches_added, BRANCHES),
        ("no concatenation", branches_compared, BRANCHES),
        ("concatenation of one branch", concatenated_with_itself, BRANCHES),
        ("concatenation of one branch", one_layer_as_both_branches, BRANCHES),
        ("concatenation of one branch", the_tensor_and_one_branch, BRANCHES),
        ("branches without weights", branches_without_weights, BRANCHES),
        ("branches without weights", one_branch_without_weights, BRANCHES),
        ("branches without weights", two_activations_concatenated, BRANCHES),
        ("equal branches", equal_branches, BRANCHES),
        ("equal branches", branches_with_other_first_weights, BRANCHES),
        ("nothing shared", without_sharing, SHARING),
        ("nothing shared", equal_layers, SHARING),
        ("nothing shared", layer_made_anew_in_a_function, SHARING),
        ("nothing shared", layer_copied_by_its_config, SHARING),
        ("nothing shared", weights_copied, SHARING),
        ("nothing shared", second_call_unused, SHARING),
        ("called on one tensor", called_twice_on_one_tensor, SHARING),
        ("called on one tensor", called_on_a_tensor_and_its_copy, SHARING),
        ("weightless layer shared", weightless_layer_shared, SHARING),
        ("no model of built-in layers", a_lambda, {"no_model"}),
        ("no model of built-in layers", a_tensor, {"no_model"}),
        ("no model of built-in layers", not_returned, {"no_model"}),
    ],
}
