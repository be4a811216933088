"""A Keras model as a canonical labelled multigraph.

One node per operation *call*, edges are tensors in argument order, one identity per layer that has weights, so that
sharing is visible; nested models and Sequential are opened. Two models that compute the same by the rewrite rules of
`rules.py` have isomorphic graphs, whatever their names, order of creation or spelling.

The graph itself is data: `to_dict` and `from_dict` need no Keras. Only `from_keras` reads a model.
"""

import json
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import networkx as nx

from autograder.graph.rules import (
    ACTIVATED,
    ASSOCIATIVE,
    ELEMENTWISE,
    IDEMPOTENT,
    RANDOM,
    Shape,
    along_time,
    canonical_steps,
)


@dataclass(frozen=True)
class LayerWeights:
    """The weights that one layer owns, however often it is called."""

    name: str
    parameters: int
    trainable: int


@dataclass
class ModelGraph:
    """A model as data.

    `graph` is a networkx.MultiDiGraph. A node has the attributes `operation` (str), `settings` (JSON dict), `shapes` (a
    shape for each output, batch axis first, None for a free axis), `name` (the layer's own name, never compared) and
    `layer` (index into `layers`, or None without weights). An edge has `position` (which argument of the receiver) and
    `output` (which output of the sender). Nodes with the operation `Input` and `Output` are the model's own ends; their
    settings hold their `position`.
    """

    graph: nx.MultiDiGraph
    layers: list[LayerWeights] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """Number of weights, each layer counted once."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def trainable(self) -> int:
        """Number of trainable weights, each layer counted once."""
        return sum(layer.trainable for layer in self.layers)

    @property
    def inputs(self) -> list[int]:
        """Input nodes in the model's order."""
        return self._ends("Input")

    @property
    def outputs(self) -> list[int]:
        """Output nodes in the model's order."""
        return self._ends("Output")

    def output_shapes(self) -> list[Shape]:
        """Shapes of the model's outputs, in order."""
        return [self.graph.nodes[node]["shapes"][0] for node in self.outputs]

    def arguments(self, node: int) -> list[tuple[int, int]]:
        """What a node receives, in argument order: (sending node, which of its outputs)."""
        edges = sorted(self.graph.in_edges(node, data=True), key=lambda edge: edge[2]["position"])
        return [(sender, data["output"]) for sender, _, data in edges]

    def to_dict(self) -> dict:
        """Return the graph as JSON values."""
        return {
            "nodes": [{"id": node, **data} for node, data in self.graph.nodes(data=True)],
            "edges": [[sender, receiver, data["position"], data["output"]]
                      for sender, receiver, data in self.graph.edges(data=True)],
            "layers": [vars(layer) for layer in self.layers],
        }

    @classmethod
    def from_dict(cls, data: Mapping) -> "ModelGraph":
        """Rebuild a graph from `to_dict`, also after a trip through JSON."""
        graph = nx.MultiDiGraph()
        for node in data["nodes"]:
            attributes = {key: value for key, value in node.items() if key != "id"}
            attributes["shapes"] = [tuple(shape) for shape in attributes["shapes"]]
            graph.add_node(node["id"], **attributes)
        for sender, receiver, position, output in data["edges"]:
            graph.add_edge(sender, receiver, position=position, output=output)
        return cls(graph, [LayerWeights(**layer) for layer in data["layers"]])

    def _ends(self, operation: str) -> list[int]:
        nodes = [node for node, data in self.graph.nodes(data=True) if data["operation"] == operation]
        return sorted(nodes, key=lambda node: self.graph.nodes[node]["settings"]["position"])


def from_keras(model) -> ModelGraph:
    """Return the canonical graph of a built functional or Sequential Keras model.

    Raises ValueError for a subclassed model, which has no graph of layers to read.
    """
    functional = _functional(model)
    builder = _Builder()
    inputs = [builder.add_input(position, tensor) for position, tensor in enumerate(functional.inputs)]
    outputs = _open(functional, inputs, builder)
    for position, (tensor, name) in enumerate(zip(outputs, _output_names(functional), strict=True)):
        builder.add_output(position, tensor, name)
    return builder.finish()


@dataclass(frozen=True)
class _Tensor:
    """One output of one recorded call."""

    call: int
    output: int
    spec: object  # a KerasTensor: shape and dtype


@dataclass
class _Call:
    operation: str
    settings: dict
    inputs: list[tuple[int, int]]
    shapes: list[Shape]
    name: str
    layer: int | None


def _functional(model):
    """Return the graph-holding model behind a functional or Sequential model."""
    inner = getattr(model, "_functional", None) or model  # Sequential keeps its graph inside
    if not hasattr(inner, "_nodes_by_depth") or not getattr(inner, "inputs", None):
        raise ValueError(f"{type(model).__name__} {model.name!r} is not a functional model: it has no graph of layers")
    return inner


def _is_model(operation) -> bool:
    return hasattr(operation, "_nodes_by_depth") or getattr(operation, "_functional", None) is not None


def _open(functional, inputs: Sequence[_Tensor], builder: "_Builder", times: Shape = ()) -> list[_Tensor]:
    """Record every call of a model on the given tensors; return its outputs.

    `times` are the sizes of the axes that TimeDistributed wrappers around this model run along.
    """
    tensors = {id(tensor): given for tensor, given in zip(functional.inputs, inputs, strict=True)}
    # Inside a nested model that is called on other shapes than it was built on, shapes are computed anew.
    same_shapes = all(tuple(own.shape) == tuple(given.spec.shape)
                      for own, given in zip(functional.inputs, inputs, strict=True))
    for depth in sorted(functional._nodes_by_depth, reverse=True):
        for node in functional._nodes_by_depth[depth]:
            if node.is_input or any(id(tensor) not in tensors for tensor in _received(node)):
                continue
            specs = list(node.outputs) if same_shapes else _specs(node, tensors)
            given = [tensors[id(tensor)] for tensor in _received(node)]
            if _is_model(node.operation):
                inner = _functional(node.operation)
                results = _open(inner, _in_order_of(inner, node, tensors), builder, times)
            elif type(node.operation).__name__ == "TimeDistributed":
                results = _open_each_time(node.operation.layer, given[0], specs, builder, times)
            else:
                results = builder.add_call(node.operation, _said_in_the_call(node), given, specs, times)
            tensors |= {id(tensor): result for tensor, result in zip(node.outputs, results, strict=True)}
    return [tensors[id(tensor)] for tensor in functional.outputs]


def _received(node) -> list:
    """Return the tensors of a call. Masks are left out: they follow from the settings of the layers that make them."""
    from keras import KerasTensor, tree

    keywords = {key: value for key, value in node.arguments.kwargs.items() if key != "mask"}
    return [item for item in tree.flatten((node.arguments.args, keywords)) if isinstance(item, KerasTensor)]


def _open_each_time(layer, given: _Tensor, specs: Sequence, builder: "_Builder", times: Shape) -> list[_Tensor]:
    """Record what a TimeDistributed wrapper does: its layer or model on every step of the axis after the batch."""
    parts = builder.stacked_along_time(given)
    if parts and not times:  # on tensors that were stacked just for it, it is one call on each
        each = [_open_once(layer, _Tensor(*part, _without_time(given.spec)), specs, builder, ()) for part in parts]
        return builder.stack_along_time([results[0] for results in each], specs, times)
    along = (*times, given.spec.shape[1])
    results = _open_once(layer, replace(given, spec=_without_time(given.spec)), specs, builder, along)
    return [replace(result, spec=spec) for result, spec in zip(results, specs, strict=True)]


def _open_once(layer, step: _Tensor, specs: Sequence, builder: "_Builder", along: Shape) -> list[_Tensor]:
    if _is_model(layer):
        return _open(_functional(layer), [step], builder, along)
    return builder.add_call(layer, {}, [step], [_without_time(spec) for spec in specs], along)


def _without_time(spec):
    from keras import KerasTensor

    return KerasTensor((spec.shape[0], *spec.shape[2:]), dtype=spec.dtype)


def _in_order_of(inner, node, tensors: Mapping[int, _Tensor]) -> list[_Tensor]:
    """Match what a nested model was called on with its own inputs, by name where it was called on a dict."""
    called_on = node.arguments.args[0] if node.arguments.args else next(iter(node.arguments.kwargs.values()))
    if isinstance(called_on, Mapping):
        return [tensors[id(called_on[name])] for name in _input_names(inner)]
    return [tensors[id(tensor)] for tensor in _received(node)]


def _input_names(functional) -> list[str]:
    return _keys(functional.inputs, functional._inputs_struct) or [tensor.name for tensor in functional.inputs]


def _output_names(functional) -> list[str]:
    return _keys(functional.outputs, functional._outputs_struct) or list(functional.output_names)


def _keys(tensors: Sequence, struct) -> list[str] | None:
    """Return the key of each tensor where a model takes or gives a dict."""
    if not isinstance(struct, Mapping):
        return None
    keys = {id(tensor): key for key, tensor in struct.items()}
    return [keys[id(tensor)] for tensor in tensors]


def _specs(node, tensors: Mapping[int, _Tensor]) -> list:
    from keras import tree

    def replace(value):
        return tensors[id(value)].spec if id(value) in tensors else value

    arguments = node.arguments
    specs = node.operation.compute_output_spec(*tree.map_structure(replace, arguments.args),
                                               **tree.map_structure(replace, arguments.kwargs))
    return tree.flatten(specs)


class _Builder:
    """Records canonical calls. Equal calls on equal tensors are recorded once, so that a weightless layer made twice,
    or any layer called twice on one tensor, is one node."""

    def __init__(self) -> None:
        self.calls: list[_Call] = []
        self.layers: list[LayerWeights] = []
        self._automatic: dict[str, tuple[str, int]] = {}
        self._known: dict[str, int] = {}
        self._identities: dict[int, int] = {}
        self._kept_alive: list = []  # an id() means nothing once its object is gone

    def add_input(self, position: int, tensor) -> _Tensor:
        kind = "int" if "int" in str(tensor.dtype) else "float"
        self._remember_name(tensor.name, "InputLayer")
        call = _Call("Input", {"position": position, "kind": kind}, [], [tuple(tensor.shape)], tensor.name, None)
        return _Tensor(self._record(call), 0, tensor)

    def add_output(self, position: int, tensor: _Tensor, name: str) -> None:
        shape = tuple(tensor.spec.shape)
        self._record(_Call("Output", {"position": position}, [(tensor.call, tensor.output)], [shape], name, None))

    def add_call(self, operation, said: dict, inputs: Sequence[_Tensor], specs: Sequence,
                 times: Shape) -> list[_Tensor]:
        is_layer = hasattr(operation, "count_params")
        self._remember_name(operation.name, type(operation).__name__)
        shapes_in = [tuple(tensor.spec.shape) for tensor in inputs]
        steps = canonical_steps(type(operation).__name__, operation.get_config(), shapes_in, is_layer=is_layer)
        layer = self._identity(operation) if is_layer else None
        if layer is not None and not operation.trainable:
            said = said | {"trainable": False}
        shapes = [(spec.shape[0], *times, *spec.shape[1:]) for spec in specs]
        sources = [(tensor.call, tensor.output) for tensor in inputs]
        for number, step in enumerate(steps):
            first = number == 0
            settings = along_time(step, len(times)) | (said if first else {})
            call = _Call(step.operation, settings, sources, shapes, operation.name, layer if first else None)
            call = self._simplified(call)
            if self._changes_nothing(call):
                continue
            recorded = self._record(call)
            sources = [(recorded, output) for output in range(len(specs))]
        return [_Tensor(*source, spec) for source, spec in zip(sources, specs, strict=True)]

    def finish(self) -> ModelGraph:
        """Fold activations and nested joins, drop what reaches no output, number the nodes."""
        self._forget_unused_states()
        self._flatten_joins()
        self._distribute_activations()
        self._fold_activations()
        graph = nx.MultiDiGraph()
        alive = self._in_order_of_computation()
        number = {call: index for index, call in enumerate(alive)}
        used = [layer for layer in range(len(self.layers)) if any(self.calls[call].layer == layer for call in alive)]
        layers = {layer: index for index, layer in enumerate(used)}
        names = self._counted_from_one(alive)
        for index in alive:
            call = self.calls[index]
            graph.add_node(number[index], operation=call.operation, settings=call.settings, shapes=call.shapes,
                           name=names[self.calls[index].name], layer=layers.get(call.layer))
        for index in alive:
            for position, (sender, output) in enumerate(self.calls[index].inputs):
                graph.add_edge(number[sender], number[index], position=position, output=output)
        return ModelGraph(graph, [self.layers[layer] for layer in used])

    def _remember_name(self, name: str, class_name: str) -> None:
        if (automatic := _automatic_number(name, class_name)) is not None:
            self._automatic[name] = automatic

    def _counted_from_one(self, alive: Sequence[int]) -> dict[str, str]:
        """Number automatic names in order of creation: conv2d_1 is the first Conv2D that the code makes.

        Keras counts through the whole session, so that the same code gives conv2d_17 at the next run.
        """
        names = {self.calls[index].name: self.calls[index].name for index in alive}
        counts: dict[str, int] = {}
        for name in sorted(names.keys() & self._automatic.keys(), key=self._automatic.__getitem__):
            stem = self._automatic[name][0]
            counts[stem] = counts.get(stem, 0) + 1
            names[name] = f"{stem}_{counts[stem]}"
        return names

    def _record(self, call: _Call) -> int:
        key = json.dumps([call.operation, call.settings, call.inputs, call.layer], sort_keys=True, default=str)
        if call.operation in RANDOM:
            key += f" #{len(self.calls)}"
        if key not in self._known:
            self._known[key] = len(self.calls)
            self.calls.append(call)
        return self._known[key]

    def _identity(self, layer) -> int | None:
        """Return the index of a layer's weights, or None when it has none."""
        if not layer.weights:
            return None
        if id(layer) not in self._identities:
            self._identities[id(layer)] = len(self.layers)
            self._kept_alive.append(layer)
            self.layers.append(LayerWeights(layer.name, _size(layer.weights), _size(layer.trainable_weights)))
        return self._identities[id(layer)]

    def _simplified(self, call: _Call) -> _Call:
        """Write calls that take apart what was stacked before, or that only flatten, in their plain form."""
        if not call.inputs:
            return call
        sender = self.calls[call.inputs[0][0]]
        stacked = sender.settings.get("axis", 0) % len(sender.shapes[0]) if sender.operation == "ops.Stack" else None
        if call.operation == "ops.Sum" and stacked is not None and not call.settings.get("keepdims"):
            axes = call.settings.get("axis")
            axes = axes if isinstance(axes, list) else [axes or 0]
            if [axis % len(sender.shapes[0]) for axis in axes] == [stacked]:
                return replace(call, operation="Add", settings={}, inputs=sender.inputs)
        if call.operation in ("Reshape", "ops.Reshape") and len(call.shapes[0]) == 2:
            size = math.prod(sender.shapes[0][1:]) if None not in sender.shapes[0][1:] else None
            if call.shapes[0][1] == size:
                call = replace(call, operation="Flatten", settings={"data_format": "channels_last"})
        if call.operation == "Flatten" and stacked == 1 and len(sender.shapes[0]) == 3:
            return replace(call, operation="Concatenate", settings={"axis": 1}, inputs=sender.inputs)
        return call

    def stacked_along_time(self, tensor: _Tensor) -> list[tuple[int, int]]:
        """Return what was stacked along the axis after the batch to make a tensor; nothing where that is not so."""
        call = self.calls[tensor.call]
        return call.inputs if call.operation == "ops.Stack" and call.settings.get("axis") == 1 else []

    def stack_along_time(self, tensors: Sequence[_Tensor], specs: Sequence, times: Shape) -> list[_Tensor]:
        shapes = [(spec.shape[0], *times, *spec.shape[1:]) for spec in specs]
        sources = [(tensor.call, tensor.output) for tensor in tensors]
        call = self._record(_Call("ops.Stack", {"axis": 1}, sources, shapes, "stack", None))
        return [_Tensor(call, 0, specs[0])]

    def _changes_nothing(self, call: _Call) -> bool:
        if call.operation != "Activation" or call.settings["function"] not in IDEMPOTENT:
            return False
        sender = self.calls[call.inputs[0][0]]
        return sender.operation == "Activation" and sender.settings == call.settings

    def _users(self) -> dict[int, list[int]]:
        users: dict[int, list[int]] = {}
        for index in self._alive():
            for sender, _ in self.calls[index].inputs:
                users.setdefault(sender, []).append(index)
        return users

    def _alive(self) -> list[int]:
        """Calls that reach an output, and all inputs, in order of creation."""
        alive = {index for index, call in enumerate(self.calls) if call.operation == "Input"}
        waiting = [index for index, call in enumerate(self.calls) if call.operation == "Output"]
        while waiting:
            index = waiting.pop()
            if index not in alive or self.calls[index].operation == "Output":
                alive.add(index)
                waiting.extend(sender for sender, _ in self.calls[index].inputs if sender not in alive)
        return sorted(alive)

    def _forget_unused_states(self) -> None:
        """A recurrent layer that also returns its states, which nothing uses, is the layer that does not."""
        used = {source for index in self._alive() for source in self.calls[index].inputs}
        for index in self._alive():
            call = self.calls[index]
            if call.settings.get("return_state") and not any(
                    (index, output) in used for output in range(1, len(call.shapes))):
                call.settings, call.shapes = call.settings | {"return_state": False}, call.shapes[:1]

    def _in_order_of_computation(self) -> list[int]:
        alive = self._alive()
        senders = nx.DiGraph((sender, index) for index in alive for sender, _output in self.calls[index].inputs)
        senders.add_nodes_from(alive)
        return list(nx.lexicographical_topological_sort(senders))

    def _distribute_activations(self) -> None:
        """Write an activation behind a concatenation, its only user, as one on each of its inputs: the same numbers."""
        users = self._users()
        for index in self._alive():
            call = self.calls[index]
            if call.operation != "Activation" or call.settings["function"] not in ELEMENTWISE:
                continue
            join = call.inputs[0][0]
            if self.calls[join].operation != "Concatenate" or users[join] != [index]:
                continue
            branches = [self._activated(sender, output, call) for sender, output in self.calls[join].inputs]
            call.operation, call.settings, call.inputs = "Concatenate", self.calls[join].settings, branches
            call.name = self.calls[join].name

    def _activated(self, sender: int, output: int, activation: _Call) -> tuple[int, int]:
        call = replace(activation, inputs=[(sender, output)], shapes=[self.calls[sender].shapes[output]])
        return (sender, output) if self._changes_nothing(call) else (self._record(call), 0)

    def _fold_activations(self) -> None:
        """Write an activation that is the only user of a layer's output as that layer's own setting."""
        users = self._users()
        for index in self._alive():
            call = self.calls[index]
            if call.operation != "Activation":
                continue
            sender = self.calls[call.inputs[0][0]]
            if sender.operation not in ACTIVATED or "activation" in sender.settings:
                continue
            if users[call.inputs[0][0]] != [index]:
                continue
            sender.settings = sender.settings | {"activation": call.settings["function"]}
            self._replace(index, call.inputs[0])

    def _flatten_joins(self) -> None:
        """Write a join of a join, where the inner one has no other use, as one join with more inputs."""
        for index in self._alive():
            call = self.calls[index]
            if call.operation not in ASSOCIATIVE:
                continue
            users = self._users()
            flat: list[tuple[int, int]] = []
            for sender, output in call.inputs:
                inner = self.calls[sender]
                same = inner.operation == call.operation and inner.settings == call.settings
                flat.extend(inner.inputs if same and users[sender] == [index] else [(sender, output)])
            call.inputs = flat

    def _replace(self, old: int, new: tuple[int, int]) -> None:
        for call in self.calls:
            call.inputs = [new if sender == old else (sender, output) for sender, output in call.inputs]


def _automatic_number(name: str, class_name: str) -> tuple[str, int] | None:
    """Split a name that Keras gave, like conv2d_17, into its stem and number; None for a name of one's own."""
    stem = re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"\W+", "", re.sub(r"(.)([A-Z][a-z0-9]+)", r"\1_\2", class_name)))
    found = re.fullmatch(rf"({stem.lower()})(?:_(\d+))?", name)
    return (found[1], int(found[2] or 0)) if found else None


def _said_in_the_call(node) -> dict:
    """Return what a call says beside its tensors: constants among the arguments, `training=True`, …"""
    arguments = node.arguments
    constants = [[position, value] for position, value in enumerate(arguments.args) if _is_constant(value)]
    # Keras itself records `training=False` inside a nested model; only True changes what is computed.
    keywords = {key: value for key, value in arguments.kwargs.items()
                if _is_constant(value) and value is not None and not (key == "training" and not value)}
    return ({"constants": constants} if constants else {}) | ({"call": keywords} if keywords else {})


def _is_constant(value) -> bool:
    if isinstance(value, Mapping):
        return all(_is_constant(item) for item in value.values())
    if isinstance(value, (list, tuple)):
        return all(_is_constant(item) for item in value)
    return not hasattr(value, "_keras_history")


def _size(weights: Iterable) -> int:
    return sum(math.prod(weight.shape) for weight in weights)
