"""Right answers to the multi_input task in other styles: the grader's own exam, which must accept every one."""

from functools import partial

import keras
from keras import layers, ops


def question_first(text_vocabulary, question_vocabulary, answers):
    """The question comes first: in the code, in the model's inputs and in the concatenation."""
    question = keras.Input((None,), dtype="int32", name="question")
    text = keras.Input((None,), dtype="int32", name="text")
    encoded_question = layers.LSTM(16)(layers.Embedding(question_vocabulary, 32)(question))
    encoded_text = layers.LSTM(32)(layers.Embedding(text_vocabulary, 64)(text))
    joined = layers.Concatenate()([encoded_question, encoded_text])
    return keras.Model([question, text], layers.Dense(answers, activation="softmax")(joined))


def inputs_in_a_dict(text_vocabulary, question_vocabulary, answers):
    """The model takes a dict; integers have 64 bits; `keras.ops.concatenate` joins."""
    inputs = {name: keras.Input(shape=(None,), dtype="int64", name=name) for name in ("text", "question")}
    encoded = [
        layers.LSTM(units=32)(layers.Embedding(input_dim=text_vocabulary, output_dim=64)(inputs["text"])),
        layers.LSTM(units=16)(layers.Embedding(input_dim=question_vocabulary, output_dim=32)(inputs["question"])),
    ]
    return keras.Model(inputs, layers.Dense(answers, activation="softmax")(ops.concatenate(encoded, axis=1)))


def in_a_loop(text_vocabulary, question_vocabulary, answers):
    """A loop over a table makes both encoders."""
    inputs, encoded = [], []
    for name, vocabulary, dimensions, units in [("text", text_vocabulary, 64, 32),
                                                ("question", question_vocabulary, 32, 16)]:
        words = keras.Input(shape=(None,), dtype="int32", name=name)
        inputs.append(words)
        encoded.append(layers.LSTM(units)(layers.Embedding(vocabulary, dimensions)(words)))
    return keras.Model(inputs, layers.Dense(answers, "softmax")(layers.concatenate(encoded, axis=-1)))


def with_nested_encoders(text_vocabulary, question_vocabulary, answers):
    """Each encoder is a functional model, called on the named input."""
    def encoder(vocabulary, dimensions, units):
        words = keras.Input((None,), dtype="int32")
        return keras.Model(words, layers.LSTM(units)(layers.Embedding(vocabulary, dimensions)(words)))

    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    joined = layers.concatenate([encoder(text_vocabulary, 64, 32)(text),
                                 encoder(question_vocabulary, 32, 16)(question)])
    return keras.Model(inputs=[text, question], outputs=layers.Dense(answers, activation="softmax")(joined))


def with_sequential_encoders(text_vocabulary, question_vocabulary, answers):
    """Each encoder is a Sequential without an input of its own; softmax is a layer."""
    encode_text = keras.Sequential([layers.Embedding(text_vocabulary, 64), layers.LSTM(32)])
    encode_question = keras.Sequential([layers.Embedding(question_vocabulary, 32), layers.LSTM(16)])
    text = layers.Input((None,), dtype="int32", name="text")
    question = layers.Input((None,), dtype="int32", name="question")
    joined = layers.Concatenate(axis=1)([encode_text(text), encode_question(question)])
    return keras.Model((text, question), layers.Softmax()(layers.Dense(answers)(joined)))


def wrapped_and_called_on_a_dict(text_vocabulary, question_vocabulary, answers):
    """A model that takes a dict is called like a layer by one that takes a list, on a dict in another order."""
    inner = inputs_in_a_dict(text_vocabulary, question_vocabulary, answers)
    text = keras.Input((None,), dtype="int64", name="text")
    question = keras.Input((None,), dtype="int64", name="question")
    return keras.Model([text, question], inner({"question": question, "text": text}))


def with_a_nested_join(text_vocabulary, question_vocabulary, answers):
    """Concatenation and Dense are a model with two inputs, called on a list."""
    left, right = keras.Input((32,)), keras.Input((16,))
    head = keras.Model([left, right], layers.Dense(answers, "softmax")(layers.concatenate([left, right])))
    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    return keras.Model([text, question], head([
        layers.LSTM(32)(layers.Embedding(text_vocabulary, 64)(text)),
        layers.LSTM(16)(layers.Embedding(question_vocabulary, 32)(question)),
    ]))


def with_partial_and_functions(text_vocabulary, question_vocabulary, answers):
    """`partial` makes the inputs; softmax is a function call."""
    words = partial(keras.Input, shape=(None,), dtype="int32")
    inputs = [words(name="text"), words(name="question")]
    embeddings = [layers.Embedding(text_vocabulary, 64), layers.Embedding(question_vocabulary, 32)]
    recurrent = [layers.LSTM(32), layers.LSTM(16)]
    encoded = [lstm(embedding(tensor))
               for lstm, embedding, tensor in zip(recurrent, embeddings, inputs, strict=True)]
    return keras.Model(inputs, ops.softmax(layers.Dense(answers)(layers.concatenate(encoded))))


def with_all_settings(text_vocabulary, question_vocabulary, answers):
    """Every setting is said, all layers have names, and initialisers are others."""
    def encode(words, name, vocabulary, dimensions, units):
        embedded = layers.Embedding(vocabulary, dimensions, embeddings_initializer="glorot_uniform", mask_zero=False,
                                    embeddings_regularizer=None, name=f"{name}_embedding")(words)
        return layers.LSTM(units, activation="tanh", recurrent_activation="sigmoid", use_bias=True,
                           kernel_initializer="he_normal", recurrent_initializer="glorot_uniform", dropout=0.0,
                           recurrent_dropout=0.0, return_sequences=False, go_backwards=False, stateful=False,
                           name=f"{name}_lstm")(embedded)

    text = keras.Input(batch_shape=(None, None), dtype="int32", name="text")
    question = keras.Input(batch_shape=(None, None), dtype="int32", name="question")
    joined = layers.Concatenate(axis=-1, name="join")([
        encode(text, "text_encoder", text_vocabulary, 64, 32),
        encode(question, "question_encoder", question_vocabulary, 32, 16)])
    answer = layers.Dense(answers, activation=keras.activations.softmax, name="answer")(joined)
    return keras.Model([text, question], [answer], name="question_answering")


def without_forget_bias(text_vocabulary, question_vocabulary, answers):
    """The bias of the forget gates starts at zero: an initialiser by another name."""
    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    encoded_text = layers.LSTM(32, unit_forget_bias=False)(layers.Embedding(text_vocabulary, 64)(text))
    encoded_question = layers.LSTM(16, unit_forget_bias=False)(layers.Embedding(question_vocabulary, 32)(question))
    joined = layers.concatenate([encoded_text, encoded_question])
    return keras.Model([text, question], layers.Dense(answers, activation="softmax")(joined))


class _Encoder:
    """A plain class that holds one encoder's input and output."""

    def __init__(self, name, vocabulary, dimensions, units):
        self.words = keras.Input(shape=(None,), dtype="int32", name=name)
        self.encoded = layers.LSTM(units)(layers.Embedding(vocabulary, dimensions)(self.words))


def by_a_builder(text_vocabulary, question_vocabulary, answers):
    """A plain class makes each encoder."""
    text = _Encoder("text", text_vocabulary, 64, 32)
    question = _Encoder("question", question_vocabulary, 32, 16)
    x = layers.Identity()(layers.concatenate([text.encoded, layers.Dropout(0.0)(question.encoded)]))
    return keras.Model([text.words, question.words], layers.Dense(answers, activation="softmax")(x))


def with_state_returned(text_vocabulary, question_vocabulary, answers):
    """The LSTMs return their states too, which nothing uses."""
    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    encoded_text, *_ = layers.LSTM(32, return_state=True)(layers.Embedding(text_vocabulary, 64)(text))
    encoded_question, *_ = layers.LSTM(16, return_state=True)(layers.Embedding(question_vocabulary, 32)(question))
    joined = layers.concatenate([encoded_text, encoded_question])
    return keras.Model([text, question], layers.Dense(answers, activation="softmax")(joined))


def with_the_last_step_taken(text_vocabulary, question_vocabulary, answers):
    """The LSTMs return the whole sequence, of which a slice takes the last step."""
    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    all_text = layers.LSTM(32, return_sequences=True)(layers.Embedding(text_vocabulary, 64)(text))
    all_question = layers.LSTM(16, return_sequences=True)(layers.Embedding(question_vocabulary, 32)(question))
    joined = layers.concatenate([all_text[:, -1, :], all_question[:, -1, :]])
    return keras.Model([text, question], layers.Dense(answers, activation="softmax")(joined))


def with_cells(text_vocabulary, question_vocabulary, answers):
    """An RNN layer runs an LSTMCell."""
    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    encoded_text = layers.RNN(layers.LSTMCell(32))(layers.Embedding(text_vocabulary, 64)(text))
    encoded_question = layers.RNN(layers.LSTMCell(16))(layers.Embedding(question_vocabulary, 32)(question))
    joined = layers.concatenate([encoded_text, encoded_question])
    return keras.Model([text, question], layers.Dense(answers, activation="softmax")(joined))


def with_hstack(text_vocabulary, question_vocabulary, answers):
    """`keras.ops.hstack` joins: of two matrices it is the concatenation of their columns."""
    text = keras.Input((None,), dtype="int32", name="text")
    question = keras.Input((None,), dtype="int32", name="question")
    encoded_text = layers.LSTM(32)(layers.Embedding(text_vocabulary, 64)(text))
    encoded_question = layers.LSTM(16)(layers.Embedding(question_vocabulary, 32)(question))
    joined = ops.hstack([encoded_text, encoded_question])
    return keras.Model([text, question], layers.Dense(answers, activation="softmax")(joined))


VARIANTS = {
    "multi_input/question_answering": [
        question_first, inputs_in_a_dict, in_a_loop, with_nested_encoders, with_sequential_encoders,
        wrapped_and_called_on_a_dict, with_a_nested_join, with_partial_and_functions, with_all_settings,
        without_forget_bias, by_a_builder, with_state_returned, with_the_last_step_taken, with_cells, with_hstack,
    ],
}

# Equal by what they compute: no rewrite rule is expected to make their graphs equal.
FINGERPRINT = {"with_the_last_step_taken"}
