"""Repository and launch buttons that point to the repository the book is built from.

The address is the environment variable REPOSITORY_URL, else the clone's `origin`; the branch is REPOSITORY_BRANCH, else
the default branch of `origin`, else `main`. A fork's book therefore links to the fork. Where there is no address on a
host that the theme knows, there are no such buttons. Colab opens notebooks from github.com only.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

COLAB = "https://colab.research.google.com"
HOSTS = ("github", "gitlab", "bitbucket")  # those for which the theme has an icon and knows the addresses of files

# https://user:token@host/owner/name.git, ssh://git@host:22/owner/name.git, git@host:owner/name.git
REMOTE = re.compile(r"^(?:(?:https?|ssh|git)://)?(?:[^@/]+@)?(?P<host>[\w.-]+\.\w+)(?::\d+(?=/))?[:/]/*(?P<path>[^?#]+?)"
                    r"(?:\.git)?/*$")


def web_address(remote: str) -> str | None:
    """Return the page of a git remote, without user name, token and port, or None if it is not on a known host."""
    found = REMOTE.match(remote.strip())
    if not found or "/" not in found["path"] or not any(host in found["host"].lower() for host in HOSTS):
        return None
    return f"https://{found['host'].lower()}/{found['path']}"


def find_repository(folder: Path, environ: Mapping[str, str]) -> tuple[str, str] | None:
    """Return (address, branch) of the repository that `folder` is built from, or None."""
    remote = environ.get("REPOSITORY_URL") or _git(folder, "remote", "get-url", "origin")
    address = web_address(remote)
    if address is None:
        return None
    default = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    return address, environ.get("REPOSITORY_BRANCH") or default or "main"


def theme_options(repository: tuple[str, str] | None) -> dict[str, object]:
    """Return the options of sphinx-book-theme that show, or drop, the repository's buttons."""
    if repository is None:
        return {"repository_url": "", "use_repository_button": False, "launch_buttons": {}}
    address, branch = repository
    on_colab = address.startswith("https://github.com/")
    return {
        "repository_url": address,
        "repository_branch": branch,
        "path_to_docs": "",
        "use_repository_button": True,
        "launch_buttons": {"colab_url": COLAB} if on_colab else {},
    }


def _git(folder: Path, *arguments: str) -> str:
    """Return what git prints, or nothing: the book is also built from an archive, or where git is not installed."""
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _configure(app: Sphinx, config: Config) -> None:
    config.html_theme_options.update(theme_options(find_repository(Path(app.srcdir), os.environ)))


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    app.connect("config-inited", _configure)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
