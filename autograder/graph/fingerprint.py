"""Behaviour as a last argument: two graphs of different form that give the same outputs for the same weights.

A fingerprint may accept an answer, never reject one. It is asked only where what outputs cannot show agrees already
(dropout, normalisation, regularisers, frozen layers, sharing, the kinds of joins), and it abstains on anything it
cannot run.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import islice, permutations, product

import networkx as nx
import numpy as np

from autograder.graph.building import Unbuildable, to_keras
from autograder.graph.model_graph import ModelGraph
from autograder.graph.rules import JOINS, RANDOM

MAX_PARAMETERS = 20_000_000
MAX_MULTIPLICATIONS = 2 * 10**10
MAX_ASSIGNMENTS = 120  # ways to pair layers of equal shape that are tried
TOLERANCE = 2e-5  # of the largest output; another order of summation stays well below
_BATCH = 2
_FREE_SIZE = 24  # steps or pixels along an axis of free size
_STRIDES = 16  # a multiple of all strides in use


def same_behaviour(one: ModelGraph, other: ModelGraph) -> bool:
    """Whether two graphs compute the same function of their inputs and weights, as far as running them can show.

    Layers whose weights have equal shapes are filled differently, and some pairing of them must give equal outputs.
    """
    if _unseen(one) != _unseen(other):
        return False
    for pair in ((_smaller(one), _smaller(other)), (one, other)):
        with suppress(Unbuildable):
            return all(map(_affordable, pair)) and _same_outputs(*pair)
    return False


def _same_outputs(one: ModelGraph, other: ModelGraph) -> bool:
    """Run both graphs; raises Unbuildable where one of them cannot be built or run."""
    (model, layers), (other_model, other_layers) = _built(one), _built(other)
    groups, other_groups = _twins(layers), _twins(other_layers)
    if {shapes: len(group) for shapes, group in groups.items()} != {
            shapes: len(group) for shapes, group in other_groups.items()}:
        return False
    inputs = _inputs(one)
    if [array.shape for array in inputs] != [array.shape for array in _inputs(other)]:
        return False
    for shapes, group in groups.items():
        for number, layer in enumerate(group):
            _fill(layer, f"{shapes} {number}")
    outputs = _run(model, inputs)
    if not all(np.isfinite(output).all() for output in outputs):
        return False
    for numbers in islice(_assignments(other_groups), MAX_ASSIGNMENTS):
        for shapes, order in numbers.items():
            for layer, number in zip(other_groups[shapes], order, strict=True):
                _fill(layer, f"{shapes} {number}")
        if _close(outputs, _run(other_model, inputs)):
            return True
    return False


def _built(graph: ModelGraph) -> tuple:
    model, layers = to_keras(graph)
    sizes = {index: sum(math.prod(weight.shape) for weight in layer.weights) for index, layer in layers.items()}
    if any(size != graph.layers[index].parameters for index, size in sizes.items()):
        raise Unbuildable("the weights depend on the size of the input")
    return model, layers


def _smaller(graph: ModelGraph) -> ModelGraph:
    """Return the graph on smaller images, of sizes that strides divide as they divide the original ones."""
    smaller = ModelGraph(graph.graph.copy(), graph.layers)
    for node in graph.inputs:
        shape = graph.graph.nodes[node]["shapes"][0]
        if len(shape) == 4:
            sizes = [size if size is None or size <= 2 * _STRIDES else _STRIDES + size % _STRIDES
                     for size in shape[1:3]]
            smaller.graph.nodes[node]["shapes"] = [(shape[0], *sizes, shape[3])]
    return smaller


def _unseen(graph: ModelGraph) -> Counter:
    """Return what outputs at inference cannot show: it must agree before outputs are asked."""
    traits: Counter = Counter()
    calls: Counter = Counter(data["layer"] for _, data in graph.graph.nodes(data=True) if data["layer"] is not None)
    for node, data in graph.graph.nodes(data=True):
        operation, settings = data["operation"], data["settings"]
        if operation in JOINS and graph.graph.in_degree(node) > 1:  # `maximum(x, 0)` joins nothing
            traits["join", operation, graph.graph.in_degree(node)] += 1
        if operation in RANDOM or "Normalization" in operation:
            # Where it stands counts: which layers with weights come before it, and which after.
            around = tuple(tuple(sorted(graph.layers[layer].parameters for layer in _layers_among(graph, nodes)))
                           for nodes in (nx.ancestors(graph.graph, node), nx.descendants(graph.graph, node)))
            traits["training", operation, str(sorted(settings.items())), around] += 1
        for key, value in settings.items():
            if key == "trainable" or key.endswith(("regularizer", "constraint")) or "dropout" in key:
                traits[key, str(value)] += 1
    for layer, times in calls.items():
        weights = graph.layers[layer]
        traits["calls", weights.parameters, weights.trainable, times] += 1
    return traits


def _layers_among(graph: ModelGraph, nodes: set[int]) -> set[int]:
    return {graph.graph.nodes[node]["layer"] for node in nodes} - {None}


def _affordable(graph: ModelGraph) -> bool:
    if graph.parameters > MAX_PARAMETERS:
        return False
    work = sum(graph.layers[data["layer"]].parameters * math.prod(_sizes(data["shapes"][0])[:-1])
               for _, data in graph.graph.nodes(data=True) if data["layer"] is not None)
    return work * _BATCH <= MAX_MULTIPLICATIONS


def _sizes(shape: tuple) -> list[int]:
    return [_FREE_SIZE if size is None else size for size in shape[1:]]


def _twins(layers: Mapping[int, object]) -> dict[str, list]:
    """Group layers by the shapes of their weights: within a group one may stand for another."""
    groups: dict[str, list] = defaultdict(list)
    for _index, layer in sorted(layers.items()):
        groups[str([tuple(weight.shape) for weight in layer.weights])].append(layer)
    return groups


def _assignments(groups: Mapping[str, list]) -> Iterator[dict[str, tuple[int, ...]]]:
    # Capped before `product`, which would write out all of them.
    orders = [list(islice(permutations(range(len(group))), MAX_ASSIGNMENTS)) for group in groups.values()]
    for chosen in product(*orders):
        yield dict(zip(groups, chosen, strict=True))


def _fill(layer, seed: str) -> None:
    """Fill a layer's weights by rule: kernels scaled by fan-in, so that fifty layers neither explode nor vanish."""
    generator = np.random.default_rng(list(seed.encode()))
    for weight in layer.weights:
        values = generator.standard_normal(weight.shape)
        if len(weight.shape) > 1:
            values *= math.sqrt(2 / max(1, math.prod(weight.shape[:-1])))
        elif "variance" in weight.name or "gamma" in weight.name:
            values = 0.5 + np.abs(values)
        else:
            values *= 0.3
        weight.assign(values.astype("float32"))


def _inputs(graph: ModelGraph) -> list[np.ndarray]:
    """Return inputs that depend on nothing but their position and shape; integers stay inside every vocabulary."""
    words = min((data["settings"]["input_dim"] for _, data in graph.graph.nodes(data=True)
                 if data["operation"] == "Embedding"), default=100)
    arrays = []
    for position, node in enumerate(graph.inputs):
        data = graph.graph.nodes[node]
        generator = np.random.default_rng([position, 7])
        shape = (_BATCH, *_sizes(data["shapes"][0]))
        arrays.append(generator.integers(0, words, shape).astype("int32") if data["settings"]["kind"] == "int"
                      else generator.standard_normal(shape).astype("float32"))
    return arrays


def _run(model, inputs: list[np.ndarray]) -> list[np.ndarray]:
    import keras

    try:
        outputs = model(inputs, training=False)
    except Exception as error:  # noqa: BLE001 - what cannot be run shows nothing
        raise Unbuildable(str(error)) from None
    return [np.asarray(keras.ops.convert_to_numpy(output)) for output in keras.tree.flatten(outputs)]


def _close(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(
        left.shape == right.shape and bool(np.abs(left - right).max() <= TOLERANCE * max(1e-3, np.abs(left).max()))
        for left, right in zip(one, other, strict=True))
