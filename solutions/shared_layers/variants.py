"""Right answers to the shared_layers task in other styles: the grader's own exam, which must accept every one."""

import keras
from keras import layers, ops


def in_a_comprehension(features, units):
    """One comprehension calls the layer on every input of a list."""
    lstm = layers.LSTM(units)
    inputs = [keras.Input(shape=(None, features)) for _ in range(2)]
    joined = layers.Concatenate()([lstm(sequence) for sequence in inputs])
    return keras.Model(inputs, layers.Dense(1, activation="sigmoid")(joined))


def right_sequence_first(features, units):
    """The right sequence is encoded and joined first, with `keras.ops.concatenate`."""
    right = keras.Input(shape=(None, features), name="right")
    left = keras.Input(shape=(None, features), name="left")
    lstm = layers.LSTM(units=units, name="shared_lstm")
    encoded_right = lstm(right)
    encoded_left = lstm(left)
    joined = ops.concatenate([encoded_right, encoded_left], axis=-1)
    return keras.Model([left, right], layers.Dense(units=1, activation="sigmoid")(joined))


def with_activation_layer(features, units):
    """The sigmoid is a layer of its own."""
    lstm = layers.LSTM(units)
    left, right = keras.Input((None, features)), keras.Input((None, features))
    joined = layers.concatenate((lstm(left), lstm(right)), axis=1)
    return keras.Model((left, right), layers.Activation("sigmoid")(layers.Dense(1)(joined)))


def with_activation_function(features, units):
    """The sigmoid is a function call; `map` calls the layer."""
    inputs = [keras.Input((None, features), dtype="float32"), keras.Input((None, features), dtype="float32")]
    joined = layers.concatenate(list(map(layers.LSTM(units), inputs)))
    return keras.Model(inputs, keras.activations.sigmoid(layers.Dense(1)(joined)))


def with_a_shared_model(features, units):
    """The encoder is a functional model, called twice."""
    sequence = keras.Input((None, features))
    encoder = keras.Model(sequence, layers.LSTM(units)(sequence), name="encoder")
    left, right = keras.Input((None, features)), keras.Input((None, features))
    joined = layers.Concatenate(axis=-1)([encoder(left), encoder(right)])
    return keras.Model(inputs=[left, right], outputs=layers.Dense(1, activation="sigmoid")(joined))


def with_a_shared_sequential(features, units):
    """The encoder is a Sequential without an input of its own, called twice."""
    encoder = keras.Sequential([layers.LSTM(units)])
    left, right = keras.Input((None, features)), keras.Input((None, features))
    return keras.Model([left, right], layers.Dense(1, "sigmoid")(layers.concatenate([encoder(left), encoder(right)])))


def with_inputs_in_a_dict(features, units):
    """The model takes a dict, and its head is a Sequential."""
    inputs = {"left": keras.Input((None, features), name="left"),
              "right": keras.Input((None, features), name="right")}
    lstm = layers.LSTM(units)
    head = keras.Sequential([layers.Dense(1), layers.Activation("sigmoid")])
    return keras.Model(inputs, head(layers.concatenate([lstm(inputs["left"]), lstm(inputs["right"])])))


class _Siamese:
    """A plain class that keeps the shared layer."""

    def __init__(self, units):
        self.encode = layers.LSTM(units)
        self.judge = layers.Dense(1, activation=keras.activations.sigmoid)

    def compare(self, left, right):
        return self.judge(layers.concatenate([self.encode(left), self.encode(right)]))


def by_a_builder(features, units):
    """A plain class keeps the shared layer and has a method that compares."""
    left, right = keras.Input((None, features)), keras.Input((None, features))
    return keras.Model([left, right], _Siamese(units).compare(left, right))


def with_a_helper(features, units):
    """A helper encodes; the layer that it uses was made outside."""
    lstm = layers.LSTM(units)

    def encode(sequence):
        return layers.Identity()(lstm(layers.Dropout(0.0)(sequence)))

    left, right = keras.Input((None, features)), keras.Input((None, features))
    joined = layers.Concatenate()([encode(left), encode(right)])
    return keras.Model([left, right], layers.Identity()(layers.Dense(1, activation="sigmoid")(joined)))


def with_all_settings(features, units):
    """Every setting is said, all layers have names, and initialisers are others."""
    lstm = layers.LSTM(units, activation="tanh", recurrent_activation="sigmoid", use_bias=True, dropout=0.0,
                       recurrent_dropout=0.0, return_sequences=False, return_state=False, go_backwards=False,
                       stateful=False, unroll=False, kernel_initializer="he_normal", bias_initializer="ones",
                       recurrent_initializer="identity", unit_forget_bias=False, kernel_regularizer=None, name="shared")
    left = keras.Input(batch_shape=(None, None, features), name="first_sequence")
    right = keras.Input(batch_shape=(None, None, features), name="second_sequence")
    joined = layers.Concatenate(axis=-1, name="both")([lstm(left), lstm(right)])
    similarity = layers.Dense(1, activation="sigmoid", use_bias=True, bias_initializer="ones", name="similarity")
    return keras.Model([left, right], [similarity(joined)], name="siamese")


def made_again_from_config(features, units):
    """The model is made again from its own config, which keeps the sharing."""
    model = in_a_comprehension(features, units)
    return keras.Model.from_config(model.get_config())


def wrapped_in_a_model(features, units):
    """The whole model is called like a layer by another one, on a list."""
    inner = with_a_shared_model(features, units)
    left, right = keras.Input((None, features)), keras.Input((None, features))
    return keras.Model([left, right], inner([left, right]))


def with_a_shared_cell(features, units):
    """The shared layer is an RNN that runs an LSTMCell."""
    lstm = layers.RNN(layers.LSTMCell(units))
    left, right = keras.Input((None, features)), keras.Input((None, features))
    joined = layers.concatenate([lstm(left), lstm(right)])
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid")(joined))


def with_the_last_step_taken(features, units):
    """The LSTM returns the whole sequence, of which a slice takes the last step."""
    lstm = layers.LSTM(units, return_sequences=True)
    left, right = keras.Input((None, features)), keras.Input((None, features))
    joined = layers.concatenate([lstm(left)[:, -1], lstm(right)[:, -1]])
    return keras.Model([left, right], layers.Dense(1, activation="sigmoid")(joined))


VARIANTS = {
    "shared_layers/siamese_lstm": [
        in_a_comprehension, right_sequence_first, with_activation_layer, with_activation_function,
        with_a_shared_model, with_a_shared_sequential, with_inputs_in_a_dict, by_a_builder, with_a_helper,
        with_all_settings, made_again_from_config, wrapped_in_a_model, with_a_shared_cell, with_the_last_step_taken,
    ],
}

# Equal by what they compute: no rewrite rule is expected to make their graphs equal.
FINGERPRINT = {"with_the_last_step_taken"}
