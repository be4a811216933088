"""Look at the built book in headless Chromium, as a reader does.

    python tools/browser.py check [SITE]        report what is wrong with any page; status 1 if something is
    python tools/browser.py shots DIR [SITE]    write a picture of each page, at each width and in each theme

SITE is the folder of the built book, `_build/html` by default. Pages are served from this machine and opened at two
widths (a desktop's and a telephone's) in the light and the dark theme.
"""

import argparse
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = (1280, 390)  # pixels: a laptop, a telephone
HEIGHTS = {1280: 900, 390: 844}
THEMES = ("light", "dark")
PART = 1500  # pixels: the height of one picture; Chromium draws nothing beyond 16,384
NOT_PAGES = ("_static", "_sources", "_images", "_downloads")  # folders of the site that hold no pages


class BrowserError(Exception):
    """Nothing could be looked at; the message is one sentence for a person."""


@dataclass(frozen=True, order=True)
class Problem:
    """What a reader meets on a page; width (pixels) and theme are empty where they do not matter."""

    page: str
    what: str
    width: int = 0
    theme: str = ""

    def __str__(self) -> str:
        where = f" ({self.width} px, {self.theme})" if self.width else ""
        return f"{self.page}{where}: {self.what}"


# ---- The site as files ----------------------------------------------------------------------------------------------

def pages(site: Path) -> list[str]:
    """Return the addresses of the site's pages, relative to it."""
    found = sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html")
                   if path.relative_to(site).parts[0] not in NOT_PAGES)
    if not found:
        raise BrowserError(f"There is no built book in {site}: run `make book` first.")
    return found


class _Links(HTMLParser):
    """Collects what a page names (`ids`) and what it points to (`targets`)."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.targets: set[str] = set()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value or "")
            elif name in ("href", "src", "action") and value:
                self.targets.add(value)


def broken_links(site: Path) -> list[Problem]:
    """Return the links, pictures, styles and scripts inside the site that lead nowhere, with their anchors."""
    parsed = {}
    for page in pages(site):
        parsed[page] = _Links()
        parsed[page].feed((site / page).read_text(encoding="utf-8"))
    problems = []
    for page, links in parsed.items():
        for target in sorted(links.targets):
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            path = unquote(urlsplit(urljoin(f"/{page}", parts.path)).path).lstrip("/") if parts.path else page
            path = path + "index.html" if path == "" or path.endswith("/") else path
            anchor = unquote(parts.fragment)
            if not (site / path).is_file():
                problems.append(Problem(page, f"the link {target} leads to a file that does not exist"))
            elif anchor and path in parsed and anchor not in parsed[path].ids:
                problems.append(Problem(page, f"the link {target} leads to a place that {path} does not have"))
    return problems


# ---- The site in a browser ------------------------------------------------------------------------------------------

def find_chromium() -> str:
    """Return the path of an installed Chromium or Chrome."""
    for name in BROWSERS:
        if path := shutil.which(name):
            return path
    raise BrowserError(f"No browser was found: install Chromium (one of the commands {', '.join(BROWSERS)}).")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder on a free port of this machine; yields its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def open_browser():
    """Start the installed Chromium without a window; yields playwright's browser."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise BrowserError("The package playwright is missing: run `make test` once, it installs the environment."
                           ) from None
    path = find_chromium()
    with sync_playwright() as playwright:
        # Containers give no user namespace and a small /dev/shm.
        browser = playwright.chromium.launch(executable_path=path,
                                             args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def view(browser, width: int, theme: str):
    """Open an empty page of a width in pixels, in a theme of the book."""
    context = browser.new_context(viewport={"width": width, "height": HEIGHTS.get(width, 900)}, color_scheme=theme,
                                  device_scale_factor=1 if width > 600 else 2, reduced_motion="reduce")
    context.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
    try:
        yield context.new_page()
    finally:
        context.close()


SETTLED = """async () => {
  document.querySelectorAll("details").forEach(item => { item.open = true; });
  document.querySelectorAll("img").forEach(image => { image.loading = "eager"; });
  await Promise.all([...document.images].map(image => image.decode().catch(() => {})));
  if (window.MathJax && MathJax.startup) await MathJax.startup.promise;
  await new Promise(done => setTimeout(done, 200));
}"""


def settle(page) -> None:
    """Wait for pictures and formulas; open what is folded, so that it is looked at too."""
    page.evaluate(SETTLED)


# Returns sentences. What only assistive technology meets (visually hidden) and what is not shown is left out.
MEASURE = r"""() => {
  const problems = [];
  const width = document.documentElement.clientWidth;
  const shown = item => item.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && item.getClientRects().length > 0;
  const name = item => {
    const words = (item.getAttribute("alt") || item.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return item.tagName.toLowerCase() + (item.classList.length ? "." + [...item.classList].slice(0, 2).join(".") : "")
      + (words ? ` "${words}"` : "");
  };
  const scroller = item => {
    for (let box = item.parentElement; box && box !== document.body; box = box.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(box).overflowX) && box.scrollWidth > box.clientWidth + 1) return box;
    }
    return null;
  };

  const beyond = document.documentElement.scrollWidth - width;
  if (beyond > 0) {
    const widest = [...document.querySelectorAll("main *")].filter(item => shown(item) && !scroller(item))
      .filter(item => item.getBoundingClientRect().right > width + 1).slice(-1)[0];
    problems.push(`the page scrolls sideways by ${beyond} px` + (widest ? `, for instance at ${name(widest)}` : ""));
  }

  for (const image of document.images) {
    if (!shown(image)) continue;
    const file = image.src.split("/").pop();
    const alt = (image.getAttribute("alt") || "").trim();
    if (!image.hasAttribute("alt")) problems.push(`the picture ${file} has no alt text`);
    else if (image.closest("article") && (alt.split(/\s+/).length < 2 || /\.(svg|png|jpe?g)$/i.test(alt)))
      problems.push(`the alt text of the picture ${file} is no description in words: "${alt.slice(0, 60)}"`);
    if (!image.naturalWidth && !file.endsWith(".svg")) problems.push(`the picture ${file} could not be shown`);
  }

  for (const item of document.querySelectorAll("article img, article svg, article pre, article table")) {
    if (!shown(item) || scroller(item)) continue;
    const right = Math.round(item.getBoundingClientRect().right);
    if (right > width + 1) problems.push(`${name(item)} ends ${right - width} px beyond the window and does not scroll`);
    for (let box = item; box && box.tagName !== "ARTICLE"; box = box.parentElement) {
      if (!["hidden", "clip"].includes(getComputedStyle(box).overflowX)) continue;
      const inside = box === item ? box.scrollWidth > box.clientWidth + 1 && item.tagName === "PRE"
        : right > box.getBoundingClientRect().right + 1;
      if (inside) problems.push(`${name(item)} is cut off on the right`);
    }
  }

  for (const box of document.querySelectorAll("article *")) {
    if (!shown(box) || box.scrollWidth <= box.clientWidth + 2 || !box.clientWidth) continue;
    if (!["auto", "scroll"].includes(getComputedStyle(box).overflowX)) continue;
    if (!box.parentElement.matches(".scroll-cue.more-right")) problems.push(`${name(box)} scrolls sideways without a sign of it`);
  }

  for (const error of document.querySelectorAll("mjx-merror, [data-mjx-error]"))
    problems.push(`the formula "${error.textContent.slice(0, 60)}" is not understood`);

  // Contrast of text, WCAG 2: 4.5 to 1, or 3 to 1 from 24 px (bold: 18.66 px) on.
  const parse = colour => {
    const parts = colour.match(/[\d.]+/g).map(Number);
    if (colour.startsWith("color(")) return [parts[0] * 255, parts[1] * 255, parts[2] * 255, parts[3] ?? 1];
    return [parts[0], parts[1], parts[2], parts[3] ?? 1];
  };
  const over = (top, ground) => [0, 1, 2].map(i => top[i] * top[3] + ground[i] * (1 - top[3])).concat(1);
  const luminance = colour => {
    const [r, g, b] = colour.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const ground = item => {
    const layers = [];
    for (let box = item; box; box = box.parentElement) layers.unshift(parse(getComputedStyle(box).backgroundColor));
    return layers.reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const faint = new Map();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim(), item = texts.currentNode.parentElement;
    // Box characters are drawing, not text.
    if (!/[\p{L}\p{N}]/u.test(text) || !shown(item) || item.closest("script, style, noscript, svg, .skip-link")) continue;
    const style = getComputedStyle(item), below = ground(item);
    const lights = [luminance(over(parse(style.color), below)), luminance(below)].sort((a, b) => b - a);
    const contrast = (lights[0] + .05) / (lights[1] + .05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (contrast < (large ? 3 : 4.5)) faint.set(`${style.color} ${below}`, `"${text.slice(0, 30)}" has a contrast of ${contrast.toFixed(2)} to 1`);
  }
  return problems.concat([...faint.values()]);
}"""


def look(browser, address: str, site: Path, width: int, theme: str, only: list[str] | None = None) -> list[Problem]:
    """Open every page at a width and in a theme; return what is wrong with it."""
    problems = []
    with view(browser, width, theme) as tab:
        heard: list[str] = []
        tab.on("request", lambda request: None if _own(request.url, address)
               else heard.append(f"it asks another host for {request.url}"))
        tab.on("console", lambda message: heard.append(f"console: {message.text}") if message.type == "error" else None)
        tab.on("pageerror", lambda error: heard.append(f"script error: {error}"))
        for page in only or pages(site):
            heard.clear()
            tab.goto(urljoin(address, page), wait_until="networkidle")
            settle(tab)
            found = heard + tab.evaluate(MEASURE)
            problems += [Problem(page, what, width, theme) for what in dict.fromkeys(found)]
    return problems


def _own(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))


# The texts of a Graphviz drawing that leave the smallest outline around their middle, with their overhang in points.
OVERHANG = r"""() => [...document.querySelectorAll("g.node")].flatMap(node => {
  const outlines = [...node.querySelectorAll("polygon")].map(item => item.getBBox());
  return [...node.querySelectorAll("text")].flatMap(text => {
    const box = text.getBBox(), x = box.x + box.width / 2, y = box.y + box.height / 2;
    const around = outlines.filter(o => o.x <= x && x <= o.x + o.width && o.y <= y && y <= o.y + o.height)
      .sort((a, b) => a.width * a.height - b.width * b.height)[0];
    if (!around) return [`"${text.textContent.trim()}" stands outside its box`];
    const out = Math.max(around.x - box.x, box.x + box.width - around.x - around.width);
    return out > .5 ? [`"${text.textContent.trim()}" leaves its box by ${out.toFixed(1)} points`] : [];
  });
})"""


def overhanging_text(browser, address: str, site: Path) -> list[Problem]:
    """Return the texts in Graphviz's drawings that leave their boxes in this browser, with its fonts."""
    problems = []
    with view(browser, WIDTHS[0], "light") as tab:
        for path in sorted(site.glob("_images/*.svg")):
            drawing = path.relative_to(site).as_posix()
            tab.goto(urljoin(address, drawing))
            problems += [Problem(drawing, what) for what in tab.evaluate(OVERHANG)]
    return problems


def check(site: Path = SITE) -> list[Problem]:
    """Return all that is wrong with the built book, in the order of its pages."""
    problems = broken_links(site)
    with serve(site) as address, open_browser() as browser:
        for width in WIDTHS:
            for theme in THEMES:
                problems += look(browser, address, site, width, theme)
        problems += overhanging_text(browser, address, site)
    return sorted(problems)


def shots(folder: Path, site: Path = SITE) -> list[Path]:
    """Write pictures of each page, from top to bottom, at each width and in each theme; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with serve(site) as address, open_browser() as browser:
        for width in WIDTHS:
            for theme in THEMES:
                with view(browser, width, theme) as tab:
                    for page in pages(site):
                        tab.goto(urljoin(address, page), wait_until="networkidle")
                        settle(tab)
                        name = re.sub(r"[^\w]+", "-", page.removesuffix(".html"))
                        height = tab.evaluate("document.documentElement.scrollHeight")
                        for part, top in enumerate(range(0, height, PART), start=1):
                            path = folder / f"{name}-{width}-{theme}-{part:02}.png"
                            tab.screenshot(path=path, full_page=True, clip={
                                "x": 0, "y": top, "width": width, "height": min(PART, height - top)})
                            written.append(path)
    return written


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="report what is wrong with any page")
    picturing = commands.add_parser("shots", help="write pictures of all pages")
    picturing.add_argument("folder", type=Path)
    for command in (checking, picturing):
        command.add_argument("site", type=Path, nargs="?", default=SITE)
    options = parser.parse_args(arguments)
    try:
        if options.command == "shots":
            print(*shots(options.folder, options.site), sep="\n")
            return 0
        problems = check(options.site)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 2
    print(*problems, sep="\n")
    print(f"{len(pages(options.site))} pages at {len(WIDTHS)} widths in {len(THEMES)} themes: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
