"""A change of the style sheet, a script or a picture reaches the site although no page changed.

Sphinx copies static files only when it writes a page, and pages name them with a hash.
"""

import hashlib
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config


def digest(folders: list[Path]) -> str:
    """Return a hash of the names and contents of all files below some folders."""
    whole = hashlib.sha256()
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            whole.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def _remember(app: Sphinx, config: Config) -> None:
    folders = [*config.html_static_path, *config.html_extra_path]
    config.assets_digest = digest([Path(app.srcdir) / folder for folder in folders])


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension."""
    # Sphinx writes all pages anew when a value of the kind "html" changes.
    app.add_config_value("assets_digest", "", "html", str)
    app.connect("config-inited", _remember)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
