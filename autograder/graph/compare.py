"""A student's graph against a reference graph: equal, or findings that say what to change.

Equality is exact: an isomorphism that keeps operations, settings, argument order (where it matters) and sharing.
Where the graphs differ, nodes are aligned by what they are and where they stand, and every difference of the alignment
becomes a finding.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import networkx as nx
import numpy as np
from scipy.optimize import linear_sum_assignment

from autograder.graph import arithmetic, describe, findings
from autograder.graph.findings import Finding
from autograder.graph.model_graph import ModelGraph
from autograder.graph.rules import COMMUTATIVE, ENDS, JOINS

BRANCH_ORDER = "branch_order"  # a freedom that a task may grant: the order of what is concatenated


def equal(one: ModelGraph, other: ModelGraph, freedoms: Iterable[str] = (), named: Iterable[str] = ()) -> bool:
    """Whether two graphs are the same model, up to names, order of creation and the given freedoms.

    Inputs and outputs in `named` are matched by name, all others by position.
    """
    left, right = (_labelled(graph, frozenset(freedoms), frozenset(named)) for graph in (one, other))
    if Counter(nx.get_node_attributes(left, "label").values()) != Counter(
            nx.get_node_attributes(right, "label").values()):
        return False
    return nx.is_isomorphic(left, right, node_match=lambda a, b: a["label"] == b["label"],
                            edge_match=lambda a, b: a["label"] == b["label"])


def compare(student: ModelGraph, reference: ModelGraph, freedoms: Iterable[str] = (),
            named: Iterable[str] = ()) -> list[Finding]:
    """Return what is wrong with the student's graph, empty when it is right.

    The order is that of judgement: output shapes, parameter counts, sharing, wiring, settings.
    """
    freedoms, wanted = frozenset(freedoms), frozenset(named)
    if equal(student, reference, freedoms, wanted):
        return []
    unnamed = sorted(wanted - _end_names(student))
    if unnamed:  # names are wrong: say so, and look at the rest by position
        wanted = frozenset()
    alignment = _align(student, reference, wanted)
    found = [*_shapes(student, reference, alignment), *_counts(student, reference),
             *([findings.end_names(sorted(named), sorted(_end_names(student)))] if unnamed else []),
             *_sharing(student, reference, alignment), *_layers(student, reference, alignment),
             *_wiring(student, reference, alignment, freedoms), *_settings(student, reference, alignment)]
    if not any(finding.criterion in ("wiring", "settings", "sharing") for finding in found):
        found.append(findings.structure(student))
    return sorted(found, key=lambda finding: findings.CRITERIA.index(finding.criterion))


# --- equality ---------------------------------------------------------------------------------------------------------


def _end_names(model: ModelGraph) -> set[str]:
    return {model.graph.nodes[node]["name"] for node in (*model.inputs, *model.outputs)}


def _end_key(data: dict, named: frozenset[str]) -> str | int:
    """Return what an input or output is matched by."""
    return data["name"] if data["name"] in named else data["settings"]["position"]


def _labelled(model: ModelGraph, freedoms: frozenset[str], named: frozenset[str]) -> nx.DiGraph:
    """Return a simple graph whose labels hold all that counts, refined by what is upstream and downstream of a node.

    Without the refinement exact matching takes over a minute on networks with hundreds of like nodes.
    """
    graph = nx.DiGraph()
    for node, data in model.graph.nodes(data=True):
        settings = data["settings"]
        if data["operation"] in ENDS:
            settings = settings | {"position": _end_key(data, named)}
        if data["operation"] == "Input":
            settings = settings | {"shape": data["shapes"]}
        graph.add_node(node, label=_hash(data["operation"], settings))
    edges = defaultdict(list)
    for sender, receiver, data in model.graph.edges(data=True):
        ordered = _order_matters(model, receiver, freedoms)
        edges[sender, receiver].append([data["position"] if ordered else None, data["output"]])
    for (sender, receiver), labels in edges.items():
        graph.add_edge(sender, receiver, label=_hash(sorted(labels, key=str)))
    for layer, calls in _calls_by_layer(model).items():
        if len(calls) > 1:  # the weights as a node of their own make sharing part of the structure
            graph.add_node(f"weights {layer}", label="weights")
            graph.add_edges_from(((f"weights {layer}", call) for call in calls), label="weights")
    up = _refined(graph, graph.predecessors, nx.topological_sort(graph))
    down = _refined(graph, graph.successors, reversed(list(nx.topological_sort(graph))))
    nx.set_node_attributes(graph, {node: up[node] + down[node] for node in graph}, "label")
    return graph


def _refined(graph: nx.DiGraph, neighbours, order: Iterable) -> dict:
    hashes: dict = {}
    for node in order:
        around = sorted([hashes[other], (graph.get_edge_data(other, node) or graph.get_edge_data(node, other))["label"]]
                        for other in neighbours(node))
        hashes[node] = _hash(graph.nodes[node]["label"], around)
    return hashes


def _order_matters(model: ModelGraph, receiver: int, freedoms: frozenset[str]) -> bool:
    operation = model.graph.nodes[receiver]["operation"]
    return operation not in COMMUTATIVE and not (operation == "Concatenate" and BRANCH_ORDER in freedoms)


def _calls_by_layer(model: ModelGraph) -> dict[int, list[int]]:
    calls: dict[int, list[int]] = defaultdict(list)
    for node, data in model.graph.nodes(data=True):
        if data["layer"] is not None:
            calls[data["layer"]].append(node)
    return calls


def _hash(*values) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


# --- alignment --------------------------------------------------------------------------------------------------------


class _Alignment:
    """Which node of the student's graph stands for which node of the reference."""

    def __init__(self, pairs: Iterable[tuple[int, int]], student: ModelGraph, reference: ModelGraph) -> None:
        self.to_reference = dict(pairs)
        self.to_student = {there: here for here, there in self.to_reference.items()}
        # One layer called twice on one tensor is one node: it stands for two nodes of the reference.
        self.twins = dict(self._unmatched_twins(student, reference))
        self.extra = [node for node in student.graph if node not in self.to_reference]
        self.missing = [node for node in reference.graph if node not in self.to_student and node not in self.twins]

    def expected_source(self, node: int) -> int:
        """Return the reference node that the student's graph has in this node's place."""
        return self.twins.get(node, node)

    def _unmatched_twins(self, student: ModelGraph, reference: ModelGraph) -> Iterator[tuple[int, int]]:
        """Pair each reference node that has no partner with an equal one beside it whose partner serves both."""
        for node in reference.graph:
            data = reference.graph.nodes[node]
            if node in self.to_student or data["layer"] is None:
                continue
            for there, here in self.to_student.items():
                twin = reference.graph.nodes[there]
                if ((twin["operation"], twin["settings"]) == (data["operation"], data["settings"])
                        and reference.arguments(there) == reference.arguments(node)
                        and student.graph.out_degree(here) > reference.graph.out_degree(there)):
                    yield node, there
                    break


def _align(student: ModelGraph, reference: ModelGraph, named: frozenset[str]) -> _Alignment:
    """Align nodes by likeness of operation and settings, and by how alike their neighbours are, spread step by step."""
    left, right = list(student.graph), list(reference.graph)
    base = np.array([[_likeness(student.graph.nodes[here], reference.graph.nodes[there], named) for there in right]
                     for here in left])
    around = [(_neighbours(student, left, up), _neighbours(reference, right, up)) for up in (True, False)]
    score = base
    for _round in range(8):
        score = base + 0.5 * sum(_spread(score, *sides) for sides in around)
        score = np.where(base > 0, score, 0) / score.max()
    rows, columns = linear_sum_assignment(-score)
    pairs = [(left[row], right[column]) for row, column in zip(rows, columns, strict=True) if base[row, column] > 0]
    return _Alignment(pairs, student, reference)


def _likeness(here: dict, there: dict, named: frozenset[str]) -> float:
    """Return how alike two nodes are: 0 never stand for each other, 1 are equal."""
    if here["operation"] != there["operation"]:
        return 0.4 if _family(here["operation"]) == _family(there["operation"]) is not None else 0.0
    if here["operation"] in ENDS:
        return 1.0 if _end_key(here, named) == _end_key(there, named) else 0.0
    keys = here["settings"].keys() | there["settings"].keys()
    same = sum(here["settings"].get(key) == there["settings"].get(key) for key in keys)
    return 0.7 + 0.3 * (same / len(keys) if keys else 1)


def _family(operation: str) -> str | None:
    """Return what an operation may be confused with."""
    if operation in JOINS:
        return "join"
    if "Pooling" in operation:
        return "global pooling" if "Global" in operation else "pooling"
    if "Conv" in operation:
        return "convolution"
    return None


def _neighbours(model: ModelGraph, order: list[int], up: bool) -> list[list[int]]:
    index = {node: number for number, node in enumerate(order)}
    edges = model.graph.in_edges if up else model.graph.out_edges
    return [[index[edge[0] if up else edge[1]] for edge in edges(node)] for node in order]


def _spread(score: np.ndarray, left: list[list[int]], right: list[list[int]]) -> np.ndarray:
    """Return for each pair how well its neighbours fit: the best partner of each, averaged over the larger side."""
    spread = np.zeros_like(score)
    for row, here in enumerate(left):
        if not here:
            spread[row] = [0.0 if there else 1.0 for there in right]
            continue
        for column, there in enumerate(right):
            if there:
                fits = score[np.ix_(here, there)]
                spread[row, column] = (fits.max(axis=0).sum() + fits.max(axis=1).sum()) / (len(here) + len(there))
    return spread


# --- findings ---------------------------------------------------------------------------------------------------------


def _shapes(student: ModelGraph, reference: ModelGraph, alignment: _Alignment) -> Iterator[Finding]:
    if len(student.outputs) != len(reference.outputs):
        yield findings.output_count(len(reference.outputs), len(student.outputs))
    for there in reference.outputs:
        here = alignment.to_student.get(there)
        if here is None:
            continue
        expected, found = reference.graph.nodes[there]["shapes"][0], student.graph.nodes[here]["shapes"][0]
        if tuple(expected) != tuple(found):
            yield findings.output_shape(student, here, expected, found)


def _counts(student: ModelGraph, reference: ModelGraph) -> Iterator[Finding]:
    if student.parameters != reference.parameters:
        formula = arithmetic.model_formula(reference)
        yield findings.parameter_count(reference.parameters, student.parameters, formula)
    elif student.trainable != reference.trainable:
        yield findings.trainable_count(reference.trainable, student.trainable)


def _sharing(student: ModelGraph, reference: ModelGraph, alignment: _Alignment) -> Iterator[Finding]:
    for nodes in _calls_by_layer(reference).values():
        here = [alignment.to_student[node] for node in nodes if node in alignment.to_student]
        if len({student.graph.nodes[node]["layer"] for node in here}) > 1:
            yield findings.not_shared(student, tuple(here))
    for nodes in _calls_by_layer(student).values():
        there = {reference.graph.nodes[alignment.to_reference[node]]["layer"]
                 for node in nodes if node in alignment.to_reference}
        if len(there) > 1:
            yield findings.over_shared(student, tuple(nodes))
    for twin in sorted(set(alignment.twins.values())):
        yield findings.over_shared(student, (alignment.to_student[twin],))


def _layers(student: ModelGraph, reference: ModelGraph, alignment: _Alignment) -> Iterator[Finding]:
    for chain in _chains(reference, alignment.missing):
        yield findings.missing_layers(reference, chain, _after(student, reference, alignment, chain[0]),
                                      branch=_is_branch(reference, chain))
    for chain in _chains(student, alignment.extra):
        yield findings.extra_layers(student, chain, branch=_is_branch(student, chain))
    for here, there in alignment.to_reference.items():
        if student.graph.nodes[here]["operation"] != reference.graph.nodes[there]["operation"]:
            yield findings.other_operation(student, here, reference.graph.nodes[there])


def _chains(model: ModelGraph, nodes: Iterable[int]) -> Iterator[tuple[int, ...]]:
    """Group nodes that follow each other directly, so that a lost branch is one finding and not one for each layer."""
    for component in nx.weakly_connected_components(model.graph.subgraph(nodes)):
        yield tuple(nx.lexicographical_topological_sort(model.graph.subgraph(component)))


def _is_branch(model: ModelGraph, chain: tuple[int, ...]) -> bool:
    """Whether a chain runs from a tensor with other uses into a join: leaving it out loses a branch, not a step."""
    joined = any(model.graph.nodes[receiver]["operation"] in JOINS for receiver in model.graph.successors(chain[-1]))
    senders = [sender for sender, _output in model.arguments(chain[0])]
    return joined and any(model.graph.out_degree(sender) > 1 for sender in senders)


def _after(student: ModelGraph, reference: ModelGraph, alignment: _Alignment, node: int) -> str:
    """Return the place behind which a missing node belongs: its nearest ancestor that the student's graph has."""
    arguments = reference.arguments(node)
    ancestor = _through(reference, arguments[0][0], alignment.to_student) if arguments else node
    return _place_of(student, reference, alignment, ancestor)


def _place_of(student: ModelGraph, reference: ModelGraph, alignment: _Alignment, node: int) -> str:
    """Return a reference node's place, in the student's own words where the student's graph has it."""
    if node in alignment.to_student:
        return describe.place(student, alignment.to_student[node])
    return describe.place(reference, node)


def _wiring(student: ModelGraph, reference: ModelGraph, alignment: _Alignment,
            freedoms: frozenset[str]) -> Iterator[Finding]:
    for here, there in alignment.to_reference.items():
        given = [sender for sender, _output in student.arguments(here)]
        wanted = [alignment.expected_source(sender) for sender, _output in reference.arguments(there)]
        # An extra layer between two right ones is one finding, not two: look through it; the same for a missing one.
        seen = [_through(student, sender, alignment.to_reference) for sender in given]
        sources = [alignment.to_reference.get(sender) for sender in seen]
        expected = [_through(reference, sender, alignment.to_student) for sender in wanted]
        lacking, gained = Counter(expected) - Counter(sources), Counter(sources) - Counter(expected)
        if not lacking and not gained:
            if sources != expected and _order_matters(reference, there, freedoms):
                yield findings.other_order(student, here)
            continue
        lost = Counter(through for sender, through in zip(wanted, expected, strict=True)
                       if sender not in alignment.to_student)
        added = Counter(through for sender, through in zip(given, sources, strict=True)
                        if sender not in alignment.to_reference)
        if not (lacking - lost) and not (gained - added):
            continue  # the branch that came or went was reported as missing or extra
        yield findings.other_source(
            student, here, [_place_of(student, reference, alignment, node) for node in expected],
            [describe.place(student, sender) for sender in seen],
            [sender for sender, source in zip(given, sources, strict=True) if source in gained])


def _through(model: ModelGraph, node: int, aligned: dict[int, int]) -> int:
    """Return the nearest ancestor that is aligned, following first arguments; an end of the model where none is."""
    while node not in aligned and model.arguments(node):
        node = model.arguments(node)[0][0]
    return node


def _settings(student: ModelGraph, reference: ModelGraph, alignment: _Alignment) -> Iterator[Finding]:
    for here, there in alignment.to_reference.items():
        data, wanted = student.graph.nodes[here], reference.graph.nodes[there]
        if data["operation"] != wanted["operation"] and _family(data["operation"]) != "pooling":
            continue
        if data["operation"] == "Input" and data["shapes"] != wanted["shapes"]:
            yield findings.other_setting(student, here, "shape", wanted["shapes"][0][1:], data["shapes"][0][1:])
        # An end's position is how it was matched.
        for key in sorted((data["settings"].keys() | wanted["settings"].keys()) - {"position"}):
            expected, found = wanted["settings"].get(key), data["settings"].get(key)
            if expected == found or (key == "padding" and _window_is_one(wanted["settings"])):
                continue
            if key == "activation" and found is None:
                yield findings.missing_activation(student, here, expected)
            elif key == "activation" and expected is None:
                yield findings.extra_activation(student, here, found)
            else:
                yield findings.other_setting(student, here, key, expected, found)


def _window_is_one(settings: dict) -> bool:
    """Whether padding cannot matter to the layer that was asked for."""
    window = settings.get("kernel_size", settings.get("pool_size"))
    return isinstance(window, list) and set(window) == {1}
