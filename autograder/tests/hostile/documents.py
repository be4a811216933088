"""Evidence made to harm, each document written from the right answer to `inception/branches`, as the text of a file.

`REFUSED` documents must earn nothing and one clear finding. `LARGE` ones are wrong models at the limits of what is
judged: they may take no longer. `HARMLESS` ones look alarming and are a right answer.
Whatever would run leaves a file named CANARY where the judging process works.
"""

import copy
import json
import sys
from collections.abc import Callable
from functools import cache

import keras
from keras import layers

from autograder.graph.weightless import weightless

TASK = "inception/branches"
ARGUMENTS = {"x": [128, 128, 3], "filters": 128}
CANARY = "canary"
PAYLOAD = f"open({CANARY!r}, 'w').close()"
COMMAND = f"touch {CANARY}"

REFUSED: dict[str, Callable[[], str]] = {}
LARGE: dict[str, Callable[[], str]] = {}
HARMLESS: dict[str, Callable[[], str]] = {}


# --- the right answer, and what documents do to it --------------------------------------------------------------------


@cache
def _right() -> str:
    def conv(kernel: int, strides: int, name: str) -> layers.Layer:
        return layers.Conv2D(128, kernel, strides=strides, padding="same", activation="relu", name=name)

    with weightless():
        x = keras.Input((128, 128, 3), name="x")
        window = conv(3, 2, "window_2")(conv(1, 1, "window_1")(x))
        pooled = conv(3, 1, "pooled_2")(layers.AveragePooling2D(3, strides=2, padding="same", name="pooled_1")(x))
        wide = conv(3, 2, "wide_3")(conv(3, 1, "wide_2")(conv(1, 1, "wide_1")(x)))
        joined = layers.Concatenate(name="joined")([conv(1, 2, "pointwise")(x), window, pooled, wide])
        return keras.Model(x, joined, name="right").to_json()


def right() -> dict:
    """Return the right model's config, new each time, without how it was built: documents change shapes."""
    config = json.loads(_right())
    for entry in [config, *config["config"]["layers"]]:
        entry.pop("build_config", None)
    return config


def layer(config: dict, name: str = "pointwise") -> dict:
    """Return the entry of a layer in a model's config."""
    return next(entry for entry in config["config"]["layers"] if entry["name"] == name)


def settings(config: dict, name: str = "pointwise") -> dict:
    """Return the settings of a layer in a model's config."""
    return layer(config, name)["config"]


def arguments(config: dict, name: str = "pointwise") -> list:
    """Return the arguments of a layer's first call."""
    return layer(config, name)["inbound_nodes"][0]["args"]


def history(config: dict, name: str = "pointwise") -> list:
    """Return where the first argument of a layer's first call comes from: layer, number of its call, of its output."""
    return arguments(config, name)[0]["config"]["keras_history"]


def evidence(model: object) -> str:
    """Return evidence with a model's config as JSON text."""
    return json.dumps({"version": 1, "task": TASK, "cases": [{"arguments": ARGUMENTS, "model": model}]})


def evidence_of(model: keras.Model) -> str:
    """Return evidence with a Keras model."""
    return evidence(json.loads(model.to_json()))


def changed(change: Callable[[dict], object]) -> Callable[[], str]:
    """Return a document: the right config after a change in place."""
    def make() -> str:
        config = right()
        change(config)
        return evidence(config)
    return make


def spelled(old: str, new: str) -> Callable[[], str]:
    """Return a document: the right model's text with something replaced, for what Python values cannot say."""
    def make() -> str:
        text = json.dumps(right())
        assert old in text, old
        return evidence("HERE").replace('"HERE"', text.replace(old, new))
    return make


def document(make: Callable[[], str]) -> Callable[[], str]:
    """Register a function that writes a document."""
    REFUSED[make.__name__] = make
    return make


def keras_object(module: str | None, class_name: object, config: object = None, **more: object) -> dict:
    """Return how Keras writes an object into a config."""
    return {"module": module, "class_name": class_name, "config": {} if config is None else config,
            "registered_name": None, **more}


def function(module: str, name: str) -> dict:
    """Return how Keras writes a function into a config."""
    return {"module": module, "class_name": "function", "config": name, "registered_name": name}


def between(config: dict, *entries: dict) -> None:
    """Put layers in a chain between the input and `pointwise`."""
    for entry in entries:
        tensor = copy.deepcopy(arguments(config))
        entry |= {"inbound_nodes": [{"args": tensor, "kwargs": {}}]}
        config["config"]["layers"].insert(1, entry)
        history(config)[0] = entry["name"]


def added(module: str, class_name: str, config: dict | None = None) -> Callable[[], str]:
    """Return a document: the right model with one more layer or operation before `pointwise`."""
    def change(right_config: dict) -> None:
        entry = keras_object(module, class_name, {"name": "more", **(config or {})}, name="more")
        between(right_config, entry)
    return changed(change)


def as_layer(module: str | None, class_name: object, config: object = None, **more: object) -> Callable[[], str]:
    """Return a document: `pointwise` says that it is something else."""
    def change(right_config: dict) -> None:
        layer(right_config).update(keras_object(module, class_name, config, **more))
    return changed(change)


def with_setting(key: str, value: object, name: str = "pointwise") -> Callable[[], str]:
    """Return a document: one setting of one layer is another value."""
    return changed(lambda config: settings(config, name).update({key: value}))


def chained(*entries: tuple) -> Callable[[], str]:
    """Return a document: more layers before `pointwise`, each as (class name, settings)."""
    def change(config: dict) -> None:
        between(config, *(keras_object("keras.layers", class_name, {"name": f"more_{number}", **options},
                                       name=f"more_{number}")
                          for number, (class_name, options) in enumerate(entries)))
    return changed(change)


def without_input(operation: str, arguments: list, **options: object) -> Callable[[], str]:
    """Return a document: an operation called on numbers alone, which Keras runs at once."""
    def change(config: dict) -> None:
        config["config"]["layers"].insert(1, keras_object(
            "keras.src.ops.numpy", operation, {"name": "more", **options}, name="more",
            inbound_nodes=[{"args": arguments, "kwargs": {}}]))
    return changed(change)


def any_size(*parts: layers.Layer) -> keras.Model:
    """Return a model of some layers that takes images of any size."""
    y = x = keras.Input((None, None, 3))
    for part in parts:
        y = part(y)
    return keras.Model(x, y)


def a_model(model: keras.Model) -> dict:
    """Return a model's entry among the layers of another one."""
    return {**json.loads(model.to_json()), "name": model.name}


def built(build: Callable) -> Callable[[], str]:
    """Return a document: a model that Keras itself built, of a tensor of the right shape."""
    def make() -> str:
        with weightless():
            x = keras.Input((128, 128, 3), name="x")
            return evidence_of(keras.Model(x, build(x)))
    return make


# --- code -------------------------------------------------------------------------------------------------------------

for module_name, names in {
    "os": ["system", "popen", "remove"], "subprocess": ["Popen", "run"], "builtins": ["exec", "open", "__import__"],
    "importlib": ["import_module"], "pickle": ["Unpickler", "loads"], "marshal": ["loads"], "numpy": ["load"],
    "tensorflow": ["load_library"], "ctypes": ["CDLL"], "__main__": ["Own"], "this": ["s"],
    "autograder.evidence": ["collect"],
    "keras.src.utils.file_utils": ["get_file"], "keras.utils": ["get_file"], "keras.models": ["load_model"],
    "keras.saving": ["load_model", "KerasFileEditor"], "keras.config": ["enable_unsafe_deserialization"],
    "keras.src.layers.core.lambda_layer": ["Lambda"], "keras.src.saving.saving_lib": ["load_model"],
    "keras.src.models.model": ["Model"], "keras.callbacks": ["LambdaCallback"], "keras.backend": ["clear_session"],
}.items():
    for name in names:
        REFUSED[f"layer_from_{module_name}.{name}"] = as_layer(module_name, name, {"filepath": CANARY, "path": CANARY})


@document
def lambda_layer() -> str:
    code = eval(f"lambda x: [x, {PAYLOAD}][0]")  # noqa: S307 - the payload of this document
    with weightless():
        x = keras.Input((128, 128, 3), name="x")
        spoiled = layers.Lambda(code, output_shape=(128, 128, 3), name="harm")
        entry = {**_serialized(spoiled), "name": "harm"}
    config = right()
    between(config, entry)
    assert x is not None
    return evidence(config)


def _serialized(item: object) -> dict:
    import warnings
    from unittest.mock import patch

    with warnings.catch_warnings(), patch("inspect.getsource", return_value=""):  # made by eval, it has no source
        warnings.simplefilter("ignore")
        return keras.saving.serialize_keras_object(item)


@document
def lambda_as_activation() -> str:
    config = right()
    code = json.loads(lambda_layer())["cases"][0]["model"]
    settings(config)["activation"] = settings(code, "harm")["function"]
    return evidence(config)


REFUSED |= {
    f"activation_{name}": with_setting("activation", function("builtins", name))
    for name in ("exec", "eval", "open", "breakpoint", "compile", "__import__", "input")
}
REFUSED |= {
    "activation_of_another_module": with_setting("activation", function("os", "system")),
    "activation_named_exec": with_setting("activation", "exec"),
    "activation_with_a_dotted_name": with_setting("activation", "os.system"),
    "activation_written_as_code": with_setting("activation", f"__import__('os').system({COMMAND!r})"),
    "activation_is_a_lambda_marker": with_setting("activation", {"class_name": "__lambda__", "config": {"value": "x"}}),
    "initializer_with_a_dotted_name": with_setting("kernel_initializer", "os.system"),
    "initializer_of_another_module": with_setting("kernel_initializer", keras_object("os", "system")),
    "initializer_is_a_function": with_setting("kernel_initializer", function("builtins", "exec")),
    "regularizer_of_another_module": with_setting("kernel_regularizer", keras_object("subprocess", "Popen",
                                                                                     {"args": COMMAND})),
    "constraint_of_another_module": with_setting("kernel_constraint", function("builtins", "eval")),
    "constraint_named_open": with_setting("bias_constraint", "open"),
    "registered_name_of_a_package": as_layer("keras.layers", "Conv2D", registered_name="Package>Own"),
    "registered_name_is_a_list": as_layer("keras.layers", "Conv2D", registered_name=["Own"]),
    "registered_name_of_a_lambda": as_layer("keras.layers", "Conv2D", registered_name="Lambda"),
    "registered_class_without_module": as_layer(None, "Own", registered_name="Package>Own"),
    "old_format_without_module": changed(lambda c: layer(c).update(class_name="Lambda") or layer(c).pop("module")),
    "module_is_a_list": as_layer(["keras.layers"], "Conv2D"),
    "module_is_empty": as_layer("", "Conv2D"),
    "class_name_is_a_list": as_layer("keras.layers", ["Conv2D"]),
    "class_name_is_a_path": as_layer("keras.layers", "../../os.system"),
    "class_name_is_markup": as_layer("keras.layers", "<script>alert(1)</script>"),
    "class_name_is_long": as_layer("keras.layers", "Conv" * 100_000),
    "model_of_another_class": changed(lambda c: c.update(class_name="Model", module="keras")),
    "model_of_another_module": changed(lambda c: c.update(module="os")),
    "type_specification": with_setting("dtype", {"class_name": "__typespec__", "spec_name": "system", "module": "os",
                                                 "config": [COMMAND], "registered_name": None}),
    "bytes_as_a_setting": with_setting("name", {"class_name": "__bytes__", "config": {"value": "pointwise"}}),
    "pickled_array": changed(lambda c: arguments(c).append(
        {"class_name": "__numpy__", "config": {"value": ["cos\nsystem\n"], "dtype": "object"}})),
    "tuple_as_a_setting": with_setting("strides", {"class_name": "__tuple__", "items": [2, 2]}),
    "text_vectorization_from_a_file": added("keras.layers", "TextVectorization", {"vocabulary": "/etc/passwd"}),
    "string_lookup_from_a_file": added("keras.layers", "StringLookup", {"vocabulary": "/etc/passwd"}),
    "integer_lookup_from_a_file": added("keras.layers", "IntegerLookup", {"vocabulary": "/etc/passwd"}),
    "saved_model_from_a_file": added("keras.layers", "TFSMLayer", {"filepath": "/tmp", "call_endpoint": "serve"}),  # noqa: S108
    "torch_module": added("keras.layers", "TorchModuleWrapper", {"module": "gASVAA=="}),
    "jax_layer": added("keras.layers", "JaxLayer", {"call_fn": function("os", "system")}),
    "flax_layer": added("keras.layers", "FlaxLayer", {"module": function("os", "system")}),
    "operation_that_calls_a_function": added("keras.src.ops.core", "WhileLoop", {"cond": "exec", "body": "exec"}),
    "einsum_with_code": added("keras.src.ops.numpy", "Einsum", {"subscripts": PAYLOAD}),
    "base_class_of_layers": added("keras.layers", "Layer"),
    "base_class_of_wrappers": added("keras.layers", "Wrapper", {"layer": keras_object("os", "system")}),
}
HARMLESS |= {
    "how_it_was_compiled_is_code": changed(lambda c: c.update(compile_config={
        "loss": function("builtins", "exec"), "optimizer": keras_object("os", "system")})),
    "how_it_was_built_is_huge": changed(lambda c: layer(c).update(
        build_config={"input_shape": [None, 10**6, 10**6, 10**6]})),
}


# --- objects where none belong ----------------------------------------------------------------------------------------

A_LAYER = keras_object("keras.layers", "Dense", {"units": 3})
REFUSED |= {
    "layer_as_strides": with_setting("strides", A_LAYER), "layer_as_filters": with_setting("filters", A_LAYER),
    "layer_as_name": with_setting("name", A_LAYER), "layer_as_padding": with_setting("padding", A_LAYER),
    "layer_as_dtype": with_setting("dtype", A_LAYER), "layer_as_activation": with_setting("activation", A_LAYER),
    "layer_as_initializer": with_setting("kernel_initializer", A_LAYER),
    "layer_as_argument": changed(lambda c: arguments(c).append(A_LAYER)),
    "layer_as_keyword": changed(lambda c: layer(c)["inbound_nodes"][0].update(kwargs={"training": A_LAYER})),
    "layer_as_a_list_of_calls": changed(lambda c: layer(c).update(inbound_nodes=A_LAYER)),
    "layer_as_history": changed(lambda c: arguments(c)[0]["config"].update(keras_history=A_LAYER)),
    "initializer_as_a_layer": as_layer("keras.initializers", "Zeros"),
    "array_as_a_constant": changed(lambda c: arguments(c).append(
        {"class_name": "__numpy__", "config": {"value": [1.0], "dtype": "float32"}})),
    "tensor_as_a_constant": changed(lambda c: arguments(c).append(
        {"class_name": "__tensor__", "config": {"value": [1.0], "dtype": "float32"}})),
    "array_as_an_initial_value": with_setting("kernel_initializer", keras_object(
        "keras.initializers", "Constant", {"value": {"class_name": "__numpy__",
                                                     "config": {"value": [1.0] * 1000, "dtype": "float32"}}})),
    "huge_list_as_an_initial_value": with_setting("kernel_initializer", keras_object(
        "keras.initializers", "Constant", {"value": [0.5] * 250_000})),
    "dtype_policy_in_a_policy": with_setting("dtype", keras_object("keras", "DTypePolicy", {
        "name": keras_object("keras", "DTypePolicy", {"name": "float32"})})),
    "quantized_dtype_policy": with_setting("dtype", keras_object("keras.dtype_policies", "QuantizedDTypePolicy", {
        "mode": "int8", "source_name": "float32"})),
    "quantized_dtype_by_name": with_setting("dtype", "int8_from_float32"),
    "quantization_settings": with_setting("quantization_config", {"class_name": "Int8QuantizationConfig",
                                                                  "module": "keras.quantizers", "config": {}}),
    "map_of_dtype_policies": with_setting("dtype", keras_object("keras.dtype_policies", "DTypePolicyMap", {
        "default_policy": "float32", "policy_map": {".*": "float16"}})),
    "low_rank_weights": with_setting("lora_rank", 4),
    "weights_in_the_settings": added("keras.layers", "Embedding", {"input_dim": 4, "output_dim": 4,
                                                                   "weights": [[[0.0] * 4] * 4]}),
    **{f"dtype_{dtype}": with_setting("dtype", dtype) for dtype in (
        "string", "complex64", "float8_e4m3fn", "object", "float1024", "<f4", "__reduce__", "os.system")},
    "dtype_of_an_input_is_text": changed(lambda c: settings(c, "x").update(dtype="string")),
}


# --- sizes ------------------------------------------------------------------------------------------------------------

IMAGE_10_9 = [None, 10**9, 10**9, 3]


@document
def million_layers() -> str:
    entry = '{"class_name": "ReLU"}'
    head, tail = evidence(right()).split('"layers": [', 1)
    return head + '"layers": [' + ", ".join([entry] * 1_000_000) + ", " + tail


@document
def hundred_megabytes_of_text() -> str:
    return changed(lambda c: c["config"].update(name="x" * 100_000_000))()


@document
def many_layers_of_little_text() -> str:
    return changed(lambda c: c["config"]["layers"].extend(
        {"module": "keras.layers", "class_name": "ReLU", "config": {}, "name": f"r{number}",
         "inbound_nodes": [{"args": arguments(c), "kwargs": {}}]} for number in range(1_600)))()


@document
def one_layer_called_four_thousand_times() -> str:
    config = right()
    layer(config)["inbound_nodes"] *= 4_000
    return evidence(config)


REFUSED |= {
    "units_of_10_12": with_setting("filters", 10**12),
    "units_of_10_7_on_10_7": built(lambda x: layers.Dense(10**7)(layers.Dense(10**7)(x))),
    "convolution_of_10_6_on_10_6": built(lambda x: layers.Conv2D(10**6, 3)(layers.Conv2D(10**6, 3)(x))),
    "kernel_of_10_7": with_setting("kernel_size", [10**7, 10**7]),
    "strides_of_10_9": with_setting("strides", [10**9, 10**9]),
    "input_of_10_9": changed(lambda c: settings(c, "x").update(batch_shape=[None, 10**9, 10**9, 3])),
    "input_of_10_7_each_way": changed(lambda c: settings(c, "x").update(batch_shape=[None, 10**7, 10**7, 3])),
    "batch_of_10_7": changed(lambda c: settings(c, "x").update(batch_shape=[10**7, 128, 128, 3])),
    "input_of_1000_axes": changed(lambda c: settings(c, "x").update(batch_shape=[None] + [1] * 1000)),
    "dense_after_flattening_an_image": built(lambda x: layers.Dense(10_000_000)(layers.Flatten()(x))),
    "embedding_of_10_7_by_10_7": built(lambda x: layers.Embedding(10**7, 10**7)(x)),
    "reshape_to_10_12": chained(("Reshape", {"target_shape": [10**12]})),
    "reshape_to_10_7_by_10_7": chained(("Reshape", {"target_shape": [10**7, 10**7]})),
    "repeat_10_9_times": chained(("Flatten", {}), ("RepeatVector", {"n": 10**9})),
    "repeat_10_7_times": built(lambda x: layers.RepeatVector(10**7)(layers.Flatten()(x))),
    "upsampling_by_10_6": built(lambda x: layers.UpSampling2D(10**6)(x)),
    "upsampling_and_back": chained(("UpSampling2D", {"size": [99, 99]}), ("MaxPooling2D", {"pool_size": [99, 99]})),
    "resizing_and_back": chained(("Resizing", {"height": 30_000, "width": 30_000}),
                                 ("Resizing", {"height": 128, "width": 128})),
    "upsampling_step_by_step": chained(*[("UpSampling2D", {"size": [4, 4]})] * 9),
    "upsampling_in_a_model_of_any_size": changed(lambda c: between(c, a_model(
        any_size(layers.UpSampling2D(99), layers.MaxPooling2D(99))))),
    "upsampling_in_a_model_at_each_step": changed(lambda c: between(
        c, keras_object("keras.layers", "Reshape", {"name": "back", "target_shape": [128, 128, 3]}, name="back"),
        keras_object("keras.layers", "TimeDistributed", {"name": "more", "layer": a_model(
            any_size(layers.UpSampling2D(999), layers.MaxPooling2D(999)))}, name="more"),
        keras_object("keras.layers", "Reshape", {"name": "films", "target_shape": [8, 16, 128, 3]}, name="films"))),
    "padding_of_10_9": chained(("ZeroPadding2D", {"padding": [[10**9, 10**9], [10**9, 10**9]]})),
    "padding_of_10_6": built(lambda x: layers.ZeroPadding2D(10**6)(x)),
    "normalization_over_a_huge_image": chained(
        ("UpSampling2D", {"size": [80, 80]}), ("Normalization", {"axis": [1, 2, 3], "mean": 0.0, "variance": 1.0})),
    "unrolled_10_7_times": built(lambda x: layers.SimpleRNN(1, unroll=True, return_sequences=True)(
        layers.Reshape((-1, 1))(layers.UpSampling2D(100)(x)))),
    "states_of_a_huge_batch": changed(lambda c: settings(c, "x").update(batch_shape=[10**5, 128, 128, 3]) or between(
        c, keras_object("keras.layers", "Reshape", {"name": "flat", "target_shape": [128, 384]}, name="flat"),
        keras_object("keras.layers", "GRU", {"name": "more", "units": 10**4, "stateful": True}, name="more"))),
    "attention_of_10_7_heads": built(lambda x: layers.MultiHeadAttention(10**7, 10**3)(x, x)),
    "spectrum_of_10_7": built(lambda x: layers.MelSpectrogram(fft_length=2**20, num_mel_bins=100)(layers.Flatten()(x))),
    "transform_of_10_7": built(lambda x: layers.STFTSpectrogram(frame_length=10**4, fft_length=2**23)(
        layers.Reshape((-1, 1))(x))),
    "categories_of_10_7": built(lambda x: layers.CategoryEncoding(10**7)(x)),
    "iterations_of_10_9": chained(("SpectralNormalization", {
        "power_iterations": 10**9, "layer": keras_object("keras.layers", "Dense", {"units": 3})})),
    "adaptive_pooling_to_10_7": built(lambda x: layers.AdaptiveAveragePooling2D((10**7, 10**7))(x)),
    "resizing_to_10_6": built(lambda x: layers.Resizing(10**6, 10**6)(x)),
    "identity_matrix_without_any_input": without_input("Eye", [100_000]),
    "range_without_any_input": without_input("Arange", [0, 10_000_000, 0.0001]),
    "full_array_without_any_input": without_input("Full", [[100_000, 100_000], 1.0]),
    "numbers_tiled_without_any_input": without_input("Tile", [[1.0], 10_000_000], repeats=10_000_000),
    "layer_called_on_numbers": changed(lambda c: layer(c).update(inbound_nodes=[{"args": [[[[[1.0]]]]],
                                                                                "kwargs": {}}])),
    "layer_called_on_nothing": changed(lambda c: layer(c).update(inbound_nodes=[{"args": [], "kwargs": {}}])),
    "tile_of_10_7": built(lambda x: keras.ops.tile(x, (1, 10**7, 10**7, 10**7))),
    "repeat_of_10_7": built(lambda x: keras.ops.repeat(keras.ops.repeat(x, 70_000, axis=1), 70_000, axis=2)),
    "one_hot_of_10_7": built(lambda x: keras.ops.one_hot(keras.ops.cast(x, "int32"), 10**7)),
    "broadcast_to_10_7": built(lambda x: keras.ops.broadcast_to(x[:, :1, :1], (128, 10**7, 10**7, 3))),
    "padding_by_an_operation": built(lambda x: keras.ops.pad(x, ((0, 0), (0, 10**7), (0, 10**7), (0, 0)))),
}


def in_reverse(make: Callable[[], str]) -> Callable[[], str]:
    """Return a document: the same model, its layers listed from the last to the first."""
    def reverse() -> str:
        content = json.loads(make())
        content["cases"][0]["model"]["config"]["layers"].reverse()
        return json.dumps(content)
    return reverse


def repeated(number: int, step: Callable) -> Callable[[], str]:
    """Return a document: a step done so often to a tensor. It may be deeper than Python likes while it is written."""
    def build(x):
        for position in range(number):
            x = step(x, position)
        return x

    def make() -> str:
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(100_000)
        try:
            return built(build)()
        finally:
            sys.setrecursionlimit(limit)
    return make


def shared(times: int) -> Callable[[], str]:
    """Return a document: one layer called on what was made of its last output, which Keras builds in many rounds."""
    def build(x):
        dense, y = layers.Dense(3), x
        for _time in range(times):
            y = layers.add([dense(y), x])
        return y
    return built(build)


REFUSED |= {
    "shared_400_times": shared(400),
    "layers_in_reverse_order": in_reverse(repeated(600, lambda x, _position: layers.ReLU()(x))),
    "chain_of_1200": repeated(1200, lambda x, _position: layers.ReLU()(x)),
}
LARGE |= {
    "chain_of_700": repeated(700, lambda x, _position: layers.ReLU()(x)),
    "sums_of_300": repeated(300, lambda x, position: layers.add([x, layers.ReLU(negative_slope=position / 400)(x)])),
    "products_of_300": repeated(300, lambda x, position: x * (position + 2.0)),
    "squares_of_squares": repeated(20, lambda x, _position: x * x),
    "branches_of_1000": built(lambda x: layers.add([
        layers.add([layers.ReLU(negative_slope=(position + 1) / 2000)(x) for position in range(start, start + 100)])
        for start in range(0, 1000, 100)])),
    "wide_and_deep": repeated(3, lambda x, _position: layers.concatenate([
        layers.Conv2D(1, 1)(x) for _branch in range(190)])),
    "shared_100_times": shared(100),
    "models_12_deep": lambda: _nested(12, 1),
    "called_512_times": lambda: _nested(10, 2),
    "outputs_of_199": built(lambda x: [layers.ReLU(negative_slope=number / 200)(x) for number in range(199)]),
}


# --- structure --------------------------------------------------------------------------------------------------------


def _nested(depth: int, calls: int, shapes_change: bool = False) -> str:
    """Return a model that calls a model inside it a number of times, which does so again, `depth` times."""
    shape = (None, None, 3) if shapes_change else (128, 128, 3)
    x = keras.Input(shape, name="inner")
    inner = keras.Model(x, layers.ReLU(name="r")(x), name="model_0")
    for level in range(1, depth):
        y = x = keras.Input((128, 128, 3) if level == depth - 1 else shape, name=f"x_{level}")
        for _call in range(calls):
            y = inner(y)
        inner = keras.Model(x, y, name=f"model_{level}")
    return evidence_of(inner)


def _calls(depth: int, calls: int) -> str:
    """Return `_nested` without building it: 2 to the power of 40 calls are too many for Keras, too."""
    content = json.loads(_nested(2, calls))
    model = content["cases"][0]["model"]
    for level in range(2, depth):
        outer = copy.deepcopy(json.loads(_nested(2, calls))["cases"][0]["model"])
        outer["config"]["name"] = f"model_{level}"
        entry = next(entry for entry in outer["config"]["layers"] if entry["class_name"] == "Functional")
        entry["config"] = model["config"] | {"name": entry["name"]}
        model = outer
    content["cases"][0]["model"] = model
    return json.dumps(content)


@document
def two_models_of_one_name() -> str:
    x = keras.Input((128, 128, 3), name="x")
    twins = [keras.Sequential([layers.ReLU()], name=name) for name in ("twin", "other")]
    return evidence_of(keras.Model(x, layers.add([twin(x) for twin in twins]))).replace('"other"', '"twin"')


@document
def models_nested_60_deep() -> str:
    return _nested(60, 1)


@document
def models_nested_1000_deep() -> str:
    head, tail = '{"module": "keras.models", "class_name": "Functional", "config": {"layers": [', "]}}"
    return evidence("HERE").replace('"HERE"', head * 1000 + tail * 1000)


@document
def two_calls_of_two_calls_14_times() -> str:
    return _calls(14, 2)


@document
def two_calls_of_two_calls_14_times_on_other_shapes() -> str:
    return _nested(14, 2, shapes_change=True)


@document
def two_calls_of_two_calls_40_times() -> str:
    return _calls(40, 2)


@document
def nine_calls_of_nine_calls_8_times() -> str:
    return _calls(8, 9)


@document
def model_at_each_step_of_a_model_at_each_step() -> str:
    config = json.loads(_calls(10, 3))["cases"][0]["model"]
    outer = right()
    between(outer, keras_object("keras.layers", "TimeDistributed", {"name": "more", "layer": config}, name="more"))
    return evidence(outer)


def _many(number: int, entry: Callable[[int], dict]) -> Callable[[], str]:
    return changed(lambda c: between(c, *(entry(position) for position in range(number))))


REFUSED |= {
    "cycle_of_two_layers": changed(lambda c: history(c, "window_1").__setitem__(0, "window_2")),
    "layer_that_follows_itself": changed(lambda c: history(c).__setitem__(0, "pointwise")),
    "history_to_nowhere": changed(lambda c: history(c).__setitem__(0, "no such layer")),
    "history_of_the_output": changed(lambda c: history(c).__setitem__(0, "joined")),
    "history_of_a_call_to_come": changed(lambda c: history(c).__setitem__(1, 7)),
    "history_of_a_negative_call": changed(lambda c: history(c).__setitem__(1, -9)),
    "history_of_output_10_6": changed(lambda c: history(c).__setitem__(2, 10**6)),
    "history_is_null": changed(lambda c: arguments(c)[0]["config"].update(keras_history=None)),
    "history_is_short": changed(lambda c: history(c).pop()),
    "history_is_a_number": changed(lambda c: arguments(c)[0]["config"].update(keras_history=3)),
    "history_of_wrong_types": changed(lambda c: arguments(c)[0]["config"].update(keras_history=[["x"], {}, None])),
    "tensor_without_history": changed(lambda c: arguments(c)[0]["config"].pop("keras_history")),
    "tensor_without_config": changed(lambda c: arguments(c)[0].pop("config")),
    "no_layers": changed(lambda c: c["config"].update(layers=[])),
    "layers_are_null": changed(lambda c: c["config"].update(layers=None)),
    "layers_are_numbers": changed(lambda c: c["config"].update(layers=[1, 2, 3])),
    "layers_are_a_dict": changed(lambda c: c["config"].update(layers={"0": layer(c)})),
    "no_input_layers": changed(lambda c: c["config"].pop("input_layers")),
    "no_output_layers": changed(lambda c: c["config"].update(output_layers=[])),
    "output_is_a_number": changed(lambda c: c["config"].update(output_layers=3)),
    "output_of_another_call": changed(lambda c: c["config"].update(output_layers=["joined", 5, 0])),
    "outputs_300_times": changed(lambda c: c["config"].update(output_layers=[["joined", 0, 0]] * 300)),
    "outputs_10_000_times": changed(lambda c: c["config"].update(output_layers=[["joined", 0, 0]] * 10_000)),
    "input_is_a_layer_within": changed(lambda c: c["config"].update(input_layers=["wide_1", 0, 0])),
    "no_calls": changed(lambda c: layer(c).update(inbound_nodes=[])),
    "calls_are_null": changed(lambda c: layer(c).update(inbound_nodes=None)),
    "calls_are_text": changed(lambda c: layer(c).update(inbound_nodes="exec")),
    "calls_in_the_old_format": changed(lambda c: layer(c).update(inbound_nodes=[[["x", 0, 0, {"training": "exec"}]]])),
    "call_without_arguments": changed(lambda c: layer(c)["inbound_nodes"][0].pop("args")),
    "call_with_an_unknown_keyword": changed(lambda c: layer(c)["inbound_nodes"][0].update(kwargs={"shell": True})),
    "call_with_arguments_as_text": changed(lambda c: layer(c)["inbound_nodes"][0].update(args="x")),
    "join_of_3_000_tensors": changed(lambda c: arguments(c, "joined")[0].extend(arguments(c, "joined")[0] * 750)),
    "no_config": changed(lambda c: layer(c).pop("config")),
    "config_is_null": changed(lambda c: layer(c).update(config=None)),
    "config_is_a_list": changed(lambda c: layer(c).update(config=[1, 2])),
    "settings_unknown_to_the_layer": with_setting("shell", True),
    "no_name": changed(lambda c: layer(c).pop("name")),
    "duplicate_layer_names": spelled('"name": "window_1"', '"name": "pointwise"'),
    "names_that_disagree": changed(lambda c: layer(c).update(name="pooled_1")),
    "sequential_of_itself": changed(lambda c: layer(c).update(class_name="Sequential", module="keras", config={
        "name": "s", "layers": [keras_object("keras", "Sequential", {"name": "s", "layers": []})]})),
    "sequential_without_layers": changed(lambda c: c.update(class_name="Sequential", module="keras",
                                                            config={"name": "s", "layers": []})),
    "wrapper_of_wrappers": chained(("TimeDistributed", {"layer": keras_object("keras.layers", "TimeDistributed", {
        "layer": keras_object("keras.layers", "Bidirectional", {"layer": A_LAYER})})})),
    "cells_in_cells": chained(("RNN", {"cell": keras_object("keras.layers", "StackedRNNCells", {"cells": [
        keras_object("keras.layers", "StackedRNNCells", {"cells": []})]})})),
    "deep_lists": changed(lambda c: c["config"].update(deep=json.loads("[" * 200 + "]" * 200))),
    "deep_settings": changed(lambda c: settings(c).update(deep=json.loads('{"a":' * 400 + "1" + "}" * 400))),
    "deep_beyond_the_parser": spelled('"name": "right"', '"name": "right", "deep": ' + "[" * 100_000 + "]" * 100_000),
    "model_is_a_list": lambda: evidence([right()]), "model_is_text": lambda: evidence(json.dumps(right())),
    "model_is_null": lambda: evidence(None), "model_is_empty": lambda: evidence({}),
}


# --- beside the model -------------------------------------------------------------------------------------------------


def reported(**case: object) -> Callable[[], str]:
    """Return a document: no model, but what the student's process says instead."""
    return lambda: json.dumps({"version": 1, "task": TASK, "cases": [{"arguments": ARGUMENTS, **case}]})


DEEP = json.loads("[" * 300 + "]" * 300)
REFUSED |= {
    "error_with_markup": reported(problem="raised", text="<script>alert(1)</script>"),
    "error_that_is_nested": reported(problem="raised", text=DEEP),
    "problem_that_is_an_object": reported(problem={"a": 1}, text=None),
    "results_instead_of_a_model": reported(results={"call": {"outputs": [1e308] * 1000}}),
    "neither_model_nor_problem": reported(),
    "a_million_cases": lambda: '{"version": 1, "cases": [' + "{}, " * 1_000_000 + "{}]}",
    "cases_that_are_numbers": lambda: '{"cases": [1, 2, 3]}', "cases_that_are_a_dict": lambda: '{"cases": {"0": 1}}',
    "arguments_that_are_nested": lambda: json.dumps({"cases": [{"arguments": DEEP, "model": right()}]}),
    "arguments_of_another_case": lambda: json.dumps({"cases": [{"arguments": {"x": [1, 1, 1]}, "model": right()}]}),
}


# --- values -----------------------------------------------------------------------------------------------------------

REFUSED |= {
    "number_nan": with_setting("filters", float("nan")), "number_infinity": with_setting("filters", float("inf")),
    "number_minus_infinity": with_setting("filters", float("-inf")),
    "number_1e999": spelled('"filters": 128', '"filters": 1e999'),
    "number_minus_0": spelled('"filters": 128', '"filters": -0'),
    "number_minus_0.0": spelled('"strides": [2, 2]', '"strides": [-0.0, -0.0]'),
    "number_negative": with_setting("filters", -128), "number_huge_negative": with_setting("filters", -10**30),
    "number_of_4000_digits": spelled('"filters": 128', '"filters": ' + "9" * 4000),
    "number_of_100_000_digits": spelled('"filters": 128', '"filters": ' + "9" * 100_000),
    "number_with_a_fraction": with_setting("filters", 128.5), "number_as_a_float": with_setting("filters", 128.0),
    "boolean_for_a_number": with_setting("filters", True),
    "booleans_for_numbers": with_setting("kernel_size", [True, True]),
    "text_for_a_number": with_setting("filters", "128"), "text_for_numbers": with_setting("strides", "22"),
    "list_for_a_number": with_setting("filters", [128]), "dict_for_a_number": with_setting("filters", {"a": 1}),
    "number_for_text": with_setting("padding", 3), "number_for_a_name": with_setting("name", 3),
    "null_for_a_number": with_setting("filters", None), "null_for_numbers": with_setting("kernel_size", [None, None]),
    "too_many_numbers": with_setting("kernel_size", [1] * 100_000), "no_numbers": with_setting("kernel_size", []),
    "zero_strides": with_setting("strides", [0, 0]), "zero_filters": with_setting("filters", 0),
    "zero_groups": with_setting("groups", 0), "negative_groups": with_setting("groups", -1),
    "negative_cropping": chained(("Cropping2D", {"cropping": [[-10**6, 0], [0, 0]]})),
    "negative_repetition": chained(("RepeatVector", {"n": -5}), ("Flatten", {})),
    "negative_input": changed(lambda c: settings(c, "x").update(batch_shape=[None, -128, -128, 3])),
    "input_of_text": changed(lambda c: settings(c, "x").update(batch_shape=["a", "b", "c", "d"])),
    "input_of_fractions": changed(lambda c: settings(c, "x").update(batch_shape=[None, 128.5, 128.5, 3])),
    "input_of_nothing": changed(lambda c: settings(c, "x").update(batch_shape=None)),
    "padding_unknown": with_setting("padding", "exec"),
    "data_format_unknown": with_setting("data_format", "os"),
    "trainable_is_text": with_setting("trainable", "exec"),
}


@document
def null_everywhere() -> str:
    def emptied(value: object) -> object:
        if isinstance(value, dict):
            return {key: item if key in ("class_name", "module") else emptied(item) for key, item in value.items()}
        return [emptied(item) for item in value] if isinstance(value, list) else None
    return evidence(emptied(right()))


# --- text -------------------------------------------------------------------------------------------------------------


def named(name: str) -> Callable[[], str]:
    """Return a document: the right model, with a layer of this name."""
    return spelled('"pointwise"', json.dumps(name))


REFUSED |= {
    "truncated": lambda: evidence(right())[:-500], "truncated_in_a_word": lambda: evidence(right())[:5000],
    "empty": lambda: "", "not_json": lambda: "<html>", "only_a_number": lambda: "3", "only_a_list": lambda: "[]",
    "only_null": lambda: "null", "python_instead_of_json": lambda: repr(json.loads(evidence(right()))),
    "half_a_character_in_a_name": spelled('"pointwise"', '"\\ud800"'),
    "bytes_that_are_no_utf_8": spelled('"pointwise"', '"\udcff\udcfe"'),
    "nul_in_a_name": named("a\0b"), "control_characters_in_a_name": named("\x1b[2J\x1b[31mpassed\r\n"),
    "direction_marks_in_a_name": named("\u202edessap"), "line_ends_in_a_name": named("a\nTraceback (most recent call"),
    "slash_in_a_name": named("../../etc/passwd"),
    "long_name": named("n" * 100_000), "long_name_of_a_model": changed(lambda c: c["config"].update(name="n" * 50_000)),
    "long_key": changed(lambda c: settings(c).update({"k" * 400_000: 1})),
    "many_keys": changed(lambda c: settings(c).update({f"k{number}": 1 for number in range(50_000)})),
    "keys_twice": spelled('"filters": 128', '"filters": 128, "filters": 1000000000000'),
    "name_is_code": named("${jndi:ldap://localhost/a}{{7*7}}`touch canary`"),
}
HARMLESS |= {
    "empty_name": named(""), "seed_of_10_12": chained(("Dropout", {"rate": 0.0, "seed": 10**12})),
    "list_as_an_initial_value": with_setting("kernel_initializer", keras_object(
        "keras.initializers", "Constant", {"value": [0.5] * 10_000})),
    "markup_in_a_name": named("<img src=x onerror=alert(1)>"), "format_in_a_name": named("{0.__class__} %s %n"),
    "korean_name": named("합성곱_층"), "quotes_in_a_name": named("\"';--"),
    "more_beside_the_model": lambda: evidence(right())[:-1] + ', "score": 6, "passed": true}',
}
