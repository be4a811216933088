"""The built book in Chromium (`make exam`), and that each of these checks can fail."""

import random
import sys
from pathlib import Path

import browser
import pytest

GOOD = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<style>body {{ margin: 0; background: #fff; color: #222 }} .box {{ overflow-x: auto }} {style}</style></head>
<body><main><article><h1 id="top">Words</h1>{body}</article></main></body></html>"""
WIDE = '<div style="width: 3000px">wide</div>'
PICTURE = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"


def site(folder: Path, body: str = "", style: str = "", **others: str) -> Path:
    """Write a site of one page, and other files."""
    (folder / "page.html").write_text(GOOD.format(body=body, style=style), encoding="utf-8")
    for name, text in others.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


# ---- Without a browser ----------------------------------------------------------------------------------------------

def test_links_that_lead_somewhere(tmp_path):
    site(tmp_path, '<a href="#top">a</a> <a href="page.html?highlight=x#top">b</a> <a href="https://example.org/">c</a>'
                   '<a href="sub/">d</a> <a href="mailto:a@b.org">e</a>')
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "index.html").write_text('<a href="../page.html">up</a>', encoding="utf-8")
    assert browser.broken_links(tmp_path) == []


@pytest.mark.parametrize(("body", "what"), [
    ('<a href="other.html">a</a>', "the link other.html leads to a file that does not exist"),
    ('<a href="#bottom">a</a>', "the link #bottom leads to a place that page.html does not have"),
    ('<img src="x.png" alt="two words">', "the link x.png leads to a file that does not exist"),
    ('<script src="_static/x.js"></script>', "the link _static/x.js leads to a file that does not exist"),
])
def test_links_that_lead_nowhere(tmp_path, body, what):
    assert browser.broken_links(site(tmp_path, body)) == [browser.Problem("page.html", what)]


def test_pages_are_not_looked_for_among_assets(tmp_path):
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "macros.html").write_text("{% macro %}", encoding="utf-8")
    assert browser.pages(site(tmp_path)) == ["page.html"]


def test_no_book_is_one_sentence(tmp_path, capsys):
    assert browser.main(["check", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "run `make book` first" in said and said.count("\n") == 1


def test_no_browser_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.main(["check", str(site(tmp_path))]) == 2
    said = capsys.readouterr().err
    assert said.startswith("No browser was found: install Chromium") and said.count("\n") == 1


def test_no_playwright_is_one_sentence(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "playwright.sync_api", None)
    assert browser.main(["shots", str(tmp_path / "shots"), str(site(tmp_path))]) == 2
    assert capsys.readouterr().err.startswith("The package playwright is missing")


# ---- In a browser ---------------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def chromium():
    with browser.open_browser() as opened:
        yield opened


def looked_at(chromium, folder: Path, width: int = 390, theme: str = "light") -> list[str]:
    with browser.serve(folder) as address:
        return [problem.what for problem in browser.look(chromium, address, folder, width, theme)]


@pytest.mark.exam
@pytest.mark.parametrize("theme", browser.THEMES)
@pytest.mark.parametrize("width", browser.WIDTHS)
def test_the_book(chromium, width, theme):
    with browser.serve(browser.SITE) as address:
        problems = browser.look(chromium, address, browser.SITE, width, theme)
    assert not problems, "\n" + "\n".join(map(str, problems))


@pytest.mark.exam
def test_the_links_of_the_book():
    problems = browser.broken_links(browser.SITE)
    assert not problems, "\n" + "\n".join(map(str, problems))


@pytest.mark.exam
def test_the_texts_of_drawings_stay_in_their_boxes(chromium):
    with browser.serve(browser.SITE) as address:
        problems = browser.overhanging_text(chromium, address, browser.SITE)
    assert list(browser.SITE.glob("_images/*.svg")), "the book has no drawings"
    assert not problems, "\n" + "\n".join(map(str, problems))


@pytest.mark.exam
def test_no_page_of_the_book_is_heavy(chromium):
    with browser.serve(browser.SITE) as address:
        problems = browser.weights(chromium, address, browser.SITE)
    assert not problems, "\n" + "\n".join(map(str, problems))


@pytest.mark.exam
@pytest.mark.parametrize(("body", "files", "what"), [
    ("x" * 400_001, {}, "its text has 400,"),
    ('<img src="a.png" alt="two words">', {"a.png": random.Random(1).randbytes(1_500_000)}, "a first visit loads 1,5"),
    ('<script src="a.js"></script>', {"a.js": random.Random(1).randbytes(1_600_000).hex().encode()},
     "a first visit loads 1,"),
    ('<script src="a.js"></script>', {"a.js": b"//" + b"x" * 2_000_000}, None),  # a server compresses it
    ("few words", {}, None),
])
def test_a_heavy_page_is_found(chromium, tmp_path, body, files, what):
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with browser.serve(tmp_path) as address:
        # Twice, since the second time the browser has kept what it loaded.
        found = [[problem.what for problem in browser.weights(chromium, address, site(tmp_path, body))] for _ in "12"]
    assert found[0] == found[1]
    assert (len(found[0]), found[0][0].startswith(what)) == (1, True) if what else not found[0]


@pytest.mark.exam
@pytest.mark.parametrize(("width", "theme"), browser.AUDITED)
@pytest.mark.parametrize(("body", "rule"), [
    ('<input type="text">', "label"), ("<button></button>", "button-name"), ('<a href="#top"></a>', "link-name"),
    ('<ul><p>no item</p></ul>', "list"), ('<span role="status" aria-nothing="1">x</span>', "aria-valid-attr"),
])
def test_what_shuts_readers_out_is_found(chromium, tmp_path, width, theme, body, rule):
    found = looked_at(chromium, site(tmp_path, body), width, theme)
    assert any(what.startswith("axe, ") and f"({rule})" in what for what in found), found


@pytest.mark.exam
def test_a_good_page_passes_the_audit(chromium, tmp_path):
    body = f'<a href="#top">link</a><img src="{PICTURE}" alt="a small square"><label>one <input></label>'
    assert looked_at(chromium, site(tmp_path, body), *browser.AUDITED[0]) == []


@pytest.mark.exam
def test_a_good_page_has_no_problems(chromium, tmp_path):
    body = (f'<a href="#top">link</a><img src="{PICTURE}" alt="a small square">'
            f'<div class="scroll-cue more-right"><div class="box" tabindex="0">{WIDE}</div></div>')
    assert looked_at(chromium, site(tmp_path, body)) == []


@pytest.mark.exam
@pytest.mark.parametrize(("body", "style", "what"), [
    ('<img src="http://localhost:9/x.png" alt="two words">', "", "it asks another host for http://localhost:9/x.png"),
    ('<script src="gone.js"></script>', "", "console: Failed to load resource"),
    ("<script>console.error('so wrong')</script>", "", "console: so wrong"),
    ("<script>throw new Error('broken')</script>", "", "script error: broken"),
    (WIDE, "", "the page scrolls sideways by 2610 px, for instance at div"),
    (f"<pre>{'x' * 99}</pre>", "pre { font-size: 30px }", "is wider than the window and does not scroll"),
    (f"<div><pre>{'x' * 99}</pre></div>", "div { overflow: hidden } pre { width: 900px }", "is cut off on the right"),
    (f"<pre>{'x' * 99}</pre>", "pre { overflow: hidden }", "is cut off on the right"),
    (f'<div class="box">{WIDE}</div>', "", "scrolls sideways without a sign of it"),
    (f'<img src="{PICTURE}">', "", "has no alt text"),
    (f'<img src="{PICTURE}" alt="../_images/1d07.svg">', "", 'its alt text is "../_images/1d07.svg"'),
    (f'<img src="{PICTURE}" alt="drawing">', "", "is not described in words"),
    ('<img src="data:image/png;base64,xxxx" alt="two words">', "", "could not be shown"),
    ("<mjx-merror>oops</mjx-merror>", "", 'the formula "oops" is not understood'),
    ("<p>faint</p>", "p { color: #777; background: #fefefe }", '"faint" has a contrast of 4.44 to 1'),
    ("<p><b>faint</b></p>", "p { background: rgb(0 0 0 / 70%) }", '"faint" has a contrast of'),
    ('<a href="#top">unseen</a>', "a:focus { outline: none }", 'the keyboard focus does not show on a "unseen"'),
])
def test_each_fault_is_found(chromium, tmp_path, body, style, what):
    found = looked_at(chromium, site(tmp_path, body, style))
    assert any(what in problem for problem in found), found


@pytest.mark.exam
def test_the_theme_is_the_one_asked_for(chromium, tmp_path):
    body = "<script>if (localStorage.theme === 'dark') console.error('dark it is')</script>"
    assert looked_at(chromium, site(tmp_path, body), theme="light") == []
    assert looked_at(chromium, site(tmp_path, body), theme="dark") == ["console: dark it is"]


@pytest.mark.exam
@pytest.mark.parametrize(("words", "found"), [("in", False), ("far too long for its box", True)])
def test_text_that_leaves_its_box_is_found(chromium, tmp_path, words, found):
    (tmp_path / "_images").mkdir()
    (tmp_path / "_images" / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="50pt"><g class="node"><polygon points="0,0 60,0 '
        f'60,40 0,40"/><text x="30" y="20" text-anchor="middle" font-size="14">{words}</text></g></svg>')
    with browser.serve(tmp_path) as address:
        assert bool(browser.overhanging_text(chromium, address, tmp_path)) is found


@pytest.mark.exam
def test_shots_show_the_whole_page(chromium, tmp_path):
    site(tmp_path, '<div style="height: 3200px">tall</div>')
    with browser.serve(tmp_path) as address:
        written = browser.shots(chromium, address, tmp_path, tmp_path / "shots")
    assert len(written) == 3 * len(browser.WIDTHS) * len(browser.THEMES)  # 3 parts of 1,500 px or less
    assert all(path.stat().st_size > 500 for path in written)
