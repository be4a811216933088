"""Texts for people: one place that looks a message up in the catalogue of the reader's language.

Messages are whole sentences with named placeholders, so that a translator may reorder them:
`_("The layer {name} is missing.").format(name=...)`. The language is the process's own (LANGUAGE, LANG);
without a catalogue the English text stands.
"""

import gettext
from importlib.resources import files

DOMAIN = "autograder"


def _(message: str) -> str:
    """Return the message in the reader's language."""
    return _catalogue().gettext(message)


def plural(one: str, many: str, count: int) -> str:
    """Return the form of a message that fits the count."""
    return _catalogue().ngettext(one, many, count)


def _catalogue() -> gettext.NullTranslations:
    # gettext caches the parsed catalogue itself; looking it up anew lets a process change its language.
    return gettext.translation(DOMAIN, str(files("autograder") / "locale"), fallback=True)
