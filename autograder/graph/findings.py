"""What can be wrong with a model, as data: a code, the place, expected, found, a hint.

A finding is made once, here, with all its words; comparison decides only that it holds. Each code belongs to one
criterion of the rubric. Texts go through the message catalogue.
"""

from dataclasses import asdict, dataclass, field, replace

from autograder.graph import describe
from autograder.graph.model_graph import ModelGraph
from autograder.messages import _

CRITERIA = ("shapes", "counts", "sharing", "wiring", "settings", "behaviour")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, in words that stand without the picture.

    `nodes` are the places in the student's graph, `missing` those of the reference that the student's graph lacks:
    what the drawing marks. `hidden` says that it was seen on a hidden case, whose values it then does not name.
    """

    code: str
    criterion: str
    place: str
    expected: str
    found: str
    hint: str
    nodes: tuple[int, ...] = ()
    missing: tuple[int, ...] = ()
    hidden: bool = False
    edges: tuple[tuple[int, int], ...] = field(default=())

    def to_dict(self) -> dict:
        """Return the finding as JSON values."""
        return asdict(self)

    def without_values(self, place: str) -> "Finding":
        """Return the finding as a hidden case may show it: what kind and roughly where, no expected or found value."""
        return replace(self, place=place, expected="", found="", hidden=True, missing=(),
                       hint=_("This shows only on cases with other shapes or arguments than the visible one. "
                              "Does every size in the code follow from the function's arguments?"))

    def __str__(self) -> str:
        lines = [self.place]
        if self.expected:
            lines.append(_("expected: {expected}").format(expected=self.expected))
        if self.found:
            lines.append(_("found: {found}").format(found=self.found))
        return "\n  ".join([*lines, _("try: {hint}").format(hint=self.hint)])


def output_count(expected: int, found: int) -> Finding:
    return Finding("output_count", "shapes", _("the outputs"), _("{number} outputs").format(number=expected),
                   _("{number} outputs").format(number=found), _("Return exactly the outputs that the task names."))


def output_shape(student: ModelGraph, node: int, expected: tuple, found: tuple) -> Finding:
    return Finding("output_shape", "shapes", describe.place(student, node), describe.shape(expected),
                   describe.shape(found), _shape_hint(expected, found), nodes=(node,))


def _shape_hint(expected: tuple, found: tuple) -> str:
    if len(expected) != len(found):
        return _("The number of axes differs: look for a layer that flattens, pools or adds an axis.")
    differing = [axis for axis, (one, other) in enumerate(zip(expected, found, strict=True)) if one != other]
    if differing == [len(expected) - 1]:
        return _("Only the channels differ: look at the filters or units, and at what is joined on the last axis.")
    if len(expected) - 1 not in differing:
        return _("Height or width differ, the channels do not: look at strides, padding and pooling.")
    return _("Several axes differ: look at the strides first, then at the axis along which branches are joined.")


def parameter_count(expected: int, found: int, formula: str) -> Finding:
    return Finding("parameter_count", "counts", _("the whole model"),
                   _("{count} parameters = {formula}").format(count=describe.count(expected),
                                                             formula=formula.replace("*", "×")),
                   _("{count} parameters").format(count=describe.count(found)),
                   _("Each term is one layer: kernel height × width × input channels × filters, plus one bias a "
                     "filter. Compare with the last column of the summary and find the term that differs."))


def trainable_count(expected: int, found: int) -> Finding:
    return Finding("trainable_count", "counts", _("the whole model"),
                   _("{count} trainable parameters").format(count=describe.count(expected)),
                   _("{count} trainable parameters").format(count=describe.count(found)),
                   _("A layer is frozen, or is not and should be: look for `trainable`."))


def missing_layers(reference: ModelGraph, nodes: tuple[int, ...], after: str, *, branch: bool) -> Finding:
    """A layer, or a chain of them, that the model lacks; `branch` when a whole branch of a join is not there."""
    kinds = [reference.graph.nodes[node] for node in nodes]
    if branch:
        hint = _("A whole branch is missing: build it, and add its tensor to the list that is joined.")
    else:
        hint = _("Add it at this place: `layers.{operation}`.").format(operation=_layer_name(kinds[0]["operation"]))
    return Finding("missing_branch" if branch else "missing_layer", "wiring", _("after {place}").format(place=after),
                   _then([describe.kind(data) for data in kinds]), _("no such layer there"), hint, missing=nodes)


def _layer_name(operation: str) -> str:
    return operation.removeprefix("ops.")


def _then(kinds: list[str]) -> str:
    return " → ".join(f"({kind})" for kind in kinds) if len(kinds) > 1 else kinds[0]


def missing_activation(student: ModelGraph, node: int, expected: str) -> Finding:
    return Finding("missing_activation", "settings", describe.place(student, node),
                   _("activation {function}").format(function=expected), _("no activation"),
                   _("Without an activation the layer is linear. Write `activation=\"{function}\"`, "
                     "or an activation layer behind it.").format(function=expected), nodes=(node,))


def extra_activation(student: ModelGraph, node: int, found: str) -> Finding:
    return Finding("extra_activation", "settings", describe.place(student, node), _("no activation"),
                   _("activation {function}").format(function=found),
                   _("The task asks for a linear layer here: leave the activation out."), nodes=(node,))


def extra_layers(student: ModelGraph, nodes: tuple[int, ...], *, branch: bool) -> Finding:
    """A layer, or a chain of them, that the task does not have."""
    kinds = [describe.kind(student.graph.nodes[node]) for node in nodes]
    return Finding("extra_branch" if branch else "extra_layer", "wiring", describe.place(student, nodes[0]),
                   _("nothing at this place"), _then(kinds),
                   _("The task has no such layer here: take it out, or see whether it belongs elsewhere."), nodes=nodes)


def other_operation(student: ModelGraph, node: int, expected: dict) -> Finding:
    found = student.graph.nodes[node]
    return Finding("other_operation", "wiring", describe.place(student, node), describe.kind(expected),
                   describe.kind(found), _operation_hint(expected["operation"], found["operation"]), nodes=(node,))


def _operation_hint(expected: str, found: str) -> str:
    if (found, expected) == ("Add", "Concatenate"):
        return _("Adding sums the branches channel by channel and keeps their number; concatenating puts their "
                 "channels side by side. Use `layers.concatenate([...], axis=-1)`.")
    if (found, expected) == ("Concatenate", "Add"):
        return _("Concatenating puts channels side by side; a residual connection adds. Use `layers.add([...])`.")
    if "Pooling" in expected and "Pooling" in found:
        return _("Use `layers.{expected}` instead of `layers.{found}`.").format(expected=expected, found=found)
    return _("The task asks for {expected} at this place.").format(expected=expected.removeprefix("ops."))


def other_setting(student: ModelGraph, node: int, key: str, expected, found) -> Finding:
    """A layer of the right kind with one wrong setting; `key` is Keras's name for it."""
    codes = {"strides": "stride", "kernel_size": "kernel", "pool_size": "kernel", "dilation_rate": "dilation",
             "padding": "padding", "groups": "groups", "use_bias": "bias", "filters": "units", "units": "units",
             "activation": "activation", "function": "activation", "axis": "axis", "input_dim": "vocabulary",
             "trainable": "frozen", "kind": "input_kind", "shape": "input_shape"}
    hints = {
        "strides": _("The stride decides how far the window moves: write `strides={expected}`. "
                     "In a branch that halves its input exactly one layer has stride 2."),
        "kernel_size": _("Set the kernel to {expected}."),
        "pool_size": _("Set the window to {expected}."),
        "padding": _("Write `padding=\"{expected}\"`: it decides whether the border is filled with zeros."),
        "filters": _("The layer should have {expected} filters: does it use the function's argument?"),
        "units": _("The layer should have {expected} units: does it use the function's argument?"),
        "activation": _("Write `activation=\"{expected}\"`."),
        "function": _("Use the activation {expected}."),
        "axis": _("The channels are the last axis: write `axis=-1`. "
                  "Another axis may run without an error and stack images instead of channels."),
        "use_bias": _("Write `use_bias={expected}`."),
        "dilation_rate": _("Write `dilation_rate={expected}`."),
        "groups": _("Write `groups={expected}`."),
        "input_dim": _("The vocabulary has {expected} entries."),
        "trainable": _("A frozen layer does not learn: take `trainable=False` away."),
        "kind": _("Say what the input holds: `dtype=\"int32\"` for numbers of words, nothing for measured values."),
        "shape": _("Set the shape of the input to {expected}, without the batch axis; `None` leaves a length free."),
    }
    hint = hints.get(key, _("Set `{key}` to {expected}."))
    return Finding(codes.get(key, "setting"), "settings", describe.place(student, node), f"{key} = {_value(expected)}",
                   f"{key} = {_value(found)}", hint.format(key=key, expected=_value(expected)), nodes=(node,))


def _value(value) -> str:
    if isinstance(value, tuple):
        return describe.shape(value)
    if isinstance(value, list):
        return describe.each(value)
    return _("nothing") if value is None else str(value)


def other_source(student: ModelGraph, node: int, expected: list[str], found: list[str],
                 wrong: list[int]) -> Finding:
    """A layer that receives other tensors than it should; `wrong` are the senders whose arrows to mark."""
    return Finding("wiring", "wiring", describe.place(student, node),
                   _("it receives {sources}").format(sources=_listed(expected)),
                   _("it receives {sources}").format(sources=_listed(found)),
                   _("Check which variable this layer is called on: a branch that starts at the wrong tensor runs "
                     "without an error."), nodes=(node,), edges=tuple((sender, node) for sender in wrong))


def other_order(student: ModelGraph, node: int) -> Finding:
    return Finding("order", "wiring", describe.place(student, node), _("the inputs in the order of the task"),
                   _("the same inputs in another order"),
                   _("What follows depends on the order here: list the tensors in the order of the task."),
                   nodes=(node,))


def not_shared(student: ModelGraph, nodes: tuple[int, ...]) -> Finding:
    return Finding("not_shared", "sharing", _places(student, nodes), _("one layer, called several times"),
                   _("layers of their own, each with its own weights"),
                   _("Make the layer once, keep it in a variable, and call that variable on each tensor."), nodes=nodes)


def over_shared(student: ModelGraph, nodes: tuple[int, ...]) -> Finding:
    return Finding("over_shared", "sharing", _places(student, nodes),
                   _("layers of their own, each with its own weights"), _("one layer, called several times"),
                   _("Calling one layer object again reuses its weights: make a new layer for each place."),
                   nodes=nodes)


def structure(student: ModelGraph) -> Finding:
    return Finding("structure", "wiring", _("the whole model"), _("the graph that the task describes"),
                   _("the same layers, connected in another way"),
                   _("Follow each branch of the diagram from the input and compare it with the task, layer by layer."))


def another_model() -> Finding:
    return Finding("another_model", "wiring", _("the model"), _("the model that the function received"),
                   _("another model object"),
                   _("Work on the model that you are given and return it: a copy has weights of its own."))


def end_names(expected: list[str], found: list[str]) -> Finding:
    """Inputs or outputs that the task names and the model does not."""
    return Finding("end_name", "wiring", _("the inputs and outputs"), _listed(expected), _listed(found),
                   _("Name them as the task does: `keras.Input(…, name=\"…\")` for an input, `name=\"…\"` on the last "
                     "layer or a dict of outputs for an output."))


def no_answer(code: str, place: str, found: str, hint: str) -> Finding:
    """An answer that gave no model to look at: it raised, returned something else, or never came."""
    return Finding(code, "shapes", place, _("a model"), found, hint)


def _places(graph: ModelGraph, nodes: tuple[int, ...]) -> str:
    return _listed([describe.place(graph, node) for node in nodes])


def _listed(words: list[str]) -> str:
    return "; ".join(words) if words else _("nothing")
