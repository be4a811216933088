"""Closed-form parameter counts and output shapes, layer by layer, from settings and input shapes alone.

No Keras is imported: Keras's own numbers are checked by this arithmetic, and the book's by-hand counts are made by it.
Settings are those of a canonical node (see `rules.py`), shapes have the batch axis first and None for a free axis.
Formulas are Python arithmetic expressions: `eval` of one gives the count.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from autograder.graph.model_graph import ModelGraph
from autograder.graph.rules import COMMUTATIVE, RANDOM, Shape


def parameter_formula(operation: str, settings: Mapping, input_shapes: Sequence[Shape]) -> str:
    """Return the number of weights of one layer as an expression, e.g. "3*3*64*128 + 128"; "0" without weights.

    Raises KeyError for an operation whose arithmetic is not known.
    """
    if operation in _WEIGHTLESS or operation.startswith("ops."):
        return "0"
    return _FORMULAS[operation](settings, input_shapes[0])


def layer_formula(graph: ModelGraph, layer: int) -> str:
    """Return the expression for one layer of a graph, whatever the number of its calls."""
    node = min(node for node, data in graph.graph.nodes(data=True) if data["layer"] == layer)
    data = graph.graph.nodes[node]
    return parameter_formula(data["operation"], data["settings"], input_shapes(graph, node))


def model_formula(graph: ModelGraph) -> str:
    """Return the expression for a whole model: a term for each layer with weights, equal terms collected."""
    terms = Counter(layer_formula(graph, layer) for layer in range(len(graph.layers)))
    return " + ".join(f"({term})" if times == 1 else f"{times}*({term})" for term, times in terms.items()) or "0"


def evaluate(formula: str) -> int:
    """Return the value of a formula made here."""
    return eval(formula, {"__builtins__": {}})  # noqa: S307 - numbers and + * // ( ) only, never a student's text


def input_shapes(graph: ModelGraph, node: int) -> list[Shape]:
    """Return the shapes that a node of a graph receives, in argument order."""
    return [graph.graph.nodes[sender]["shapes"][output] for sender, output in graph.arguments(node)]


def output_shape(operation: str, settings: Mapping, input_shapes: Sequence[Shape]) -> Shape:
    """Return the output shape of one call.

    Raises KeyError for an operation whose arithmetic is not known, ValueError where the inputs do not fit together.
    """
    first = tuple(input_shapes[0])
    if operation in _SAME_SHAPE:
        return first
    if operation in COMMUTATIVE or operation == "Subtract":
        return _broadcast(input_shapes)
    if operation == "Concatenate":
        return _concatenated(input_shapes, settings["axis"])
    return _SHAPES[operation](settings, first)


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


def _normalization(settings: Mapping, shape: Shape) -> str:
    axes = settings.get("axis", -1)
    size = math.prod(shape[axis] for axis in (axes if isinstance(axes, list) else [axes]))
    vectors = 2 + settings.get("center", True) + settings.get("scale", True)  # moving mean and variance
    return f"{vectors}*{size}"


_FORMULAS = {
    "Dense": _dense, "Embedding": _embedding, "LSTM": _recurrent(4), "GRU": _gru, "SimpleRNN": _recurrent(1),
    "BatchNormalization": _normalization,
    **{f"Conv{n}D{kind}": _convolution for n in (1, 2, 3) for kind in ("", "Transpose")},
    **{f"DepthwiseConv{n}D": _depthwise for n in (1, 2)},
    **{f"SeparableConv{n}D": _separable for n in (1, 2)},
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


_SAME_SHAPE = RANDOM | {"Activation", "BatchNormalization", "Output", "ReLU", "LeakyReLU", "PReLU", "ELU"}
_SHAPES = {
    "Dense": _last_axis("units"),
    "Embedding": lambda settings, shape: (*shape, settings["output_dim"]),
    "Flatten": _flatten,
    **{f"Conv{n}D": _windows("kernel_size", "filters") for n in (1, 2, 3)},
    **{f"SeparableConv{n}D": _windows("kernel_size", "filters") for n in (1, 2)},
    **{f"DepthwiseConv{n}D": _windows("kernel_size", None) for n in (1, 2)},
    **{f"{kind}Pooling{n}D": _windows("pool_size", None) for kind in ("Max", "Average") for n in (1, 2, 3)},
    **{f"Global{kind}Pooling{n}D": _global_pool for kind in ("Max", "Average") for n in (1, 2, 3)},
}
_WEIGHTLESS = ((_SAME_SHAPE - {"BatchNormalization", "PReLU"}) | (set(_SHAPES) - set(_FORMULAS)) | COMMUTATIVE
               | {"Input", "Concatenate", "Subtract"})


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
