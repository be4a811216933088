"""The first minute of a stranger: what the two setup scripts say when the machine lacks something."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

TOOLS = Path(__file__).parents[1]
sys.path.insert(0, str(TOOLS))

import environment  # noqa: E402


def find_python(tmp_path: Path, **pythons: str) -> subprocess.CompletedProcess:
    """Run the search on a PATH that holds only the given commands, each a shell script."""
    for name, script in pythons.items():
        command = tmp_path / name.replace("_", ".")
        command.write_text(f"#!/bin/sh\n{script}\n")
        command.chmod(0o755)
    return subprocess.run(["/bin/sh", TOOLS / "find_python.sh"], env={"PATH": str(tmp_path)}, capture_output=True,
                          text=True)


def one_line(text: str) -> str:
    assert text.count("\n") == 1 and "Traceback" not in text, text
    return text


def test_no_python_is_said_in_one_line(tmp_path):
    done = find_python(tmp_path)
    assert done.returncode == 1 and "no Python found" in one_line(done.stderr)


def test_a_python_too_old_is_named(tmp_path):
    done = find_python(tmp_path, python3='[ "$1" = --version ] && echo Python 3.9.2 && exit 0; exit 1')
    assert done.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13" in one_line(done.stderr) and "Python 3.9.2" in done.stderr


def test_a_shim_that_does_not_run_is_passed_over(tmp_path):
    done = find_python(tmp_path, python3="exit 127", python3_12=f'exec "{sys.executable}" "$@"')
    assert done.stdout.strip() == str(tmp_path / "python3.12")


def test_a_full_disk_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda path: SimpleNamespace(free=10**9))
    with pytest.raises(SystemExit, match=r"0\.9 GB are free .* about 4 GB are needed"):
        environment.main(str(tmp_path / "venv"))
    assert not (tmp_path / "venv").exists()


def test_no_network_is_said_in_one_line(tmp_path):
    nowhere = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "UV_INDEX_URL": "http://127.0.0.1:9/simple",
               "PIP_RETRIES": "0", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_"))}
    done = subprocess.run([sys.executable, TOOLS / "environment.py", tmp_path / "venv"], env=clean | nowhere,
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert "no package index could be reached" in one_line(done.stderr)


@pytest.mark.parametrize(("printed", "said"), [
    ("error: Failed to write: No space left on device (os error 28)", "the disk is full"),
    ("error: Failed to fetch: `https://…` dns error", "no package index could be reached"),
    ("error: something nobody foresaw", "failed: error: something nobody foresaw"),
])
def test_a_failed_installer_ends_in_one_sentence(printed, said):
    with pytest.raises(SystemExit, match=said):
        environment._run(sys.executable, "-c", f"import sys; print({printed!r}); sys.exit(1)")


def test_the_dot_of_machines_without_graphviz_draws_like_graphviz(tmp_path):
    command = tmp_path / "dot"
    command.write_text(environment.DOT.format(python=sys.executable))
    drawn = subprocess.run([sys.executable, command, "-Tsvg"], input="digraph { a -> b }", capture_output=True,
                           text=True, check=True)
    assert "<svg" in drawn.stdout and "a&#45;&gt;b" in drawn.stdout
    subprocess.run([sys.executable, command, "-Tpng", "-o", tmp_path / "x.png"], input="digraph { a }", text=True,
                   check=True)
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
