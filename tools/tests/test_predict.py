"""Questions in the page (book/_static/predict.js) in Chromium: what counts as right, with the keyboard alone."""

import importlib.util
from pathlib import Path

import browser
import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = """<!DOCTYPE html><html lang="en"><head><title>t</title><link rel="icon" href="data:,">
<script>{script}</script></head><body><div>{form}<details class="predict-answer"><summary>Answer</summary>So.</details>
</div></body></html>"""


@pytest.fixture(scope="module")
def predict():
    spec = importlib.util.spec_from_file_location("book_ext_predict", ROOT / "book" / "_ext" / "predict.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def tab():
    with browser.open_browser() as opened, browser.view(opened, 390, "light") as page:
        yield page


def ask(tab, predict, answer: str, typed: str) -> str:
    script = (ROOT / "book" / "_static" / "predict.js").read_text(encoding="utf-8")
    tab.set_content(PAGE.format(script=script, form=predict.field(answer, "q")))
    tab.get_by_label("Your answer").fill(typed)
    tab.keyboard.press("Enter")
    return tab.get_by_role("status").text_content()


@pytest.mark.exam
@pytest.mark.parametrize(("answer", "typed"), [
    ("1616", "1,616"), ("1,616", "1616"), ("1616", " 1 616 "), ("1,000,052", "1000052"), ("1616", "(1,616)"),
    ("(None, 64)", "None,64"), ("(None, 64)", "( none , 64 )"), ("(None, 64)", "[None, 64]"),
    ("(64, 512)", "64,512"), ("(64,512)", "64, 512"), ("(None, 64, 64, 512)", "None,64,64,512"),
    ("(64,)", "64"), ("(None, 2), (None, 3)", "[(None,2), (None,3)]"),
    ("softmax", '"Softmax"'), ("`add_1`", "add_1"), ("shared layer", "Shared  Layer"), ("-1", "\u22121"),
    ("two | 2", "2"), ("two | 2", "Two"), ("0.5", "0.5"),
])
def test_right(tab, predict, answer, typed):
    assert ask(tab, predict, answer, typed) == "Right."
    assert tab.locator("details").get_attribute("open") is not None


@pytest.mark.exam
@pytest.mark.parametrize(("answer", "typed"), [
    ("1616", "1,61,6"), ("1616", "16,16"), ("1616", "161"), ("(64, 512)", "64512"), ("(64,512)", "64512"),
    ("(None, 64)", "None 64"), ("(None, 64)", "(64, None)"), ("two | 2", "two | 2"), ("1.616", "1,616"), ("0.5", "5"),
])
def test_not_yet(tab, predict, answer, typed):
    assert ask(tab, predict, answer, typed).startswith("Not yet")
    assert tab.locator("details").get_attribute("open") is None
    assert tab.evaluate("document.activeElement.tagName") == "INPUT"
    tab.keyboard.type("1")
    assert tab.get_by_role("status").text_content() == "", "another try takes the verdict back"


@pytest.mark.exam
def test_nothing_typed_is_no_answer(tab, predict):
    assert ask(tab, predict, "2", "  ") == "Type an answer first."


@pytest.mark.exam
def test_without_a_script_there_is_no_field(tab, predict):
    tab.set_content(PAGE.format(script="", form=predict.field("2", "q")))
    assert not tab.get_by_label("Your answer").is_visible() and tab.get_by_text("Answer", exact=True).is_visible()


@pytest.mark.exam
def test_paper_shows_the_answer_and_no_field(tab, predict):
    static = ROOT / "book" / "_static"
    scripts = "".join((static / name).read_text(encoding="utf-8") for name in ("predict.js", "book.js"))
    tab.set_content(PAGE.format(script=scripts, form=predict.field("2", "q")))
    tab.add_style_tag(path=static / "book.css")
    field, answer = tab.get_by_label("Your answer"), tab.locator("details[open]")
    assert field.is_visible() and not answer.count()
    tab.emulate_media(media="print")
    answer.wait_for()
    assert not field.is_visible()
    tab.emulate_media(media="screen")
    answer.wait_for(state="detached")
    assert field.is_visible()
