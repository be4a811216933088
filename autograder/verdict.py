"""Evidence against references: points by rubric, findings in order of judgement, the diagram of what is wrong."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from autograder import behaviour, compilation
from autograder.evidence import EvidenceError, restore
from autograder.graph import drawing, findings, properties
from autograder.graph.compare import compare
from autograder.graph.describe import place
from autograder.graph.findings import Finding
from autograder.graph.fingerprint import same_behaviour
from autograder.graph.model_graph import ModelGraph, from_keras
from autograder.messages import _, plural
from autograder.references import Reference
from autograder.tasks import Task

SHOWN = 6  # findings at a time: who mends these sees the rest in the next run
# What lacks parts cannot be credited for how those parts are shared or set, or for what they do.
_INCOMPLETE = frozenset({"missing_layer", "missing_branch", "output_count", "no_model", "layer_weights"})
_NEEDS_ALL_PARTS = frozenset({"sharing", "settings", "behaviour"})


@dataclass(frozen=True)
class Report:
    """What an answer earned, and why; rich in a notebook, readable in a terminal."""

    task: str
    earned: dict[str, float]  # criterion -> points
    rubric: dict[str, float]  # criterion -> points at most
    findings: tuple[Finding, ...]
    graph: ModelGraph | None = field(default=None, repr=False)
    reference: ModelGraph | None = field(default=None, repr=False)

    @property
    def score(self) -> float:
        """Points earned."""
        return sum(self.earned.values())

    @property
    def max_score(self) -> float:
        """Points that can be earned."""
        return sum(self.rubric.values())

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings

    def __str__(self) -> str:
        lines = [self._headline(), self._criteria()]
        lines += [f"{number}. {finding}" for number, finding in enumerate(self.findings[:SHOWN], start=1)]
        return "\n".join([*lines, *self._more()])

    def _repr_html_(self) -> str:
        items = "".join(f'<li style="margin-bottom: .5em">{_html(finding)}</li>'
                        for finding in self.findings[:SHOWN])
        more = "".join(f"<p>{escape(line)}</p>" for line in self._more())
        colour = "#1b5e20" if self.passed else "#8c1d18"
        return (f'<div style="{_CARD}; border-left: 6px solid {colour}">'
                f'<p style="margin: 0 0 .3em; font-size: 1.1em; color: {colour}"><strong>{escape(self._headline())}'
                f"</strong></p><p style=\"margin: 0 0 .5em\">{escape(self._criteria())}</p>"
                f'<ol style="margin: 0; padding-left: 1.5em">{items}</ol>{more}{self._diagram()}</div>')

    def _headline(self) -> str:
        mark = "✓" if self.passed else "✗"
        return _("{mark} {task}: {score:g} of {max_score:g} points").format(
            mark=mark, task=self.task, score=self.score, max_score=self.max_score)

    def _criteria(self) -> str:
        return " · ".join(f"{'✓' if self.earned[name] == points else '✗'} {_criterion(name)} "
                          f"{self.earned[name]:g}/{points:g}" for name, points in self.rubric.items())

    def _more(self) -> list[str]:
        rest = len(self.findings) - SHOWN
        if rest <= 0:
            return []
        return [plural("{count} more finding follows when these are mended.",
                       "{count} more findings follow when these are mended.", rest).format(count=rest)]

    def _diagram(self) -> str:
        if self.graph is None or self.passed:
            return ""
        shown = self.findings[:SHOWN]
        words = drawing.alt_text(self.graph, shown)
        picture = drawing.svg(self.graph, shown, self.reference)
        image = ""
        if picture:
            data = base64.b64encode(picture.encode()).decode()
            # As an image, a diagram can hold no script and no style that leaks into the page.
            # It keeps its size and scrolls on a narrow screen: shrunk to a phone's width its words are illegible.
            image = ('<div style="overflow-x: auto; margin-top: .6em">'
                     f'<img src="data:image/svg+xml;base64,{data}" alt="{escape(words)}" style="max-width: none">'
                     "</div>")
        note = _("Layers without a name of their own are numbered in the order in which the code makes them.")
        return (f'{image}<p style="margin: .4em 0"><small>{escape(note)}</small></p>'
                f'<details><summary>{escape(_("The diagram in words"))}</summary>{escape(words)}</details>')


# A report brings its own paper, so that it reads the same in light and dark notebooks and on the feedback page.
_CARD = ("background: #ffffff; color: #1c1c1c; padding: .8em 1em; border-radius: 4px; max-width: 64em; "
         "font-family: sans-serif; line-height: 1.45; overflow-wrap: anywhere")


def judge(task: Task, evidence: Mapping | None, references: Sequence[Reference],
          hidden: Sequence[Reference] = ()) -> Report:
    """Return the report on an answer's evidence.

    A criterion of the rubric is earned when no case has a finding against it. Hidden cases name no values.
    """
    if not isinstance(evidence, Mapping) or not isinstance(evidence.get("cases"), list):
        return without_evidence(task, _("the cell gave no answer"), _("Run the notebook from the top: does the cell "
                                "that defines `{function}` run without an error?").format(function=task.function))
    answered = [case for case in evidence["cases"] if isinstance(case, Mapping)]
    found: list[Finding] = []
    shown: tuple[ModelGraph, ModelGraph] | None = None
    for reference in references:
        graph, wrong = _judge_case(task, answered, reference)
        found += wrong
        if wrong and graph is not None and shown is None:
            shown = graph, reference.graph
    for reference in hidden:
        graph, wrong = _judge_case(task, answered, reference)
        known = {(finding.code, finding.criterion) for finding in found}
        for finding in wrong:
            if (finding.code, finding.criterion) not in known:
                found.append(finding.without_values(_hidden_place(graph, finding)))
                known.add((finding.code, finding.criterion))
    return Report(task.id, _earned(task, found), task.rubric, tuple(found), *(shown or (None, None)))


def without_evidence(task: Task, found: str, hint: str) -> Report:
    """Return the report on an answer that left nothing to judge: `found` says what happened, `hint` what to do."""
    finding = findings.no_answer("no_model", _("`{function}`").format(function=task.function), found, hint)
    return Report(task.id, _earned(task, [finding]), task.rubric, (finding,))


def _judge_case(task: Task, answered: Iterable[Mapping], reference: Reference) -> tuple[ModelGraph | None,
                                                                                       list[Finding]]:
    case = next((case for case in answered if case.get("arguments") == reference.arguments), None)
    if case is None:
        return None, [_no_model(task, _("it was not run on this case"), _("Run the notebook from the top."))]
    if task.answer == "layer" and isinstance(case.get("results"), Mapping):
        return None, behaviour.judge(case["results"], reference.arguments, task.like)
    if "model" not in case:
        return None, [_problem(task, case)]
    try:
        graph = from_keras(restore(case["model"]))
    except (EvidenceError, ValueError) as error:
        return None, [_no_model(task, str(error), _("Return a model or tensor made of Keras's built-in layers."))]
    if task.answer == "budget":
        return graph, properties.judge(graph, task.properties, reference.arguments)
    found = compare(graph, reference.graph, task.freedoms, task.named)
    if _may_be_another_form(found) and same_behaviour(graph, reference.graph):
        found = []
    if task.answer == "compiled":
        found += _compilation(case, reference)
    return graph, found


def _compilation(case: Mapping, reference: Reference) -> list[Finding]:
    found = case.get("compilation")
    wrong = compilation.judge(found if isinstance(found, Mapping) else {}, reference.compilation)
    return wrong if case.get("same") is True else [findings.another_model(), *wrong]


def _may_be_another_form(found: Sequence[Finding]) -> bool:
    """Whether what was found may be two ways of writing one function: same shapes, counts, sharing; other operations.

    One wrong setting in an otherwise equal graph is never that, so that running the models is spared.
    """
    criteria = {finding.criterion for finding in found}
    named = all(finding.code != "end_name" for finding in found)
    return named and "wiring" in criteria and not criteria & {"shapes", "counts", "sharing"}


def _problem(task: Task, case: Mapping) -> Finding:
    text = str(case.get("text", ""))[:1000]
    if case.get("problem") == "raised":
        return _no_model(task, _("an error: {text}").format(text=text),
                         _("Read the error from its end: which layer is named, and which shapes does it complain of?"))
    if case.get("problem") in ("not_a_tensor", "not_a_model") and text == "NoneType":
        return _no_model(task, _("the function returned nothing"),
                         _("Write the layers, and end the function with `return` and the result."))
    if case.get("problem") == "not_a_tensor":
        return _no_model(task, _("the function returned {kind}").format(kind=text),
                         _("Return the tensor that the last layer gives when it is called."))
    if case.get("problem") == "not_a_model":
        return _no_model(task, _("the function returned {kind}").format(kind=text), _("Return a `keras.Model`."))
    if case.get("problem") == "not_callable":
        return _no_model(task, _("it is {kind}, not a function").format(kind=text),
                         _("Pass the function itself, without calling it: `check(\"{task}\", {function})`.").format(
                             task=task.id, function=task.function))
    return _no_model(task, _("a model too large to be judged"), _("Build exactly the layers of the task."))


def _no_model(task: Task, found: str, hint: str) -> Finding:
    return findings.no_answer("no_model", _("`{function}`").format(function=task.function), found, hint)


def _hidden_place(graph: ModelGraph | None, finding: Finding) -> str:
    if graph is None or not finding.nodes:
        return finding.place
    return place(graph, finding.nodes[0])


def _earned(task: Task, found: Sequence[Finding]) -> dict[str, float]:
    # A mistake of a kind that the task gives no points for still costs: it is the wiring that is not as asked.
    instead = "wiring" if "wiring" in task.rubric else next(reversed(task.rubric))
    lost = {finding.criterion if finding.criterion in task.rubric else instead for finding in found}
    codes = {finding.code for finding in found}
    if codes & _INCOMPLETE:
        lost |= _NEEDS_ALL_PARTS
    if "no_model" in codes:
        lost |= set(task.rubric)
    return {name: 0 if name in lost else points for name, points in task.rubric.items()}


def _criterion(name: str) -> str:
    return {"shapes": _("shapes"), "counts": _("parameter counts"), "sharing": _("sharing"), "wiring": _("wiring"),
            "settings": _("layer settings"), "behaviour": _("behaviour")}[name]


def _html(finding: Finding) -> str:
    parts = [f"<strong>{_code(finding.place)}</strong>"]
    if finding.expected:
        parts.append(f"{escape(_('expected'))}: {_code(finding.expected)}")
    if finding.found:
        parts.append(f"{escape(_('found'))}: {_code(finding.found)}")
    parts.append(f"<em>{escape(_('try'))}:</em> {_code(finding.hint)}")
    return "<br>".join(parts)


def _code(text: str) -> str:
    """Return text as HTML with what stands between backticks as code."""
    pieces = escape(text, quote=False).split("`")
    return "".join(piece if number % 2 == 0 else f"<code>{piece}</code>" for number, piece in enumerate(pieces))
