"""Tests import the tools by the names by which the tools, run as scripts, import each other."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
