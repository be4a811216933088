"""How a model was compiled, as data, and its judgement: one loss and one weight for each output."""

import re
from collections.abc import Mapping

from autograder.graph.findings import Finding
from autograder.messages import _

# What a loss is when nothing is said; an answer that spells these out is the same answer.
_DEFAULTS = {"reduction": "sum_over_batch_size", "from_logits": False, "label_smoothing": 0.0, "delta": 1.0}
_SHOWN = 200  # characters of what a student's process reports


def describe(model) -> dict:
    """Return a compiled model's losses and weights by output name, as JSON values; {} when it is not compiled.

    A loss or weight for an output that the model does not have is listed, too: Keras refuses it when training starts.
    """
    if not model.compiled:
        return {}
    # As it was given: `get_compile_config` fails on a loss or metric that is no JSON, such as a class or a partial.
    given = model._compile_config.config
    outputs = dict(zip(model.output_names, [len(tensor.shape) for tensor in model.outputs], strict=True))
    losses, weights = given.get("loss"), given.get("loss_weights")
    if isinstance(weights, Mapping) and isinstance(losses, Mapping):
        weights = {name: weights.get(name) for name in outputs}  # other names are not looked at
    elif isinstance(weights, Mapping):
        # Keras then takes the weights in the order of their sorted names, whatever the outputs' order is.
        weights = [weights[name] for name in sorted(weights)]
    return {"outputs": list(outputs),
            "losses": {name: _loss(loss, outputs.get(name)) for name, loss in _by_output(losses, outputs).items()},
            "weights": (dict.fromkeys(outputs, 1.0) if weights is None else
                        {name: _number(weight) for name, weight in _by_output(weights, outputs).items()})}


def judge(found: Mapping, expected: Mapping) -> list[Finding]:
    """Compare two descriptions; `expected` comes from the solution, `found` from a process that nobody trusts."""
    if not found:
        return [Finding("not_compiled", "settings", _("the model"), _("a compiled model"), _("it was not compiled"),
                        _("Call `model.compile(optimizer=…, loss={…}, loss_weights={…})` and return the model."))]
    losses, weights = (_mapping(found.get(key)) for key in ("losses", "weights"))
    findings = []
    for name, loss in expected["losses"].items():
        if losses.get(name) != loss:
            findings.append(_other_loss(name, loss, losses.get(name)))
        weight = expected["weights"][name]
        if weights.get(name) != weight:
            findings.append(Finding(
                "loss_weight", "settings", _output(name), _weight(weight), _weight(weights.get(name)),
                _("Weigh each loss by name, in a dict as the losses: `loss_weights={{\"{name}\": {weight}, …}}`."
                  ).format(name=name, weight=weight)))
    for code, kind, given in (("loss", _("no loss"), losses), ("loss_weight", _("no weight"), weights)):
        findings += [Finding(code, "settings", _output(name), kind, _("the model has no such output"),
                             _("Name exactly the model's outputs, or give a list with one entry for each: Keras "
                               "refuses more when training starts."))
                     for name in given if name not in expected["losses"]]
    return findings


def _other_loss(name: str, expected: Mapping, found) -> Finding:
    return Finding("loss", "settings", _output(name), _words(expected), _words(found), _hint(name, expected, found))


def _hint(name: str, expected: Mapping, found) -> str:
    found = _mapping(found)
    options = _mapping(found.get("config"))
    if found.get("own"):
        return _("What code of your own computes cannot be seen from here: use Keras's own loss, `\"{loss}\"`.").format(
            loss=expected["name"])
    if found.get("name") == f"sparse_{expected['name']}":
        return _("The sparse loss is for targets that are numbers of classes. These are one-hot vectors: use "
                 "`\"{loss}\"`.").format(loss=expected["name"])
    if found.get("name") == expected["name"] and options.get("from_logits"):
        return _("The output has an activation, so that it gives probabilities and no logits: leave `from_logits` "
                 "out.")
    if found.get("name") == expected["name"] and options:
        return _("Leave the options of the loss out: the task asks for `\"{loss}\"` as it is.").format(
            loss=expected["name"])
    return _("Give each output its own loss by name: `loss={{\"{name}\": \"{loss}\", …}}`.").format(
        name=name, loss=expected["name"])


# --- what compile() was given -----------------------------------------------------------------------------------------


def _by_output(given, outputs: Mapping[str, int]) -> dict:
    """Return what was given as one value, a list in output order, or a dict by name, as a dict by name.

    Entries beyond the outputs are kept: by their name in a dict, by their number in a list.
    """
    if isinstance(given, Mapping):
        return {name: given.get(name) for name in outputs} | {str(name): value for name, value in given.items()}
    if isinstance(given, (list, tuple)):
        names = [*outputs, *(str(number + 1) for number in range(len(outputs), len(given)))]
        return dict(zip(names, [*given, *[None] * len(outputs)], strict=False))
    return dict.fromkeys(outputs, given)


def _loss(loss, axes: int | None) -> dict | None:
    """Return a loss, however it was spelled, by the name of its function and what differs from the defaults.

    `axes` is the number of axes of the output that it is for. A loss that is not Keras's own is marked as such: its
    name says nothing about what it computes.
    """
    import keras

    if isinstance(loss, (list, tuple)):  # Keras sums a list of losses for one output
        parts = [_loss(part, axes) for part in loss]
        return parts[0] if len(parts) == 1 else {"name": " + ".join(map(_words, parts)), "config": {}}
    if loss is None:
        return None
    try:
        loss = keras.losses.get(loss)  # a name, a class or a function
    except (ValueError, TypeError):
        return {"name": str(loss)[:_SHOWN], "config": {}}
    made = isinstance(loss, keras.losses.Loss)
    kind = type(loss) if made else loss
    name = getattr(kind, "__name__", type(loss).__name__)
    if not str(getattr(kind, "__module__", "")).startswith("keras."):
        return {"name": name, "config": {}, "own": True}
    if not made:
        return {"name": name, "config": {}}
    options = {key: value for key, value in loss.get_config().items()
               if key not in ("name", "dtype") and not _is_default(key, value, axes)}
    return {"name": re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower(),
            "config": {key: value if isinstance(value, (str, int, float, type(None))) else str(value)[:_SHOWN]
                       for key, value in options.items()}}


def _is_default(key: str, value, axes: int | None) -> bool:
    if key == "axis" and isinstance(value, int):
        return value == -1 or value + 1 == axes
    if key == "reduction" and value == "mean":
        return True  # Keras's other word for the default
    return key in _DEFAULTS and _DEFAULTS[key] == value


def _number(weight) -> float | str | None:
    if isinstance(weight, (list, tuple)) and len(weight) == 1:
        weight = weight[0]
    if weight is None:
        return None
    try:
        return repr(weight) if isinstance(weight, str) else float(weight)  # "10" is no number to Keras
    except (TypeError, ValueError):
        return repr(weight)[:_SHOWN]


# --- words ------------------------------------------------------------------------------------------------------------


def _output(name) -> str:
    return _("the output `{name}`").format(name=str(name)[:_SHOWN])


def _weight(weight) -> str:
    return _("no weight") if weight is None else _("weight {weight}").format(weight=str(weight)[:_SHOWN])


def _words(loss) -> str:
    if not isinstance(loss, Mapping):
        return _("no loss")
    name = str(loss.get("name"))[:_SHOWN]
    if loss.get("own"):
        return _("`{name}`, which is not Keras's own").format(name=name)
    options = ", ".join(f"{key}={value}" for key, value in _mapping(loss.get("config")).items())[:_SHOWN]
    return f"{name} ({options})" if options else name


def _mapping(value) -> Mapping:
    return value if isinstance(value, Mapping) else {}
