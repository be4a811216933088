"""Rewrite rules: how one Keras call, however it was spelled, becomes canonical operations.

`layers.Add`, `layers.add`, `keras.ops.add` and `+` are one operation; `activation="relu"` on a layer and a `ReLU` layer
behind it are the same two steps. Every rule here keeps the function that the model computes. No Keras is imported.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Shape = tuple[int | None, ...]


@dataclass(frozen=True)
class Step:
    """One canonical operation with the settings that decide what it computes."""

    operation: str
    settings: dict


# The model's own ends, which are no operations of its.
ENDS = frozenset({"Input", "Output"})
# The order of their inputs does not change what they compute.
COMMUTATIVE = frozenset({"Add", "Multiply", "Maximum", "Minimum", "Average"})
# A nested call with one use may be written as one call with more inputs.
ASSOCIATIVE = frozenset({"Add", "Multiply", "Maximum", "Minimum", "Concatenate"})
JOINS = COMMUTATIVE | {"Concatenate", "Subtract", "Dot"}
# Their result is a fresh random draw at each call, so two calls on one tensor are two operations.
RANDOM = frozenset({"Dropout", "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D", "AlphaDropout",
                    "GaussianDropout", "GaussianNoise"})
# An activation applied twice is the same as applied once.
IDEMPOTENT = frozenset({"relu", "relu6"})
# Activations that act on each number alone, unlike softmax.
ELEMENTWISE = IDEMPOTENT | {"sigmoid", "tanh", "elu", "selu", "gelu", "silu", "softplus", "softsign", "exponential",
                            "hard_sigmoid", "hard_silu", "leaky_relu", "mish", "log_sigmoid"}

# Layers whose `activation=` acts on their output and nothing else.
ACTIVATED = frozenset({"Dense", "EinsumDense", "Conv1D", "Conv2D", "Conv3D", "Conv1DTranspose", "Conv2DTranspose",
                        "Conv3DTranspose", "DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D"})
_MERGES = JOINS - {"Dot"}
_SAME_ALONG_TIME = COMMUTATIVE | {"Subtract", "Activation", "Dense", "Dropout", "Rescaling", "Embedding"}
# These keras.ops are the merge layers of the same name; `keras.ops.average` is not `layers.Average`.
_MERGE_OPS = _MERGES - {"Average"}
_ACTIVATION_OPS = {
    "Relu": "relu", "ReLU": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softplus": "softplus",
    "Softsign": "softsign", "Silu": "silu", "Gelu": "gelu", "Elu": "elu", "Selu": "selu", "Softmax": "softmax",
    "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "LogSigmoid": "log_sigmoid", "LogSoftmax": "log_softmax",
    "Mish": "mish", "Exp": "exponential",
}
# A recurrent layer is its cell, run along the sequence.
_CELLS = {"LSTMCell": "LSTM", "GRUCell": "GRU", "SimpleRNNCell": "SimpleRNN"}
# What does not change what a trained model computes or how it trains.
_FREE = frozenset({"name", "dtype", "trainable", "autocast", "seed", "use_cudnn", "implementation", "lora_rank",
                   "lora_alpha", "quantization_config", "sparse", "ragged", "optional", "unit_forget_bias"})


def canonical_steps(operation: str, config: Mapping, inputs: Sequence[Shape], *, is_layer: bool) -> list[Step]:
    """Return the canonical operations of one call, first to last; an identity has none.

    `operation` is the Keras class name, `config` its `get_config()`, `inputs` the input shapes (batch axis first).
    """
    settings = _plain(config)
    rank = len(inputs[0]) if inputs else 0
    if operation == "Identity":
        return []
    if operation == "RNN" and settings.get("cell", {}).get("class_name") in _CELLS:
        cell = settings.pop("cell")
        return [Step(_CELLS[cell["class_name"]], settings | cell["config"])]
    if operation == "Hstack" and rank > 1:
        return [Step("Concatenate", {"axis": 1})]
    if operation == "Concatenate":
        if len(inputs) == 1:
            return []
        return [Step(operation, {"axis": settings.get("axis", -1) % rank})]
    if operation in (_MERGES if is_layer else _MERGE_OPS):
        return [] if is_layer and len(inputs) == 1 else [Step(operation, {})]
    if (function := _activation_of(operation, settings, rank, is_layer)) is not None:
        return _activation(function)
    if operation in RANDOM and not settings.get("rate", settings.get("stddev")):
        return []  # dropping nothing, adding no noise
    if not is_layer:
        return [Step(f"ops.{operation}", settings)]
    if "Transpose" not in operation:
        _ignore_padding_that_cannot_matter(settings, inputs)
    if operation in ACTIVATED:
        function = _activation_name(settings.pop("activation", None))
        return [Step(operation, settings), *_activation(function)]
    return [Step(operation, settings)]


def along_time(step: Step, axes: int) -> dict:
    """Return the settings of a step that TimeDistributed wrappers run along a number of leading axes.

    What acts on each number or on the last axis alone does the same with or without the wrapper.
    """
    if not axes or step.operation in _SAME_ALONG_TIME:
        return step.settings
    if step.operation == "Concatenate":
        return {"axis": step.settings["axis"] + axes}
    return step.settings | {"time_distributed": axes}


def _activation(function: str | None) -> list[Step]:
    return [] if function in (None, "linear") else [Step("Activation", {"function": function})]


def _activation_of(operation: str, settings: dict, rank: int, is_layer: bool) -> str | None:
    """Return the activation function that this call is, or None when it is something else."""
    if operation == "Activation" and is_layer:
        return _activation_name(settings.get("activation"))
    if is_layer and operation == "ReLU":
        if settings.get("negative_slope") or settings.get("threshold"):
            return None
        return {None: "relu", 6.0: "relu6"}.get(settings.get("max_value"))
    if operation == "Softmax":
        axis = settings.get("axis", -1)
        return "softmax" if isinstance(axis, int) and axis % rank == rank - 1 else None
    if is_layer:
        return None
    if operation == "ReLU" and (settings.get("negative_slope") or settings.get("threshold")
                                or settings.get("max_value")):
        return None
    if operation == "Gelu" and not settings.get("approximate", True):
        return None
    return _ACTIVATION_OPS.get(operation)


def _activation_name(value) -> str | None:
    """Return the name of a serialised activation: a string, or a dict for functions and layers."""
    if not isinstance(value, Mapping):
        return value
    name, inner = value.get("class_name"), value.get("config")
    if isinstance(inner, str):
        return inner
    # A layer object given as an activation; the channels are last, where Softmax acts by default.
    function = _activation_of(name, _plain(inner or {}), 0, is_layer=True) if name != "Softmax" else "softmax"
    return function or name


def _ignore_padding_that_cannot_matter(settings: dict, inputs: Sequence[Shape]) -> None:
    """Spell padding and dilation one way where both ways are equal: a window of one, or one that fits the size."""
    window = settings.get("kernel_size", settings.get("pool_size"))
    if window is None:
        return
    if all(side == 1 for side in window) and "dilation_rate" in settings:
        settings["dilation_rate"] = [1] * len(window)
    first = 2 if settings.get("data_format") == "channels_first" else 1
    sizes = inputs[0][first:first + len(window)]
    dilations = settings.get("dilation_rate", [1] * len(window))
    if settings.get("padding") == "same" and not any(
            _is_padded(*axis) for axis in zip(sizes, window, settings["strides"], dilations, strict=True)):
        settings["padding"] = "valid"


def _is_padded(size: int | None, window: int, stride: int, dilation: int) -> bool:
    """Whether `padding="same"` adds a border along an axis of this size."""
    reach = dilation * (window - 1) + 1
    if size is None:
        return reach > 1
    return (-(-size // stride) - 1) * stride + reach > size


def _plain(config: Mapping) -> dict:
    """Return a config without what is free, as JSON values; what is None is left out, as if it were not said."""
    return {key: _plain_value(value) for key, value in config.items()
            if key not in _FREE and not key.endswith("initializer") and value is not None}


def _plain_value(value):
    if isinstance(value, Mapping):
        if "class_name" in value and "config" in value:  # a serialised Keras object: where it lives does not matter
            inner = value["config"]
            return {"class_name": value["class_name"], "config": _plain(inner) if isinstance(inner, Mapping) else inner}
        return _plain(value)
    if isinstance(value, (list, tuple)):
        return [_plain_value(item) for item in value]
    return value
