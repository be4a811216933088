"""The directive {predict}: a question that its reader answers before the answer is shown.

    :::{predict} 1
    :answer: 1616 | 1616 parameters
    How many parameters has the layer?
    +++
    (100 + 1) · 16 = 1,616.
    :::

What stands above the line `+++` is seen, what stands below it is folded. With `:answer:` the page checks what is typed
(book/_static/predict.js): one short value, or several that are equally right, separated by ` | `. The argument is the
question's number, or a title of its own. Without JavaScript, and on paper, it is a question with its answer below.
"""

import html
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.util.docutils import SphinxDirective

CATALOGUE = "extensions"  # the words of the book's own extensions
LOCALES = Path(__file__).resolve().parent / "locale"
SPLIT = "+++"

_ = get_translation(CATALOGUE)


class Predict(nodes.General, nodes.Element):
    """A question; `number` is the directive's argument, `answer` what is right, `name` the stem of its ids."""


class PredictQuestion(nodes.General, nodes.Element):
    """What is seen; the field for the answer follows it."""


class PredictAnswer(nodes.General, nodes.Element):
    """What is folded."""


class PredictDirective(SphinxDirective):
    """Makes a question of the body's two parts, which stay ordinary nodes: they are translated like any text."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"answer": directives.unchanged_required}  # noqa: RUF012 - docutils' own way

    def run(self) -> list[nodes.Node]:
        """Return the question as one node."""
        lines = [line.strip() for line in self.content]
        if SPLIT not in lines:
            raise self.error(f"a line {SPLIT} must part the question from its answer")
        at = lines.index(SPLIT)
        question = Predict(number=self.arguments[0].strip() if self.arguments else "",
                           answer=self.options.get("answer", ""),
                           name=f"predict-{self.env.new_serialno('predict') + 1}")
        self.set_source_info(question)
        for part, start, end in ((PredictQuestion(), 0, at), (PredictAnswer(), at + 1, len(lines))):
            self.state.nested_parse(self.content[start:end], self.content_offset + start, part)
            if not part.children:
                raise self.error(f"there is nothing {'below' if start else 'above'} the line {SPLIT}")
            question += part
        return [question]


def title(number: str) -> str:
    """Return what stands above a question: its number, a title of its own, or what is asked of the reader."""
    return str(_("Question %s")) % number if number.isdecimal() else number or str(_("Predict first"))


def field(answer: str, name: str) -> str:
    """Return the field for an answer as HTML: hidden until a script is there to read it."""
    words = {"right": _("Right."), "wrong": _("Not yet: try again, or unfold the answer."),
             "empty": _("Type an answer first."), "answer": answer}
    data = " ".join(f'data-{key}="{html.escape(str(text))}"' for key, text in words.items())
    return (f'<form class="predict-form" {data} hidden>'
            f'<label for="{name}-input">{html.escape(str(_("Your answer")))}</label>'
            f'<input id="{name}-input" type="text" autocomplete="off" autocapitalize="none" spellcheck="false" '
            f'aria-describedby="{name}-output">'
            f'<button type="submit">{html.escape(str(_("Check")))}</button>'
            f'<output id="{name}-output" for="{name}-input" role="status"></output></form>\n')


def _open(self, node: Predict) -> None:
    self.body.append(f'<div class="predict" role="group" aria-labelledby="{node["name"]}-title">\n'
                     f'<p class="predict-title" id="{node["name"]}-title">{html.escape(title(node["number"]))}</p>\n')


def _open_question(self, node: PredictQuestion) -> None:
    self.body.append('<div class="predict-question">\n')


def _close_question(self, node: PredictQuestion) -> None:
    self.body.append("</div>\n")
    if node.parent["answer"]:
        self.body.append(field(node.parent["answer"], node.parent["name"]))


def _open_answer(self, node: PredictAnswer) -> None:
    self.body.append(f'<details class="predict-answer">\n<summary>{html.escape(str(_("Answer")))}</summary>\n')


def _close_answer(self, node: PredictAnswer) -> None:
    self.body.append("</details>\n")


def _close(self, node: Predict) -> None:
    self.body.append("</div>\n")


def _nothing(self, node: nodes.Element) -> None:
    pass


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    others = dict.fromkeys(("latex", "text"), (_nothing, _nothing))
    app.add_message_catalog(CATALOGUE, str(LOCALES))
    app.add_node(Predict, html=(_open, _close), **others)
    app.add_node(PredictQuestion, html=(_open_question, _close_question), **others)
    app.add_node(PredictAnswer, html=(_open_answer, _close_answer), **others)
    app.add_directive("predict", PredictDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
