"""The test data of the protocol (spec/vectors)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[3]


def vectors(name: str) -> Any:
    return json.loads((REPOSITORY / "spec" / "vectors" / f"{name}.json").read_text("utf-8"))


def unbase64(text: str) -> bytes:
    return base64.b64decode(text)
