"""Make the locked environment: a virtual environment with everything in requirements.txt, bytecode compiled.

    python tools/environment.py .venv

Runs on the standard library of Python 3.11-3.13 alone. A second run with the same lock does nothing.
Every failure that a user can mend ends in one line that says how.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.txt"
UV = "uv==0.13.9"
NEEDED_BYTES = 4 * 2**30  # installed packages, their bytecode, and uv's download cache

# Colab and most Linux desktops have Graphviz. Where there is none, pygraphviz carries it as a library,
# and this command lets keras.utils.plot_model and pydot call it as the `dot` they expect.
DOT = '''#!{python}
"""`dot` over the Graphviz library inside pygraphviz, for machines without Graphviz: dot -Tsvg [-o FILE] [FILE]."""
import argparse, sys
from pygraphviz import AGraph

if sys.argv[1:] == ["-V"]:
    sys.exit(print("dot - graphviz, the library inside pygraphviz", file=sys.stderr))
parser = argparse.ArgumentParser(prog="dot")
parser.add_argument("-T", dest="format", default="dot")
parser.add_argument("-K", dest="program", default="dot")
parser.add_argument("-o", dest="output")
parser.add_argument("source", nargs="?")
options = parser.parse_args()
text = open(options.source, encoding="utf-8").read() if options.source else sys.stdin.buffer.read().decode()
drawing = AGraph(string=text).draw(format=options.format, prog=options.program)
drawing = drawing if isinstance(drawing, bytes) else drawing.encode()
with open(options.output, "wb") if options.output else sys.stdout.buffer as stream:
    stream.write(drawing)
'''

REASONS = {  # what a failed installer prints -> what to do about it
    ("No space left", "os error 28", "ENOSPC"): "the disk is full: free about 4 GB and run the command again",
    ("dns error", "Failed to fetch", "error sending request", "Connection", "Network", "resolve", "timed out",
     "No matching distribution found for uv"):
        "no package index could be reached: connect to the network "
        "(behind a proxy or mirror set HTTPS_PROXY or UV_INDEX_URL and PIP_INDEX_URL) and run the command again",
    ("Permission denied", "os error 13"): "no permission to write there: make the folder yours and run again",
}


def main(folder: str) -> None:
    """Make the environment in a folder, unless it is there and made from the same lock."""
    environment = Path(folder).resolve()
    stamp, wanted = environment / ".ready", _fingerprint()
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        stamp.touch()  # make compares dates
        return
    _require_space(environment)
    start = time.monotonic()
    python = environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not _runs(python):
        _step(f"1/4 making {environment.name} with Python {sys.version.split()[0]}")
        _run(sys.executable, "-m", "venv", "--clear", environment)
    _step("2/4 fetching the installer, uv")
    _run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", UV)
    _step(f"3/4 installing {_package_count()} locked packages and compiling them (about 2 minutes the first time)")
    uv = [python, "-m", "uv", "pip"]
    # Importing TensorFlow takes 5-6 s without bytecode and 2 s with.
    _run(*uv, "sync", "--quiet", "--compile-bytecode", "--python", python, LOCK)
    _step("4/4 looking for Graphviz")
    provide_dot(environment, python)
    stamp.write_text(wanted, encoding="utf-8")
    _step(f"environment ready after {time.monotonic() - start:.0f} s")


def _fingerprint() -> str:
    sources = [LOCK, ROOT / "pyproject.toml", Path(__file__)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()


def _package_count() -> int:
    return sum("==" in line and not line.lstrip().startswith("#") for line in LOCK.read_text().splitlines())


def _require_space(environment: Path) -> None:
    existing = next(path for path in [environment, *environment.parents] if path.exists())
    free = shutil.disk_usage(existing).free
    if free < NEEDED_BYTES:
        _stop(f"{free / 2**30:.1f} GB are free at {existing}, about 4 GB are needed: "
              "free some, or name a folder on another disk with `make VENV=/other/disk/venv …`")


def _runs(python: Path) -> bool:
    """Whether the environment's Python starts and has pip: an interrupted creation leaves one that does not."""
    try:
        return subprocess.run([python, "-m", "pip", "--version"], capture_output=True).returncode == 0
    except OSError:
        return False


def provide_dot(environment: Path, python: Path) -> None:
    """Put a `dot` over pygraphviz into an environment, where the system has none."""
    own = environment / "bin" / "dot"
    own.unlink(missing_ok=True)
    if os.name == "nt" or shutil.which("dot"):
        return
    own.write_text(DOT.format(python=python), encoding="utf-8")
    own.chmod(0o755)
    _step("    none on this system: `dot` is served by pygraphviz")


def _run(*command: object) -> None:
    """Run a command; on failure stop with the reason in one line. What it printed goes to a log beside the stamp."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode == 0:
        return
    for signs, reason in REASONS.items():
        if any(sign in done.stdout for sign in signs):
            _stop(reason)
    last = next((line for line in reversed(done.stdout.splitlines()) if line.strip()), "no output")
    _stop(f"`{' '.join(Path(str(part)).name for part in command[:5])}` failed: {last.strip()}")


def _step(text: str) -> None:
    print(f"graphs-of-layers: {text}", flush=True)


def _stop(reason: str) -> None:
    sys.exit(f"graphs-of-layers: {reason}.")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else ".venv")
    except OSError as error:
        _stop(f"{error.strerror or error}: {error.filename or 'the environment'}; mend that and run the command again")
    except KeyboardInterrupt:
        _stop("interrupted; run the command again, it goes on where it stopped")
