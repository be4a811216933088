"""`pytest --nbval book/*.ipynb` replays the chapters; this says what may differ.

nbval compares every stored output with the new one, as text, after a few regular expressions ("sanitising"). That is
right for printed numbers, claims and summaries. A drawing has to be read: its SVG holds Python's addresses and the
geometry of whatever fonts are installed, which no regular expression can tell from what the drawing says. So a drawing
is compared by its dot text: labels and edges. PNG pixels nbval leaves out by itself (that a picture was shown, it does
compare), and what goes to stderr (TensorFlow's log, warnings of the platform) is no part of a stored notebook.
"""

import sys
from pathlib import Path

import pytest
from nbval.plugin import IPyNbCell

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))
from drawings import dot_text, is_drawing


def pytest_itemcollected(item: pytest.Item) -> None:
    """Wrap nbval's sanitising of one cell's outputs: called for each text, stored or new, before they are compared."""
    if not isinstance(item, IPyNbCell):
        return
    sanitize = item.sanitize

    def sanitize_drawings(text: object) -> object:
        return dot_text(text) if isinstance(text, str) and is_drawing(text) else sanitize(text)

    item.sanitize = sanitize_drawings
    item.parent.skip_compare = {*item.parent.skip_compare, "stderr"}
