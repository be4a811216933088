"""Look at the built book in headless Chromium, as a reader does.

    python tools/browser.py check [SITE]        report what is wrong with any page; status 1 if something is
    python tools/browser.py shots DIR [SITE]    write a picture of each page, at each width and in each theme

SITE is the folder of the built book, `_build/html` by default. Pages are served from this machine and opened at two
widths (a desktop's and a telephone's) in the light and the dark theme. axe-core's rules on what shuts readers out are
applied once at each width, once in each theme. The weight of a page is what a first visit loads.
"""

import argparse
import gzip
import re
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

ROOT = Path(__file__).resolve().parent.parent
SITE = ROOT / "_build" / "html"
QUESTIONS = Path(__file__).with_suffix(".js")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WIDTHS = (1280, 390)  # pixels: a laptop, a telephone
HEIGHTS = {1280: 900, 390: 844}
THEMES = ("light", "dark")
PART = 1500  # pixels: the height of one picture; Chromium draws nothing beyond 16,384
TABS = 12  # places of a page at which the keyboard focus is looked at
AUDITED = ((1280, "light"), (390, "dark"))  # where axe-core looks
GRAVE = ("serious", "critical")  # of axe-core's four impacts
HEAVY_PAGE = 400_000  # bytes: the page's own text
HEAVY_LOAD = 1_500_000  # bytes that a first visit loads, text compressed as a server does it
TEXT = (".html", ".css", ".js", ".svg", ".json", ".txt")
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
        raise _missing("playwright") from None
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


def _missing(package: str) -> BrowserError:
    return BrowserError(f"The package {package} is missing: run `make test` once, it installs the environment.")


def ask(tab, question: str) -> object:
    """Run one of the functions of browser.js in a page."""
    return tab.evaluate(f"{QUESTIONS.read_text(encoding='utf-8').strip()}.{question}()")


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
            ask(tab, "settle")
            found = heard + ask(tab, "measure")
            if (width, theme) in AUDITED:
                found += audit(tab)
            found += _hidden_focus(tab)
            problems += [Problem(page, what, width, theme) for what in dict.fromkeys(found)]
    return problems


def audit(tab) -> list[str]:
    """Return what axe-core finds serious or critical in a page, one sentence for each rule."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        raise _missing("axe-playwright-python") from None
    found = []
    for rule in Axe().run(tab).response["violations"]:
        if rule["impact"] in GRAVE:
            places = [" ".join(map(str, node["target"])) for node in rule["nodes"]]
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            found.append(f"axe, {rule['impact']}: {rule['help']} ({rule['id']}), at {places[0]}{more}")
    return found


def weights(browser, address: str, site: Path) -> list[Problem]:
    """Return the pages that are long in coming: too large themselves, or with all that a first visit loads."""

    @cache
    def carried(path: str) -> int:
        content = (site / path).read_bytes()
        return len(gzip.compress(content)) if path.endswith(TEXT) else len(content)

    problems = []
    with view(browser, WIDTHS[0], "light") as tab:
        loaded: set[str] = set()
        # A page is loaded with all its parts, whether the browser has kept them or not.
        tab.on("request", lambda request: loaded.add(request.url))
        for page in pages(site):
            loaded.clear()
            tab.goto(urljoin(address, page), wait_until="networkidle")
            paths = {unquote(urlsplit(url).path).lstrip("/") for url in loaded if url.startswith(address)}
            load = sum(carried(path) for path in paths if (site / path).is_file())
            size = (site / page).stat().st_size
            if size > HEAVY_PAGE:
                problems.append(Problem(page, f"its text has {size:,} bytes, more than {HEAVY_PAGE:,}"))
            if load > HEAVY_LOAD:
                problems.append(Problem(page, f"a first visit loads {load:,} bytes, more than {HEAVY_LOAD:,}"))
    return problems


def _hidden_focus(tab) -> list[str]:
    """Go through the first places that the tabulator key reaches; return where the focus cannot be seen."""
    found = []
    for _ in range(TABS):
        tab.keyboard.press("Tab")
        found.append(ask(tab, "focus"))
    return [what for what in found if what]


def _own(url: str, address: str) -> bool:
    return url.startswith((address, "data:", "blob:"))


def overhanging_text(browser, address: str, site: Path) -> list[Problem]:
    """Return the texts in Graphviz's drawings that leave their boxes in this browser, with its fonts."""
    problems = []
    with view(browser, WIDTHS[0], "light") as tab:
        for path in sorted(site.glob("_images/*.svg")):
            drawing = path.relative_to(site).as_posix()
            tab.goto(urljoin(address, drawing))
            problems += [Problem(drawing, what) for what in ask(tab, "overhang")]
    return problems


def check(browser, address: str, site: Path) -> list[Problem]:
    """Return all that is wrong with the built book, in the order of its pages."""
    problems = broken_links(site) + overhanging_text(browser, address, site) + weights(browser, address, site)
    for width, theme in product(WIDTHS, THEMES):
        problems += look(browser, address, site, width, theme)
    return sorted(problems)


def shots(browser, address: str, site: Path, folder: Path) -> list[Path]:
    """Write pictures of each page, from top to bottom, at each width and in each theme; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for width, theme in product(WIDTHS, THEMES):
        with view(browser, width, theme) as tab:
            for page in pages(site):
                tab.goto(urljoin(address, page), wait_until="networkidle")
                ask(tab, "settle")
                name = re.sub(r"[^\w]+", "-", page.removesuffix(".html"))
                height = tab.evaluate("document.documentElement.scrollHeight")
                for part, top in enumerate(range(0, height, PART), start=1):
                    path = folder / f"{name}-{width}-{theme}-{part:02}.png"
                    clip = {"x": 0, "y": top, "width": width, "height": min(PART, height - top)}
                    tab.screenshot(path=path, full_page=True, clip=clip)
                    written.append(path)
    return written


def main(arguments: list[str] | None = None) -> int:
    """Check or picture the site; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("check", help="report what is wrong with any page")
    picturing = commands.add_parser("shots", help="write pictures of all pages")
    picturing.add_argument("folder", type=Path)
    for command in (checking, picturing):
        command.add_argument("site", type=Path, nargs="?", default=SITE)
    options = parser.parse_args(arguments)
    try:
        number = len(pages(options.site))
        with serve(options.site) as address, open_browser() as browser:
            if options.command == "shots":
                print(*shots(browser, address, options.site, options.folder), sep="\n")
                return 0
            problems = check(browser, address, options.site)
    except BrowserError as error:
        print(error, file=sys.stderr)
        return 2
    print(*problems, sep="\n", end="\n" if problems else "")
    print(f"{number} pages at {len(WIDTHS)} widths in {len(THEMES)} themes: {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
