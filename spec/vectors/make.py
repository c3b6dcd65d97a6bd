"""Makes the vectors beside it with Python, so that no implementation here checks itself.

    python3 -m venv venv && venv/bin/pip install cryptography PyNaCl && venv/bin/python spec/vectors/make.py

Nothing is random: running it again gives the same files. v0.json was made elsewhere and stays as it is.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "make"))

import audit  # noqa: E402, F401
import cursors  # noqa: E402, F401
import dms  # noqa: E402, F401
import ids  # noqa: E402, F401
import keyexchange  # noqa: E402, F401
import keys  # noqa: E402, F401
import messages  # noqa: E402, F401
import rfc9421  # noqa: E402, F401
import sessions  # noqa: E402, F401
import sockets  # noqa: E402, F401
import strict_json  # noqa: E402, F401
import work  # noqa: E402, F401
