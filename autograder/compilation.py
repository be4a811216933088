"""How a model was compiled, as data, and its judgement: one loss and one weight for each output."""

import re
from collections.abc import Mapping, Sequence

from autograder.graph.findings import Finding
from autograder.messages import _

# What a loss is when nothing is said; an answer that spells these out is the same answer.
_DEFAULTS = {"reduction": "sum_over_batch_size", "from_logits": False, "label_smoothing": 0.0, "axis": -1, "delta": 1.0}


def describe(model) -> dict:
    """Return a compiled model's losses and weights by output name, as JSON values; {} when it is not compiled."""
    if not model.compiled:
        return {}
    config = model.get_compile_config()
    outputs = list(model.output_names)
    loss, weight = config.get("loss"), config.get("loss_weights")
    if isinstance(loss, (list, tuple)) and isinstance(weight, Mapping):
        # Keras then takes the weights in the order of their sorted names, whatever the outputs' order is.
        weight = [weight[name] for name in sorted(weight)]
    weights = dict.fromkeys(outputs, 1.0) if weight is None else _by_output(weight, outputs)
    return {"outputs": outputs,
            "losses": {name: _loss(given) for name, given in _by_output(loss, outputs).items()},
            "weights": {name: None if given is None else float(given) for name, given in weights.items()}}


def judge(found: Mapping, expected: Mapping) -> list[Finding]:
    """Compare two descriptions; `expected` comes from the solution."""
    if not found:
        return [Finding("not_compiled", "settings", _("the model"), _("a compiled model"), _("it was not compiled"),
                        _("Call `model.compile(optimizer=…, loss={…}, loss_weights={…})` and return the model."))]
    findings = []
    for name, loss in expected["losses"].items():
        given = found.get("losses", {}).get(name)
        if given != loss:
            findings.append(Finding(
                "loss", "settings", _("the output `{name}`").format(name=name), _words(loss), _words(given),
                _("Give each output its own loss by name: `loss={{\"{name}\": \"{loss}\", …}}`.").format(
                    name=name, loss=loss["name"])))
        weight = found.get("weights", {}).get(name)
        if weight != expected["weights"][name]:
            findings.append(Finding(
                "loss_weight", "settings", _("the output `{name}`").format(name=name),
                _("weight {weight}").format(weight=expected["weights"][name]),
                _("weight {weight}").format(weight=weight),
                _("Weigh each loss by name: `loss_weights={{\"{name}\": {weight}, …}}`.").format(
                    name=name, weight=expected["weights"][name])))
    return findings


def _by_output(given, outputs: Sequence[str]) -> dict:
    """Return what was given as one value, a list in output order, or a dict by name, as a dict by name."""
    if isinstance(given, Mapping) and "class_name" not in given:
        return {name: given.get(name) for name in outputs}
    if isinstance(given, (list, tuple)):
        return dict(zip(outputs, [*given, *[None] * len(outputs)], strict=False))
    return dict.fromkeys(outputs, given)


def _loss(loss) -> dict | None:
    """Return a loss, however it was spelled, by the name of its function and what differs from the defaults."""
    import keras

    if loss is None:
        return None
    if isinstance(loss, str):
        loss = keras.losses.serialize(keras.losses.get(loss))
    if isinstance(loss, str):  # a function: serialised to its name
        return {"name": loss, "config": {}}
    config = loss.get("config")
    if isinstance(config, str):
        return {"name": config, "config": {}}
    name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", loss["class_name"]).lower()
    kept = {key: value for key, value in (config or {}).items()
            if key not in ("name", "dtype") and _DEFAULTS.get(key) != value}
    return {"name": name, "config": kept}


def _words(loss: Mapping | None) -> str:
    if loss is None:
        return _("no loss")
    options = ", ".join(f"{key}={value}" for key, value in loss["config"].items())
    return f"{loss['name']} ({options})" if options else loss["name"]
