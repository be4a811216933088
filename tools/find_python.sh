#!/bin/sh
# Print the first Python 3.11-3.13 that really runs (version managers leave shims that do not), or say what is missing.
# PYTHON=/path/to/python overrides the search.
fits='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'
for candidate in ${PYTHON:-python3 python3.12 python3.11 python3.13 python}; do
    if "$candidate" -c "$fits" >/dev/null 2>&1; then
        command -v "$candidate"
        exit 0
    fi
done
if [ -n "$PYTHON" ]; then
    echo "graphs-of-layers: PYTHON=$PYTHON is not a Python 3.11, 3.12 or 3.13 with the venv module: name one that is." >&2
elif command -v python3 >/dev/null 2>&1 && found=$(python3 --version 2>/dev/null); then
    echo "graphs-of-layers: needs Python 3.11, 3.12 or 3.13 with the venv module, found only $found: install one (https://www.python.org/downloads/, or your system's python3.12 and python3.12-venv) and run make again." >&2
else
    echo "graphs-of-layers: no Python found: install Python 3.12 (https://www.python.org/downloads/) and run make again." >&2
fi
exit 1
