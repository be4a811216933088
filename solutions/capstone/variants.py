"""Right answers to the capstone task, of other designs and styles: the grader's own exam, which must accept all."""

import keras
from keras import layers, ops


def _fitting(build, widths, budget):
    """Return the first model of the given widths, largest first, that keeps to the budget."""
    return next(model for model in map(build, widths) if model.count_params() <= budget)


def one_size_for_all(input_shape, classes, budget):
    """One small design keeps to the smallest budget, whatever the budget is."""
    inputs = keras.Input(input_shape)
    x = layers.Conv2D(8, 3, padding="same", activation="relu")(inputs)
    shared = layers.Conv2D(8, 3, padding="same", activation="relu")
    x = x + shared(shared(x))
    x = layers.concatenate([layers.Conv2D(8, 1, activation="relu")(x), layers.Conv2D(8, 3, padding="same")(x)])
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(inputs, layers.Dense(classes)(x))


def narrower_until_it_fits(input_shape, classes, budget):
    """Narrower and narrower models are built until one keeps to the budget."""
    def build(width):
        inputs = keras.Input(shape=input_shape)
        x = layers.Conv2D(width, 3, strides=2, padding="same", activation="relu")(inputs)
        towers = [layers.Conv2D(width, side, padding="same", activation="relu")(x) for side in (1, 3)]
        towers.append(layers.Conv2D(width, 1, activation="relu")(layers.MaxPooling2D(3, 1, "same")(x)))
        x = layers.Concatenate()(towers)
        x = layers.Conv2D(width, 1, activation="relu")(x)
        refine = layers.Conv2D(width, 3, padding="same", activation="relu")
        for _ in range(3):
            x = layers.Add()([x, refine(x)])
        x = layers.GlobalMaxPooling2D()(x)
        return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))

    return _fitting(build, (64, 48, 32, 24, 16, 8), budget)


def shared_over_two_scales(input_shape, classes, budget):
    """One convolution reads the picture and its half-sized copy, as a Siamese layer does."""
    inputs = keras.Input(input_shape)
    half = layers.AveragePooling2D(2)(inputs)
    look = layers.Conv2D(12, 3, padding="same", activation="relu", name="look_at_both_scales")
    fine, coarse = layers.MaxPooling2D(2)(look(inputs)), look(half)
    x = layers.concatenate([layers.Conv2D(6, 1, name="fine")(fine), layers.Conv2D(6, 3, padding="same")(coarse)])
    main_path = layers.Conv2D(12, 3, padding="same", activation="relu")(x)
    x = ops.add(main_path, x)
    x = ops.mean(x, axis=(1, 2))
    return keras.Model(inputs, layers.Dense(classes)(x))


def with_a_projected_shortcut(input_shape, classes, budget):
    """The shortcut is projected; depthwise separable convolutions save parameters."""
    inputs = keras.Input(input_shape)
    x = layers.SeparableConv2D(16, 3, padding="same", activation="relu")(inputs)
    main_path = layers.SeparableConv2D(24, 3, padding="same", activation="relu")(x)
    main_path = layers.MaxPooling2D(3, strides=2, padding="same")(main_path)
    x = layers.add([main_path, layers.Conv2D(24, 1, strides=2, padding="same")(x)])
    left = layers.SeparableConv2D(12, 3, padding="same", activation="relu")(x)
    right = layers.SeparableConv2D(12, 5, padding="same", activation="relu")(x)
    x = layers.concatenate([left, right])
    mix = layers.Dense(24, activation="relu")
    x = mix(layers.GlobalAveragePooling2D()(mix(x)))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def of_nested_models(input_shape, classes, budget):
    """Residual block and branches are models; the block is called twice."""
    width = 12 if budget < 20_000 else 24
    tensor = keras.Input((None, None, 2 * width))
    y = layers.Conv2D(width, 1, activation="relu")(tensor)
    y = layers.Conv2D(2 * width, 3, padding="same", activation="relu")(y)
    block = keras.Model(tensor, layers.add([y, tensor]), name="residual_block")

    picture = keras.Input(input_shape)
    branches = keras.Model(picture, [layers.Conv2D(width, 1)(picture),
                                     layers.Conv2D(width, 3, padding="same")(picture)], name="branches")

    inputs = keras.Input(input_shape)
    x = layers.concatenate(branches(inputs))
    x = block(layers.MaxPooling2D(2)(block(x)))
    return keras.Model(inputs, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))


def of_dense_layers(input_shape, classes, budget):
    """No convolution at all: Dense layers on averaged pixels."""
    inputs = keras.Input(input_shape)
    rows, columns = ops.mean(inputs, axis=1), ops.mean(inputs, axis=2)
    read = layers.Dense(16, activation="relu")
    x = layers.concatenate([layers.GlobalMaxPooling1D()(read(rows)), layers.GlobalMaxPooling1D()(read(columns))])
    x = x + layers.Dense(32)(layers.Dense(16, activation="relu")(x))
    x = layers.concatenate([layers.Dense(16, activation="relu")(x), layers.Dense(16, activation="tanh")(x)])
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def as_a_recurrent_reader(input_shape, classes, budget):
    """One LSTM reads the picture by rows and, turned, by columns; both readings are compared."""
    inputs = keras.Input(input_shape)
    height, width = input_shape[:2]
    squeeze = layers.Conv2D(4, 1, activation="relu")
    rows = layers.Reshape((height, width * 4))(squeeze(inputs))
    columns = layers.Reshape((width, height * 4))(layers.Permute((2, 1, 3))(squeeze(inputs)))
    project = [layers.Dense(8, activation="relu")(rows), layers.Dense(8, activation="relu")(columns)]
    lstm = layers.LSTM(12)
    read = [lstm(sequence) for sequence in project]
    x = layers.concatenate([layers.Dense(12, activation="relu")(read[0]), layers.Dense(12)(read[1])])
    x = layers.add([layers.Dense(24, activation="relu")(x), x])
    return keras.Model(inputs, layers.Dense(classes)(x))


def with_training_layers(input_shape, classes, budget):
    """Normalisation and dropout stand between the layers; the addition is behind the normalisation."""
    filters = int((budget / 60) ** 0.5)
    inputs = keras.Input(input_shape, name="picture")
    x = layers.Rescaling(1 / 255)(inputs)
    x = layers.Conv2D(filters, 3, strides=2, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    shortcut = x
    x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
    x = layers.ReLU()(layers.BatchNormalization()(x))
    x = layers.SpatialDropout2D(0.1)(x)
    x = layers.Add()([x, shortcut])
    x = layers.Concatenate()([layers.Conv2D(filters, 1)(x), layers.DepthwiseConv2D(3, padding="same")(x)])
    again = layers.Conv2D(2 * filters, 3, padding="same", activation="relu")
    x = again(layers.MaxPooling2D(2)(again(x)))
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(classes, activation="softmax")(x))


def as_a_sequential(input_shape, classes, budget):
    """The model is a Sequential whose parts are functional models."""
    width = max(4, int((budget / 80) ** 0.5))

    def part(channels, build):
        entry = keras.Input((None, None, channels))
        return keras.Model(entry, build(entry))

    twice = layers.Conv2D(2 * width, 3, padding="same", activation="relu")
    return keras.Sequential([
        keras.Input(input_shape),
        part(input_shape[-1], lambda x: layers.concatenate([
            layers.Conv2D(width, 1)(x), layers.Conv2D(width, 5, padding="same")(x)])),
        layers.MaxPooling2D(2),
        part(2 * width, lambda x: x + twice(twice(x))),
        layers.GlobalAveragePooling2D(),
        layers.Dense(classes),
        layers.Softmax(),
    ])


def with_a_long_shortcut(input_shape, classes, budget):
    """The shortcut spans branches and shared layers: what is concatenated is projected and added to what was there."""
    inputs = keras.Input(input_shape)
    start = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(inputs)
    shared = layers.Conv2D(8, 1, activation="relu")
    left = layers.Conv2D(8, 3, padding="same", activation="relu")(shared(start))
    right = shared(layers.MaxPooling2D(3, strides=1, padding="same")(start))
    right = layers.Conv2D(8, 5, padding="same")(right)
    x = layers.concatenate([left, right, layers.AveragePooling2D(3, strides=1, padding="same")(start)])
    x = start + layers.Conv2D(16, 1)(x)
    return keras.Model(inputs, layers.Dense(classes)(layers.GlobalAveragePooling2D()(x)))


VARIANTS = {
    "capstone/budget": [
        one_size_for_all, narrower_until_it_fits, shared_over_two_scales, with_a_projected_shortcut,
        of_nested_models, of_dense_layers, as_a_recurrent_reader, with_training_layers, as_a_sequential,
        with_a_long_shortcut,
    ],
}

# Properties are read from the graph: nothing here needs running.
FINGERPRINT: set[str] = set()
