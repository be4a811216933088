"""Counts and shapes by arithmetic alone equal Keras's own, for every layer that Keras has."""

from collections.abc import Callable
from inspect import isclass

import keras
import pytest
from keras import layers
from keras.src.applications.convnext import LayerScale

from autograder.graph import arithmetic
from autograder.graph.model_graph import ModelGraph, from_keras
from autograder.tests.models import graph_of, two_branches

VECTOR, SEQUENCE, IMAGE, VOLUME, FILM = (11,), (20, 6), (17, 13, 6), (9, 8, 7, 4), (5, 12, 10, 3)
CHANNELS_FIRST = (6, 17, 13)
IDS = ("int32", 7)  # a dtype in front: whole numbers


def of(layer: Callable) -> Callable:
    """Return a call of a new layer on one tensor."""
    return lambda x: layer()(x)


def on_list(layer: Callable) -> Callable:
    """Return a call of a new layer on a list of tensors."""
    return lambda *tensors: layer()(list(tensors))


def attention(layer: Callable) -> Callable:
    """Return a call of a new layer on a query, a value and perhaps a key."""
    return lambda *tensors: layer()(*tensors)


def two_outputs(layer: Callable) -> Callable:
    """Return a call of a layer that gives its states, too; the first output is taken."""
    return lambda x: layer()(x)[0]


def cell(layer: Callable, states: int) -> Callable:
    """Return a call of a recurrent cell, which takes its states and gives them anew."""
    return lambda x, *given: layer()(x, list(given[:states]))[0]


SPACES = {1: (20, 6), 2: (17, 13, 6), 3: (9, 8, 7, 4)}  # by how many axes a convolution runs along


def windows(kind: str, ranks: tuple = (1, 2, 3), **more: object) -> dict:
    """Return examples of a kind of convolution, for each number of axes."""
    return {kind.format(n): [
        (SPACES[n], of(lambda n=n: getattr(layers, kind.format(n))(kernel_size=3, **more))),
        (SPACES[n], of(lambda n=n: getattr(layers, kind.format(n))(kernel_size=2, strides=2, padding="same",
                                                                   use_bias=False, **more))),
        (SPACES[n], of(lambda n=n: getattr(layers, kind.format(n))(kernel_size=2, dilation_rate=2, **more))),
        ((None,) * n + SPACES[n][-1:], of(lambda n=n: getattr(layers, kind.format(n))(kernel_size=3, **more))),
    ] for n in ranks}


def pools(kind: str, **more: object) -> dict:
    """Return examples of a kind of pooling, for one, two and three axes."""
    return {kind.format(n): [(SPACES[n], of(lambda n=n: getattr(layers, kind.format(n))(**more))),
                             ((None,) * n + SPACES[n][-1:], of(lambda n=n: getattr(layers, kind.format(n))(**more)))]
            for n in (1, 2, 3)}


# One or more calls of each layer: the shapes of its inputs, and the call. Those with weights come in several settings.
EXAMPLES: dict[str, list[tuple]] = {
    "Dense": [(VECTOR, of(lambda: layers.Dense(5))), (SEQUENCE, of(lambda: layers.Dense(5, use_bias=False))),
              (IMAGE, of(lambda: layers.Dense(1, activation="relu")))],
    "EinsumDense": [
        (VECTOR, of(lambda: layers.EinsumDense("ab,bc->ac", 5, bias_axes="c"))),
        (SEQUENCE, of(lambda: layers.EinsumDense("abc,cd->abd", (None, 8), bias_axes="d"))),
        (SEQUENCE, of(lambda: layers.EinsumDense("abc,cd->abd", (20, 8), bias_axes="bd", activation="relu"))),
        (SEQUENCE, of(lambda: layers.EinsumDense("abc,cde->abde", (20, 4, 8)))),
        (SEQUENCE, of(lambda: layers.EinsumDense("abc,bcd->ad", 8))),
        (SEQUENCE, of(lambda: layers.EinsumDense("...x,xy->...y", 9, bias_axes="y"))),
        (SEQUENCE, of(lambda: layers.EinsumDense("ab...,bc->ac...", 9, bias_axes="c")))],
    "Embedding": [(IDS, of(lambda: layers.Embedding(1000, 64))),
                  (("int32", None), of(lambda: layers.Embedding(50, 3, mask_zero=True)))],
    "ReversibleEmbedding": [
        (IDS, of(lambda: layers.ReversibleEmbedding(1000, 64))),
        (IDS, of(lambda: layers.ReversibleEmbedding(1000, 64, tie_weights=False))),
        (SEQUENCE, lambda x: layers.ReversibleEmbedding(100, 6)(x, reverse=True))],
    **windows("Conv{}D", filters=8), **windows("Conv{}DTranspose", filters=8),
    **windows("SeparableConv{}D", (1, 2), filters=8), **windows("DepthwiseConv{}D", (1, 2)),
    "LSTM": [(SEQUENCE, of(lambda: layers.LSTM(5))), (SEQUENCE, of(lambda: layers.LSTM(5, use_bias=False))),
             ((None, 6), of(lambda: layers.LSTM(5, return_sequences=True))),
             (SEQUENCE, two_outputs(lambda: layers.LSTM(5, return_state=True, unit_forget_bias=False)))],
    "GRU": [(SEQUENCE, of(lambda: layers.GRU(5))), (SEQUENCE, of(lambda: layers.GRU(5, reset_after=False))),
            (SEQUENCE, of(lambda: layers.GRU(5, use_bias=False, return_sequences=True)))],
    "SimpleRNN": [(SEQUENCE, of(lambda: layers.SimpleRNN(5))),
                  (SEQUENCE, of(lambda: layers.SimpleRNN(5, use_bias=False, return_sequences=True)))],
    "LSTMCell": [((6,), (5,), (5,), cell(lambda: layers.LSTMCell(5), 2))],
    "GRUCell": [((6,), (5,), cell(lambda: layers.GRUCell(5), 1)),
                ((6,), (5,), cell(lambda: layers.GRUCell(5, reset_after=False, use_bias=False), 1))],
    "SimpleRNNCell": [((6,), (5,), cell(lambda: layers.SimpleRNNCell(5), 1))],
    "StackedRNNCells": [((6,), (5,), (4,), cell(lambda: layers.StackedRNNCells(
        [layers.SimpleRNNCell(5), layers.GRUCell(4)]), 2))],
    "RNN": [
        (SEQUENCE, of(lambda: layers.RNN(layers.LSTMCell(5)))),
        (SEQUENCE, of(lambda: layers.RNN(layers.GRUCell(5, use_bias=False), return_sequences=True))),
        (SEQUENCE, of(lambda: layers.RNN([layers.LSTMCell(5), layers.SimpleRNNCell(4)]))),
        (SEQUENCE, two_outputs(lambda: layers.RNN(layers.StackedRNNCells(
            [layers.LSTMCell(5), layers.GRUCell(4), layers.LSTMCell(3)]), return_state=True)))],
    **{f"ConvLSTM{n}D": [
        ((5, *SPACES[n]), of(lambda n=n: getattr(layers, f"ConvLSTM{n}D")(4, 3))),
        ((5, *SPACES[n]), of(lambda n=n: getattr(layers, f"ConvLSTM{n}D")(
            4, 2, strides=2, padding="same", use_bias=False, return_sequences=True))),
    ] for n in (1, 2, 3)},
    "Bidirectional": [
        (SEQUENCE, of(lambda: layers.Bidirectional(layers.LSTM(5)))),
        (SEQUENCE, of(lambda: layers.Bidirectional(layers.GRU(5, return_sequences=True), merge_mode="sum"))),
        (SEQUENCE, of(lambda: layers.Bidirectional(
            layers.LSTM(5, return_sequences=True),
            backward_layer=layers.GRU(5, return_sequences=True, go_backwards=True)))),
        (SEQUENCE, of(lambda: layers.Bidirectional(layers.RNN(layers.LSTMCell(5))))),
        (FILM, of(lambda: layers.Bidirectional(layers.ConvLSTM2D(4, 3)))),
        (SEQUENCE, two_outputs(lambda: layers.Bidirectional(layers.LSTM(5), merge_mode=None)))],
    "MultiHeadAttention": [
        (SEQUENCE, lambda x: layers.MultiHeadAttention(2, 3)(x, x)),
        ((10, 6), (7, 4), attention(lambda: layers.MultiHeadAttention(2, 3, value_dim=5))),
        ((10, 6), (7, 4), (7, 3), attention(lambda: layers.MultiHeadAttention(2, 3, use_bias=False))),
        ((10, 6), (7, 4), attention(lambda: layers.MultiHeadAttention(2, 3, output_shape=9, use_gate=True))),
        ((4, 5, 6), (4, 7, 6), attention(lambda: layers.MultiHeadAttention(2, 3, attention_axes=2,
                                                                          output_shape=(2, 8))))],
    "GroupedQueryAttention": [
        ((10, 6), (7, 6), attention(lambda: layers.GroupQueryAttention(3, 4, 2))),
        ((10, 6), (7, 6), (7, 5), attention(lambda: layers.GroupQueryAttention(3, 4, 2, use_bias=False))),
        ((10, 6), (7, 6), attention(lambda: layers.GroupQueryAttention(3, 4, 1, use_gate=True)))],
    "Attention": [((10, 6), (7, 6), on_list(layers.Attention)),
                  ((10, 6), (7, 4), (7, 6), on_list(lambda: layers.Attention(use_scale=True))),
                  ((10, 6), (7, 6), on_list(lambda: layers.Attention(score_mode="concat"))),
                  ((10, 6), (7, 6), on_list(lambda: layers.Attention(use_scale=True, score_mode="concat")))],
    "AdditiveAttention": [((10, 6), (7, 6), on_list(layers.AdditiveAttention)),
                          ((10, 6), (7, 6), on_list(lambda: layers.AdditiveAttention(use_scale=False)))],
    "BatchNormalization": [(IMAGE, of(layers.BatchNormalization)),
                           (IMAGE, of(lambda: layers.BatchNormalization(axis=1))),
                           (IMAGE, of(lambda: layers.BatchNormalization(scale=False, center=False))),
                           (IMAGE, of(lambda: layers.BatchNormalization(renorm=True)))],
    "LayerNormalization": [(IMAGE, of(layers.LayerNormalization)),
                           (IMAGE, of(lambda: layers.LayerNormalization(axis=[1, 3]))),
                           (IMAGE, of(lambda: layers.LayerNormalization(center=False))),
                           (IMAGE, of(lambda: layers.LayerNormalization(center=False, scale=False))),
                           (IMAGE, of(lambda: layers.LayerNormalization(rms_scaling=True)))],
    "RMSNormalization": [(IMAGE, of(layers.RMSNormalization)),
                         (IMAGE, of(lambda: layers.RMSNormalization(axis=[2, 3])))],
    "GroupNormalization": [(IMAGE, of(lambda: layers.GroupNormalization(groups=2))),
                           (IMAGE, of(lambda: layers.GroupNormalization(groups=-1, axis=2, scale=False)))],
    "SpectralNormalization": [
        (SEQUENCE, of(lambda: layers.SpectralNormalization(layers.Dense(5)))),
        (IMAGE, of(lambda: layers.SpectralNormalization(layers.Conv2D(8, 3, strides=2)))),
        (IMAGE, of(lambda: layers.SpectralNormalization(layers.Conv2DTranspose(8, 3)))),
        (IMAGE, of(lambda: layers.SpectralNormalization(layers.DepthwiseConv2D(3, depth_multiplier=2)))),
        (SEQUENCE, of(lambda: layers.SpectralNormalization(
            layers.EinsumDense("abc,cd->abd", (20, 8), bias_axes="d")))),
        (SEQUENCE, of(lambda: layers.SpectralNormalization(layers.Conv1D(4, 3, use_bias=False))))],
    "Normalization": [(VECTOR, of(layers.Normalization)), (IMAGE, of(lambda: layers.Normalization(axis=[1, -1]))),
                      (IMAGE, of(lambda: layers.Normalization(axis=None))),
                      (IMAGE, of(lambda: layers.Normalization(mean=0.5, variance=2.0)))],
    "PReLU": [(VECTOR, of(layers.PReLU)), (IMAGE, of(lambda: layers.PReLU(shared_axes=[1, 2]))),
              (SEQUENCE, of(lambda: layers.PReLU(shared_axes=[1, 2])))],
    "STFTSpectrogram": [((500, 2), of(lambda: layers.STFTSpectrogram(frame_length=64))),
                        ((500, 2), of(lambda: layers.STFTSpectrogram(mode="real", frame_length=64, fft_length=128)))],
    # Without weights: the count is 0, and most shapes are known.
    **pools("MaxPooling{}D", pool_size=3, strides=1, padding="same"), **pools("AveragePooling{}D", pool_size=2),
    **pools("GlobalMaxPooling{}D", keepdims=True), **pools("GlobalAveragePooling{}D"),
    **pools("AdaptiveMaxPooling{}D", output_size=2), **pools("AdaptiveAveragePooling{}D", output_size=3),
    "Flatten": [(IMAGE, of(layers.Flatten)), ((None, 6), of(layers.Flatten))],
    "Reshape": [(IMAGE, of(lambda: layers.Reshape((13, -1)))), (IMAGE, of(lambda: layers.Reshape((17, 78)))),
                ((None, 6), of(lambda: layers.Reshape((-1, 3, 2))))],
    "Permute": [(IMAGE, of(lambda: layers.Permute((3, 1, 2))))],
    "RepeatVector": [(VECTOR, of(lambda: layers.RepeatVector(4)))],
    "UpSampling1D": [(SEQUENCE, of(lambda: layers.UpSampling1D(3)))],
    "UpSampling2D": [(IMAGE, of(lambda: layers.UpSampling2D((2, 3)))),
                     (CHANNELS_FIRST, of(lambda: layers.UpSampling2D(2, data_format="channels_first"))),
                     ((None, None, 3), of(lambda: layers.UpSampling2D(2)))],
    "UpSampling3D": [(VOLUME, of(lambda: layers.UpSampling3D((1, 2, 3))))],
    "ZeroPadding1D": [(SEQUENCE, of(lambda: layers.ZeroPadding1D((1, 3)))),
                      (SEQUENCE, of(lambda: layers.ZeroPadding1D(2)))],
    "ZeroPadding2D": [(IMAGE, of(lambda: layers.ZeroPadding2D(((1, 0), (2, 3))))),
                      (CHANNELS_FIRST, of(lambda: layers.ZeroPadding2D(1, data_format="channels_first")))],
    "ZeroPadding3D": [(VOLUME, of(lambda: layers.ZeroPadding3D(2)))],
    "Cropping1D": [(SEQUENCE, of(lambda: layers.Cropping1D((1, 3))))],
    "Cropping2D": [(IMAGE, of(lambda: layers.Cropping2D(((1, 0), (2, 3)))))],
    "Cropping3D": [(VOLUME, of(lambda: layers.Cropping3D((1, 2, 3))))],
    **{name: [(IMAGE, IMAGE, IMAGE, on_list(getattr(layers, name))), ((1, 6), (5, 6), on_list(getattr(layers, name)))]
       for name in ("Add", "Average", "Maximum", "Minimum", "Multiply")},
    "Subtract": [(IMAGE, IMAGE, on_list(layers.Subtract))],
    "Concatenate": [(IMAGE, IMAGE, on_list(layers.Concatenate)),
                    ((4, 6), (5, 6), on_list(lambda: layers.Concatenate(axis=1)))],
    "Dot": [((10, 6), (7, 6), on_list(lambda: layers.Dot(-1))), (VECTOR, VECTOR, on_list(lambda: layers.Dot(1))),
            ((10, 6), (6, 10), on_list(lambda: layers.Dot((2, 1))))],
    **{name: [(IMAGE, of(getattr(layers, name)))] for name in (
        "ELU", "LeakyReLU", "Masking", "UnitNormalization", "RandomFlip", "ActivityRegularization", "AutoContrast",
        "AugMix", "ContrastLimitedAdaptiveHistogramEqualization", "MixUp", "RandomElasticTransform",
        "RandAugment", "RandomColorJitter", "RandomErasing", "RandomGaussianBlur", "RandomGrayscale", "RandomInvert",
        "RandomPerspective", "RandomShear", "Solarization", "CutMix")},
    **{name: [(IMAGE, of(lambda name=name: getattr(layers, name)(0.2)))] for name in (
        "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "RandomBrightness", "RandomContrast",
        "RandomHue", "RandomRotation", "RandomSaturation", "RandomSharpness",
        "RandomZoom", "Rescaling")},
    **{f"SpatialDropout{n}D": [(SPACES[n], of(lambda n=n: getattr(layers, f"SpatialDropout{n}D")(0.2)))]
       for n in (1, 2, 3)},
    "RandomColorDegeneration": [((9, 9, 3), of(lambda: layers.RandomColorDegeneration(0.2)))],
    "RandomTranslation": [(IMAGE, of(lambda: layers.RandomTranslation(0.1, 0.1)))],
    "RandomPosterization": [(IMAGE, of(lambda: layers.RandomPosterization(4)))],
    "Softmax": [(IMAGE, of(lambda: layers.Softmax(axis=1)))],
    "ReLU": [(IMAGE, of(lambda: layers.ReLU(max_value=3.0)))],
    "Activation": [(IMAGE, of(lambda: layers.Activation("tanh")))],
    **{name: [(IMAGE, of(lambda name=name: getattr(layers, name)(8, 7)))]
       for name in ("CenterCrop", "RandomCrop", "Resizing")},
    "CategoryEncoding": [(IDS, of(lambda: layers.CategoryEncoding(9)))],
    "Discretization": [(VECTOR, of(lambda: layers.Discretization([0.0, 1.0])))],
    "Hashing": [(IDS, of(lambda: layers.Hashing(9)))],
    "HashedCrossing": [(("int32", 1), ("int32", 1), on_list(lambda: layers.HashedCrossing(9)))],
    "MelSpectrogram": [((500,), of(lambda: layers.MelSpectrogram(fft_length=64, sequence_stride=16)))],
}
EXAMPLES["Conv1D"] += [(SEQUENCE, of(lambda: layers.Conv1D(4, 5, padding="causal")))]
EXAMPLES["Conv2D"] += [
    (IMAGE, of(lambda: layers.Conv2D(9, 3, groups=3))),
    (IMAGE, of(lambda: layers.Conv2D(8, (5, 2), strides=(2, 3), padding="same"))),
    (CHANNELS_FIRST, of(lambda: layers.Conv2D(8, 3, strides=2, data_format="channels_first")))]
EXAMPLES["Conv2DTranspose"] += [
    (IMAGE, of(lambda: layers.Conv2DTranspose(8, 2, strides=(3, 4)))),
    (IMAGE, of(lambda: layers.Conv2DTranspose(8, (4, 3), strides=2, padding="same", output_padding=1))),
    (IMAGE, of(lambda: layers.Conv2DTranspose(8, 3, strides=2, output_padding=(1, 0)))),
    (CHANNELS_FIRST, of(lambda: layers.Conv2DTranspose(8, 3, strides=2, data_format="channels_first")))]
EXAMPLES["SeparableConv2D"] += [
    (IMAGE, of(lambda: layers.SeparableConv2D(8, 3, depth_multiplier=3, use_bias=False)))]
EXAMPLES["DepthwiseConv2D"] += [
    (IMAGE, of(lambda: layers.DepthwiseConv2D(3, depth_multiplier=2))),
    (CHANNELS_FIRST, of(lambda: layers.DepthwiseConv2D(3, depth_multiplier=2, data_format="channels_first")))]
WITHOUT_ARITHMETIC = {
    "Layer": "the base class", "Wrapper": "the base class of wrappers",
    "InputLayer": "an end of the model, no operation of it", "Identity": "no operation: canonical graphs leave it out",
    "TimeDistributed": "opened: what it wraps is counted, see below",
    "Equalization": "gives back its input while a model is built, so that no model can hold it",
    "Pipeline": "a list of preprocessing layers, which act on data before a model",
    "MaxNumBoundingBoxes": "takes no tensor, but boxes and labels",
    "Lambda": "code that cannot travel as data; it can hold any weights",
    "TFSMLayer": "a SavedModel from a file", "TorchModuleWrapper": "a PyTorch module",
    "JaxLayer": "a JAX function", "FlaxLayer": "a Flax module",
    "StringLookup": "holds a vocabulary", "IntegerLookup": "holds a vocabulary",
    "TextVectorization": "holds a vocabulary",
}
# Layers for data, not for models of the book: each has a rule of its own for each of its output modes.
SHAPE_NOT_KNOWN = {"STFTSpectrogram", "MelSpectrogram", "CategoryEncoding", "Discretization", "Hashing",
                   "HashedCrossing"}


def called(shapes: list, call: Callable) -> keras.Model:
    with keras.StatelessScope(initialize_variables=False):
        tensors = [keras.Input(shape[1:], dtype=shape[0]) if shape[0] == "int32" else keras.Input(shape)
                   for shape in shapes]
        return keras.Model(tensors, call(*tensors))


def last_call(graph: ModelGraph) -> tuple[dict, list]:
    """Return the node before the output, and the shapes that it receives."""
    node = graph.arguments(graph.outputs[0])[0][0]
    return graph.graph.nodes[node], arithmetic.input_shapes(graph, node)


@pytest.mark.filterwarnings("ignore:You passed `rms_scaling")
@pytest.mark.parametrize(("name", "example"), [
    pytest.param(name, example, id=f"{name}-{number}")
    for name, examples in EXAMPLES.items() for number, example in enumerate(examples, start=1)])
def test_count_and_shape_of_a_layer(name, example):
    model = called(example[:-1], example[-1])
    data, given = last_call(from_keras(model))
    formula = arithmetic.parameter_formula(data["operation"], data["settings"], given)
    assert arithmetic.evaluate(formula) == model.count_params()
    if name in SHAPE_NOT_KNOWN:
        with pytest.raises(KeyError):
            arithmetic.output_shape(name, data["settings"], given)
    else:
        assert arithmetic.output_shape(data["operation"], data["settings"], given) == tuple(data["shapes"][0])


def test_every_layer_of_keras_has_arithmetic_or_a_reason_why_not():
    known = {item.__name__ for item in vars(layers).values() if isclass(item) and issubclass(item, keras.Layer)}
    assert known == EXAMPLES.keys() | WITHOUT_ARITHMETIC.keys()
    assert not EXAMPLES.keys() & WITHOUT_ARITHMETIC.keys()


@pytest.mark.parametrize(("shape", "layer"), [
    ((5, *VECTOR), lambda: layers.Dense(4)), ((5, *IMAGE), lambda: layers.Conv2D(8, 3, strides=2)),
    ((5, *IMAGE), lambda: layers.BatchNormalization(axis=1)), ((5, *IMAGE), lambda: layers.PReLU(shared_axes=[1])),
    ((5, *IMAGE), lambda: layers.LayerNormalization(axis=[1, 2])), ((5, *SEQUENCE), lambda: layers.LSTM(4)),
    ((5, *IMAGE), layers.Flatten), ((5, *IMAGE), layers.GlobalMaxPooling2D),
    ((5, 4, *SEQUENCE), lambda: layers.TimeDistributed(layers.Conv1D(8, 3))),
    ((None, *IMAGE), lambda: layers.UpSampling2D(2)), ((5, *IMAGE), lambda: layers.Normalization(axis=1)),
])
def test_count_and_shape_of_a_layer_at_each_step(shape, layer):
    model = called([shape], of(lambda: layers.TimeDistributed(layer())))
    graph = from_keras(model)
    data, given = last_call(graph)
    assert arithmetic.evaluate(arithmetic.model_formula(graph)) == model.count_params()
    assert arithmetic.output_shape(data["operation"], data["settings"], given) == tuple(data["shapes"][0])


def test_the_shape_of_an_einsum_over_several_free_axes_is_the_true_one():
    layer, settings = layers.EinsumDense("...x,xy->...y", 9), {"equation": "...x,xy->...y", "output_shape": 9}
    shape = arithmetic.output_shape("EinsumDense", settings, [(2, *IMAGE)])
    assert shape == tuple(layer(keras.ops.zeros((2, *IMAGE))).shape)
    # Keras 3.15 exchanges these axes while a model is built; where it no longer does, this becomes an example above.
    assert shape != tuple(layer(keras.Input(IMAGE, batch_size=2)).shape)


def test_count_of_the_private_layer_in_convnext():
    graph = from_keras(called([IMAGE], of(lambda: LayerScale(0.1, 6))))
    assert arithmetic.model_formula(graph) == "(6)" and graph.parameters == 6


@pytest.mark.parametrize(("shape", "call", "formula"), [
    (VECTOR, of(lambda: layers.Dense(5)), "(11*5 + 5)"),
    (VECTOR, of(lambda: layers.Dense(5, use_bias=False)), "(11*5)"),
    (IMAGE, of(lambda: layers.Conv2D(8, 3)), "(3*3*6*8 + 8)"),
    (IMAGE, of(lambda: layers.SeparableConv2D(8, 3)), "(3*3*6*1 + 6*8 + 8)"),
    (IMAGE, of(lambda: layers.DepthwiseConv2D(3)), "(3*3*6*1 + 6)"),
    (SEQUENCE, of(lambda: layers.LSTM(5)), "(4*(6*5 + 5*5 + 5))"),
    (SEQUENCE, of(lambda: layers.GRU(5)), "(3*(6*5 + 5*5 + 10))"),
    (IDS, of(lambda: layers.Embedding(1000, 64)), "(1000*64)"),
    (IMAGE, of(layers.BatchNormalization), "(4*6)"),
    (IMAGE, of(layers.LayerNormalization), "(2*6)"), (IMAGE, of(layers.Normalization), "(2*6 + 1)"),
    (SEQUENCE, of(lambda: layers.Bidirectional(layers.LSTM(5))), "(2*(4*(6*5 + 5*5 + 5)))"),
    (SEQUENCE, lambda x: layers.MultiHeadAttention(2, 3)(x, x), "(3*(6*2*3 + 2*3) + (2*3*6 + 6))"),
    (FILM, of(lambda: layers.ConvLSTM2D(4, 3)), "(4*(3*3*3*4 + 3*3*4*4 + 4))"),
])
def test_formulas_read_as_a_person_would_write_them(shape, call, formula):
    assert arithmetic.model_formula(from_keras(called([shape], call))) == formula


def test_equal_terms_of_a_model_are_collected():
    graph = graph_of(lambda x: layers.add([layers.Dense(4)(x), layers.Dense(4)(x)]), (6,))
    assert arithmetic.model_formula(graph) == "2*(6*4 + 4)"


def test_formula_of_a_model_gives_its_count():
    graph = graph_of(two_branches)
    assert arithmetic.evaluate(arithmetic.model_formula(graph)) == graph.parameters == 16 + 296 + 32


def test_joins_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="differ beside axis"):
        arithmetic.output_shape("Concatenate", {"axis": 3}, [(None, 4, 4, 3), (None, 5, 4, 3)])
    with pytest.raises(ValueError, match="do not fit"):
        arithmetic.output_shape("Add", {}, [(None, 4), (None, 5)])


def test_an_unknown_layer_has_no_formula():
    with pytest.raises(KeyError):
        arithmetic.parameter_formula("Homemade", {}, [(None, 4)])
