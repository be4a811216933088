"""Closed-form parameter counts and output shapes, layer by layer, from settings and input shapes alone.

No Keras is imported: Keras's own numbers are checked by this arithmetic, and the book's by-hand counts are made by it.
Settings are those of a canonical node (see `rules.py`), shapes have the batch axis first and None for a free axis.
Formulas are Python arithmetic expressions: `eval` of one gives the count. LoRA and quantization, which settings do not
hold, are not counted.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from autograder.graph.model_graph import ModelGraph
from autograder.graph.rules import COMMUTATIVE, RANDOM, Shape


def parameter_formula(operation: str, settings: Mapping, input_shapes: Sequence[Shape]) -> str:
    """Return the number of weights of one layer as an expression, e.g. "3*3*64*128 + 128"; "0" without weights.

    Raises KeyError for an operation whose arithmetic is not known.
    """
    if operation in _WEIGHTLESS or operation.startswith("ops."):
        return "0"
    shapes = [_one_step(shape, _times(settings)) for shape in input_shapes]
    if operation in _FORMULAS_OF_SEVERAL_INPUTS:
        return _FORMULAS_OF_SEVERAL_INPUTS[operation](settings, shapes)
    return _FORMULAS[operation](settings, shapes[0])


def layer_formula(graph: ModelGraph, layer: int) -> str:
    """Return the expression for one layer of a graph, whatever the number of its calls."""
    node = min(node for node, data in graph.graph.nodes(data=True) if data["layer"] == layer)
    data = graph.graph.nodes[node]
    return parameter_formula(data["operation"], data["settings"], input_shapes(graph, node))


def model_formula(graph: ModelGraph, own: Mapping[str, str] | None = None) -> str:
    """Return the expression for a whole model: a term for each layer with weights, equal terms collected.

    `own` has the expression of each layer that is not built in, by the layer's name.
    """
    own = own or {}
    return _sum(own.get(weights.name) or layer_formula(graph, layer) for layer, weights in enumerate(graph.layers))


def evaluate(formula: str) -> int:
    """Return the value of a formula made here."""
    return eval(formula, {"__builtins__": {}})  # noqa: S307 - numbers and + * // ( ) only, never a student's text


def input_shapes(graph: ModelGraph, node: int) -> list[Shape]:
    """Return the shapes that a node of a graph receives, in argument order."""
    return [graph.graph.nodes[sender]["shapes"][output] for sender, output in graph.arguments(node)]


def output_shape(operation: str, settings: Mapping, input_shapes: Sequence[Shape]) -> Shape:
    """Return the output shape of one call, the first one of a call that has several outputs.

    Raises KeyError for an operation whose arithmetic is not known, ValueError where the inputs do not fit together.
    """
    if operation in _SAME_SHAPE:
        return tuple(input_shapes[0])
    if operation in COMMUTATIVE or operation == "Subtract":
        return _broadcast(input_shapes)
    if operation == "Concatenate":
        return _concatenated(input_shapes, settings["axis"])
    times = _times(settings)
    shapes = [_one_step(shape, times) for shape in input_shapes]
    if operation in _SHAPES_OF_SEVERAL_INPUTS:
        step = _SHAPES_OF_SEVERAL_INPUTS[operation](settings, shapes)
    else:
        step = _SHAPES[operation](settings, shapes[0])
    return (step[0], *input_shapes[0][1:1 + times], *step[1:])


def window_positions(size: int | None, window: int, stride: int, padding: str, dilation: int = 1) -> int | None:
    """Return how many positions a sliding window takes along an axis of the given size."""
    if size is None:
        return None
    if padding in ("same", "causal"):
        return math.ceil(size / stride)
    return (size - dilation * (window - 1) - 1) // stride + 1


def _product(numbers: Sequence[int]) -> str:
    return "*".join(str(number) for number in numbers)


def _with_bias(kernel: str, settings: Mapping, outputs: int) -> str:
    return f"{kernel} + {outputs}" if settings.get("use_bias", True) else kernel


def _channels(settings: Mapping, shape: Shape) -> int:
    return shape[1] if settings.get("data_format") == "channels_first" else shape[-1]


def _dense(settings: Mapping, shape: Shape) -> str:
    return _with_bias(_product([shape[-1], settings["units"]]), settings, settings["units"])


def _convolution(settings: Mapping, shape: Shape) -> str:
    per_group = _channels(settings, shape) // settings.get("groups", 1)
    kernel = _product([*settings["kernel_size"], per_group, settings["filters"]])
    return _with_bias(kernel, settings, settings["filters"])


def _depthwise(settings: Mapping, shape: Shape) -> str:
    channels, multiplier = _channels(settings, shape), settings.get("depth_multiplier", 1)
    return _with_bias(_product([*settings["kernel_size"], channels, multiplier]), settings, channels * multiplier)


def _separable(settings: Mapping, shape: Shape) -> str:
    channels, multiplier = _channels(settings, shape), settings.get("depth_multiplier", 1)
    depthwise = _product([*settings["kernel_size"], channels, multiplier])
    pointwise = _product([channels * multiplier, settings["filters"]])
    return _with_bias(f"{depthwise} + {pointwise}", settings, settings["filters"])


def _embedding(settings: Mapping, shape: Shape) -> str:
    return _product([settings["input_dim"], settings["output_dim"]])


def _recurrent(gates: int, extra_bias: int = 0):
    def formula(settings: Mapping, shape: Shape) -> str:
        units, features = settings["units"], shape[-1]
        bias = f" + {units * (1 + extra_bias)}" if settings.get("use_bias", True) else ""
        return f"{gates}*({features}*{units} + {units}*{units}{bias})"
    return formula


def _gru(settings: Mapping, shape: Shape) -> str:
    return _recurrent(3, extra_bias=int(settings.get("reset_after", True)))(settings, shape)


def _batch_normalization(settings: Mapping, shape: Shape) -> str:
    axes = settings.get("axis", -1)
    size = math.prod(shape[axis] for axis in (axes if isinstance(axes, list) else [axes]))
    vectors = 2 + settings.get("center", True) + settings.get("scale", True)  # moving mean and variance
    # Renormalisation tracks a moving deviation and its own mean and deviation.
    return f"{vectors + 3 * settings.get('renorm', False)}*{size}"


def _layer_normalization(settings: Mapping, shape: Shape) -> str:
    scale, centre = settings.get("scale", True), settings.get("center", True)
    if settings.get("rms_scaling"):
        scale, centre = True, False
    return _vectors(scale + centre, _sizes_along(settings.get("axis", -1), shape))


def _rms_normalization(settings: Mapping, shape: Shape) -> str:
    return _vectors(1, _sizes_along(settings.get("axis", -1), shape))


def _adapted_normalization(settings: Mapping, shape: Shape) -> str:
    if "mean" in settings:  # given as settings, not learned from data
        return "0"
    return f"{_vectors(2, _sizes_along(settings.get('axis', []), shape))} + 1"  # mean, variance, and how many were seen


def _spectral_normalization(settings: Mapping, shape: Shape) -> str:
    inner, options = settings["layer"]["class_name"], settings["layer"]["config"]
    return f"{_inner_formula(settings['layer'], shape)} + {_last_kernel_side(inner, options, shape)}"


def _last_kernel_side(operation: str, settings: Mapping, shape: Shape) -> int:
    if operation.endswith("Transpose"):
        return _channels(settings, shape)
    if operation.startswith("Depthwise"):
        return settings.get("depth_multiplier", 1)
    if operation == "EinsumDense":
        sizes, weights = _einsum_sizes(settings, shape)
        return sizes[weights[-1]]
    return next(settings[key] for key in ("units", "filters", "output_dim") if key in settings)


def _prelu(settings: Mapping, shape: Shape) -> str:
    shared = settings.get("shared_axes", [])
    return _vectors(1, [size for axis, size in enumerate(shape) if axis and axis not in shared])


def _layer_scale(settings: Mapping, shape: Shape) -> str:
    """Count the layer that keras.applications' ConvNeXt brings along: a factor for each channel."""
    return str(settings["projection_dim"])


def _reversible_embedding(settings: Mapping, shape: Shape) -> str:
    there, back = [settings["input_dim"], settings["output_dim"]], [settings["output_dim"], settings["input_dim"]]
    return _product(there) if settings.get("tie_weights", True) else f"{_product(there)} + {_product(back)}"


def _einsum_dense(settings: Mapping, shape: Shape) -> str:
    sizes, weights = _einsum_sizes(settings, shape)
    kernel = _product([sizes[letter] for letter in weights])
    if "bias_axes" not in settings:
        return kernel
    return f"{kernel} + {_product([sizes[letter] for letter in settings['bias_axes']])}"


def _einsum_sizes(settings: Mapping, shape: Shape) -> tuple[dict[str, int], str]:
    """Return the size of each letter of an equation like "abc,cd->abd", and the letters of its kernel."""
    inputs, weights, outputs = re.split(",|->", settings["equation"].replace("...", ""))
    said = settings["output_shape"] if isinstance(settings["output_shape"], list) else [settings["output_shape"]]
    if settings["equation"].startswith("..."):
        sizes = dict(zip(reversed(inputs), reversed(shape), strict=False))
        given = zip(reversed(outputs), reversed(said), strict=False)
    else:
        sizes = dict(zip(inputs, shape, strict=False))
        given = zip(outputs[1:], said, strict=False)  # the first letter is the batch
    return sizes | {letter: size for letter, size in given if size is not None}, weights


def _rnn(settings: Mapping, shape: Shape) -> str:
    return _inner_formula(settings["cell"], (shape[0], *shape[2:]))


def _stacked_cells(settings: Mapping, shape: Shape) -> str:
    terms = []
    for cell in settings["cells"]:
        terms.append(_inner_formula(cell, shape))
        shape = (shape[0], _cell_units(cell["config"]))
    return " + ".join(terms)


def _cell_units(settings: Mapping) -> int:
    """Return how many numbers a cell, the last one of a stack of cells, or a layer around it gives."""
    if "units" in settings:
        return settings["units"]
    return _cell_units((settings["cell"] if "cell" in settings else settings["cells"][-1])["config"])


def _convolutional_lstm(settings: Mapping, shape: Shape) -> str:
    features, filters = _channels(settings, (shape[0], *shape[2:])), settings["filters"]
    window = _product(settings["kernel_size"])
    bias = f" + {filters}" if settings.get("use_bias", True) else ""
    return f"4*({window}*{features}*{filters} + {window}*{filters}*{filters}{bias})"


def _bidirectional(settings: Mapping, shape: Shape) -> str:
    forward = _inner_formula(settings["layer"], shape)
    backward = _inner_formula(settings.get("backward_layer", settings["layer"]), shape)
    return _sum([forward, backward])


def _time_distributed(settings: Mapping, shape: Shape) -> str:
    """Count a wrapper inside another one; the outer one is `time_distributed` in the settings."""
    return _inner_formula(settings["layer"], _one_step(shape, 1))


def _inner_formula(layer: Mapping, shape: Shape) -> str:
    """Return the expression for a layer that is a setting of another one."""
    return parameter_formula(layer["class_name"], layer["config"], [shape])


def _attention(settings: Mapping, shape: Shape) -> str:
    return str(int(settings.get("use_scale", False)) + (settings.get("score_mode") == "concat"))


def _additive_attention(settings: Mapping, shape: Shape) -> str:
    return str(shape[-1]) if settings.get("use_scale", True) else "0"


def _multi_head_attention(settings: Mapping, shapes: Sequence[Shape]) -> str:
    query, value, key = _query_value_key(shapes)
    heads, key_size = settings["num_heads"], settings["key_dim"]
    value_size = settings.get("value_dim", key_size)
    outputs = _attention_outputs(settings, query)
    return _projections(settings, [
        ([query[-1]], [heads, key_size]), ([key[-1]], [heads, key_size]), ([value[-1]], [heads, value_size]),
        *([([query[-1]], [heads, value_size])] if settings.get("use_gate") else []),
        ([heads, value_size], outputs)])


def _grouped_query_attention(settings: Mapping, shapes: Sequence[Shape]) -> str:
    query, value, key = _query_value_key(shapes)
    size = settings["head_dim"]
    asking, answering = [settings["num_query_heads"], size], [settings["num_key_value_heads"], size]
    return _projections(settings, [
        ([query[-1]], asking), ([key[-1]], answering), ([value[-1]], answering),
        *([([query[-1]], asking)] if settings.get("use_gate") else []), (asking, [query[-1]])])


def _projections(settings: Mapping, sides: Sequence[tuple[list[int], list[int]]]) -> str:
    """Return the sum of linear maps, each given by the sizes of its two sides."""
    return _sum(f"{_product([*inputs, *outputs])}{' + ' + _product(outputs) if settings.get('use_bias', True) else ''}"
                for inputs, outputs in sides)


def _query_value_key(shapes: Sequence[Shape]) -> tuple[Shape, Shape, Shape]:
    query, value, *key = shapes  # the order in which attention layers take them
    return query, value, (key or [value])[0]


def _attention_outputs(settings: Mapping, query: Shape) -> list[int]:
    outputs = settings.get("output_shape", query[-1])
    return outputs if isinstance(outputs, list) else [outputs]


def _spectrogram(settings: Mapping, shape: Shape) -> str:
    parts = 1 if settings["mode"] in ("real", "imag") else 2
    return _product([parts, settings["frame_length"], _frequencies(settings)])


def _frequencies(settings: Mapping) -> int:
    power_of_two = 1 << (settings["frame_length"] - 1).bit_length()  # the next one: fast Fourier transforms like it
    return settings.get("fft_length", power_of_two) // 2 + 1


def _sizes_along(axes: int | list[int], shape: Shape) -> list[int]:
    return [shape[axis] for axis in (axes if isinstance(axes, list) else [axes])]


def _vectors(number: int, sizes: Sequence[int]) -> str:
    """Return the count of a number of equal arrays."""
    return _product([number, *sizes] if number != 1 or not sizes else sizes)


def _sum(terms: Iterable[str]) -> str:
    counted = Counter(terms)
    return " + ".join(f"({term})" if times == 1 else f"{times}*({term})" for term, times in counted.items()) or "0"


def _times(settings: Mapping) -> int:
    """Return along how many axes after the batch TimeDistributed wrappers repeat a layer."""
    return settings.get("time_distributed", 0)


def _one_step(shape: Shape, times: int) -> Shape:
    """Return the shape that a layer inside TimeDistributed wrappers sees."""
    return (shape[0], *shape[1 + times:])


_FORMULAS = {
    "Dense": _dense, "EinsumDense": _einsum_dense, "Embedding": _embedding,
    "ReversibleEmbedding": _reversible_embedding,
    **{f"Conv{n}D{kind}": _convolution for n in (1, 2, 3) for kind in ("", "Transpose")},
    **{f"DepthwiseConv{n}D": _depthwise for n in (1, 2)},
    **{f"SeparableConv{n}D": _separable for n in (1, 2)},
    **{f"{kind}{part}": count for part in ("", "Cell") for kind, count in
       {"LSTM": _recurrent(4), "GRU": _gru, "SimpleRNN": _recurrent(1)}.items()},
    **{f"ConvLSTM{n}D": _convolutional_lstm for n in (1, 2, 3)},
    "RNN": _rnn, "StackedRNNCells": _stacked_cells, "Bidirectional": _bidirectional,
    "TimeDistributed": _time_distributed,
    "BatchNormalization": _batch_normalization, "LayerNormalization": _layer_normalization,
    "GroupNormalization": _layer_normalization, "RMSNormalization": _rms_normalization,
    "Normalization": _adapted_normalization, "SpectralNormalization": _spectral_normalization,
    "Attention": _attention, "AdditiveAttention": _additive_attention, "PReLU": _prelu, "LayerScale": _layer_scale,
    "STFTSpectrogram": _spectrogram,
}
_FORMULAS_OF_SEVERAL_INPUTS = {
    "MultiHeadAttention": _multi_head_attention, "GroupedQueryAttention": _grouped_query_attention,
}


def _windows(window_key: str, channels_key: str | None):
    def shape_of(settings: Mapping, shape: Shape) -> Shape:
        windows, strides = settings[window_key], settings["strides"]
        dilations = settings.get("dilation_rate", [1] * len(windows))
        first = 2 if settings.get("data_format") == "channels_first" else 1
        space = tuple(window_positions(size, window, stride, settings["padding"], dilation) for size, window, stride,
                      dilation in zip(shape[first:first + len(windows)], windows, strides, dilations, strict=True))
        channels = settings[channels_key] if channels_key else _channels(settings, shape)
        if channels_key is None and "depth_multiplier" in settings:
            channels *= settings["depth_multiplier"]
        return (shape[0], channels, *space) if first == 2 else (shape[0], *space, channels)
    return shape_of


def _global_pool(settings: Mapping, shape: Shape) -> Shape:
    channels = _channels(settings, shape)
    return (shape[0], *[1] * (len(shape) - 2), channels) if settings.get("keepdims") else (shape[0], channels)


def _flatten(settings: Mapping, shape: Shape) -> Shape:
    return (shape[0], None if None in shape[1:] else math.prod(shape[1:]))


def _last_axis(key: str):
    return lambda settings, shape: (*shape[:-1], settings[key])


def _space(change):
    """Return the shape rule of a layer that changes each axis of height, width, … by itself.

    `change` takes the settings, which of these axes it is, and its size; a free axis stays free.
    """
    def shape_of(settings: Mapping, shape: Shape) -> Shape:
        first = 2 if settings.get("data_format") == "channels_first" else 1
        last = first + len(shape) - 2
        changed = tuple(None if size is None else change(settings, axis, size)
                        for axis, size in enumerate(shape[first:last]))
        return (*shape[:first], *changed, *shape[last:])
    return shape_of


def _transposed(settings: Mapping, shape: Shape) -> Shape:
    spread = _space(_spread)(settings, shape)
    if settings.get("data_format") == "channels_first":
        return (spread[0], settings["filters"], *spread[2:])
    return (*spread[:-1], settings["filters"])


def _spread(settings: Mapping, axis: int, size: int) -> int:
    """Return the length of an axis behind a transposed convolution, which undoes the shape of a convolution."""
    stride, window = settings["strides"][axis], settings["kernel_size"][axis]
    reach = settings["dilation_rate"][axis] * (window - 1) + 1
    extra = settings.get("output_padding")
    extra = extra[axis] if isinstance(extra, list) else extra
    if settings["padding"] == "same":
        return size * stride if extra is None else (size - 1) * stride + reach % 2 + extra
    return (size - 1) * stride + reach + (max(stride - reach, 0) if extra is None else extra)


def _both_ends(key: str, sign: int):
    def change(settings: Mapping, axis: int, size: int) -> int:
        ends = settings[key] if isinstance(settings[key][0], list) else [settings[key]]
        return size + sign * sum(ends[axis])
    return change


def _upsampled(settings: Mapping, axis: int, size: int) -> int:
    factors = settings["size"]
    return size * (factors[axis] if isinstance(factors, list) else factors)


def _adaptive(settings: Mapping, shape: Shape) -> Shape:
    sizes = tuple(settings["output_size"])
    channels = _channels(settings, shape)
    return (shape[0], channels, *sizes) if settings.get("data_format") == "channels_first" else (
        shape[0], *sizes, channels)


def _image(settings: Mapping, shape: Shape) -> Shape:
    first = 2 if settings.get("data_format") == "channels_first" else 1
    return (*shape[:first], settings["height"], settings["width"], *shape[first + 2:])


def _reshaped(settings: Mapping, shape: Shape) -> Shape:
    target = settings["target_shape"]
    if -1 not in target:
        return (shape[0], *target)
    left = None if None in shape[1:] else math.prod(shape[1:]) // -math.prod(target)
    return (shape[0], *(left if size == -1 else size for size in target))


def _steps(settings: Mapping, shape: Shape, outputs: Sequence[int | None]) -> Shape:
    """Return the shape of what a recurrent layer gives: after each step, or after the last one."""
    return (shape[0], *([shape[1]] if settings.get("return_sequences") else []), *outputs)


def _recurrent_shape(settings: Mapping, shape: Shape) -> Shape:
    return _steps(settings, shape, [_cell_units(settings)])


def _convolutional_lstm_shape(settings: Mapping, shape: Shape) -> Shape:
    step = _windows("kernel_size", "filters")(settings, (shape[0], *shape[2:]))
    return _steps(settings, shape, step[1:])


def _bidirectional_shape(settings: Mapping, shape: Shape) -> Shape:
    one_way = output_shape(settings["layer"]["class_name"], settings["layer"]["config"], [shape])
    return (*one_way[:-1], 2 * one_way[-1]) if settings.get("merge_mode") == "concat" else one_way


def _wrapped_shape(settings: Mapping, shape: Shape) -> Shape:
    return output_shape(settings["layer"]["class_name"], settings["layer"]["config"], [shape])


def _repeated_shape(settings: Mapping, shape: Shape) -> Shape:
    step = _wrapped_shape(settings, _one_step(shape, 1))
    return (step[0], shape[1], *step[1:])


def _einsum_shape(settings: Mapping, shape: Shape) -> Shape:
    inputs = settings["equation"].split(",")[0]
    said = settings["output_shape"] if isinstance(settings["output_shape"], list) else [settings["output_shape"]]
    elided = len(shape) - len(inputs.replace("...", ""))
    if inputs.startswith("..."):
        return (shape[0], *shape[1:elided], *said)
    return (shape[0], *said, *(shape[-elided:] if elided else ()))


def _reversible_shape(settings: Mapping, shape: Shape) -> Shape:
    if settings.get("call", {}).get("reverse"):
        return (*shape[:-1], settings["input_dim"])
    return (*shape, settings["output_dim"])


def _dot_shape(settings: Mapping, shapes: Sequence[Shape]) -> Shape:
    axes = settings["axes"] if isinstance(settings["axes"], list) else [settings["axes"]] * 2
    rests = [[size for at, size in enumerate(shape) if at != axis % len(shape)]
             for shape, axis in zip(shapes, axes, strict=True)]
    joined = (*rests[0], *rests[1][1:])
    return joined if len(joined) > 1 else (*joined, 1)


def _attention_shape(settings: Mapping, shapes: Sequence[Shape]) -> Shape:
    query, value, _key = _query_value_key(shapes)
    return (*query[:-1], value[-1])


def _multi_head_shape(settings: Mapping, shapes: Sequence[Shape]) -> Shape:
    return (*shapes[0][:-1], *_attention_outputs(settings, shapes[0]))


_AUGMENTATIONS = frozenset({
    "AugMix", "AutoContrast", "ContrastLimitedAdaptiveHistogramEqualization", "CutMix", "MixUp",
    "RandAugment", "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast",
    "RandomElasticTransform", "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue",
    "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
    "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "Solarization",
})
_NORMALIZATIONS = frozenset({"BatchNormalization", "LayerNormalization", "GroupNormalization", "RMSNormalization",
                             "Normalization"})
_SAME_SHAPE = RANDOM | _AUGMENTATIONS | _NORMALIZATIONS | {
    "Activation", "ActivityRegularization", "ELU", "LayerScale", "LeakyReLU", "Masking", "Output", "PReLU", "ReLU",
    "Rescaling", "Softmax", "UnitNormalization"}
_SHAPES = {
    "Dense": _last_axis("units"), "EinsumDense": _einsum_shape,
    "Embedding": lambda settings, shape: (*shape, settings["output_dim"]),
    "ReversibleEmbedding": _reversible_shape,
    "Flatten": _flatten, "Reshape": _reshaped,
    "Permute": lambda settings, shape: (shape[0], *(shape[axis] for axis in settings["dims"])),
    "RepeatVector": lambda settings, shape: (shape[0], settings["n"], shape[1]),
    **{f"Conv{n}D": _windows("kernel_size", "filters") for n in (1, 2, 3)},
    **{f"Conv{n}DTranspose": _transposed for n in (1, 2, 3)},
    **{f"SeparableConv{n}D": _windows("kernel_size", "filters") for n in (1, 2)},
    **{f"DepthwiseConv{n}D": _windows("kernel_size", None) for n in (1, 2)},
    **{f"{kind}Pooling{n}D": _windows("pool_size", None) for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": _global_pool for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Adaptive{kind}Pooling{n}D": _adaptive for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"UpSampling{n}D": _space(_upsampled) for n in (1, 2, 3)},
    **{f"ZeroPadding{n}D": _space(_both_ends("padding", 1)) for n in (1, 2, 3)},
    **{f"Cropping{n}D": _space(_both_ends("cropping", -1)) for n in (1, 2, 3)},
    **dict.fromkeys(("CenterCrop", "RandomCrop", "Resizing"), _image),
    **dict.fromkeys(("LSTM", "GRU", "SimpleRNN", "RNN"), _recurrent_shape),
    **dict.fromkeys(("LSTMCell", "GRUCell", "SimpleRNNCell", "StackedRNNCells"),
                    lambda settings, shape: (*shape[:-1], _cell_units(settings))),
    **{f"ConvLSTM{n}D": _convolutional_lstm_shape for n in (1, 2, 3)},
    "Bidirectional": _bidirectional_shape, "SpectralNormalization": _wrapped_shape, "TimeDistributed": _repeated_shape,
}
_SHAPES_OF_SEVERAL_INPUTS = {
    "Attention": _attention_shape, "AdditiveAttention": _attention_shape, "Dot": _dot_shape,
    "MultiHeadAttention": _multi_head_shape, "GroupedQueryAttention": _multi_head_shape,
}
# Every built-in layer whose count and shape are known here.
LAYERS = (_SAME_SHAPE | set(_SHAPES) | set(_SHAPES_OF_SEVERAL_INPUTS) | COMMUTATIVE | {"Concatenate", "Subtract"}) - {
    "Output", "LayerScale"}
# Their shapes follow rules of their own, and they have no weights: only the count is known here.
_ENCODINGS = frozenset({"CategoryEncoding", "Discretization", "HashedCrossing", "Hashing", "MelSpectrogram"})
_WEIGHTLESS = (LAYERS | _ENCODINGS | {"Input", "Output"}) - set(_FORMULAS) - set(_FORMULAS_OF_SEVERAL_INPUTS)


def _broadcast(shapes: Sequence[Shape]) -> Shape:
    rank = max(len(shape) for shape in shapes)
    padded = [(1,) * (rank - len(shape)) + tuple(shape) for shape in shapes]
    return tuple(_common_size(sizes) for sizes in zip(*padded, strict=True))


def _common_size(sizes: Sequence[int | None]) -> int | None:
    fixed = {size for size in sizes if size not in (1, None)}
    if len(fixed) > 1:
        raise ValueError(f"sizes {sorted(fixed)} do not fit together")
    return fixed.pop() if fixed else (None if None in sizes else 1)


def _concatenated(shapes: Sequence[Shape], axis: int) -> Shape:
    sizes = [shape[axis] for shape in shapes]
    rest = {tuple(size for at, size in enumerate(shape) if at != axis) for shape in shapes}
    if len(rest) > 1:
        raise ValueError(f"shapes {list(map(tuple, shapes))} differ beside axis {axis}")
    joined = None if None in sizes else sum(sizes)
    return tuple(joined if at == axis else size for at, size in enumerate(shapes[0]))
