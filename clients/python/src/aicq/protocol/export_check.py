"""Whether an export is whole, and what its checksums say (spec/leaving.md#export)."""

from __future__ import annotations

import hashlib
import json
from typing import Any


class ExportCheck:
    """Checks an export line by line as it comes: `add` each line without its end, then call `end`. Errors:
    `ValueError`."""

    def __init__(self) -> None:
        self._sums: dict[str, tuple[int, Any]] = {}
        self._state = "new"

    def add(self, line: str) -> tuple[str, dict[str, Any]]:
        """The section of a line, and its data."""
        section, data = _parse(line)
        if (section == "manifest") != (self._state == "new") or self._state == "checked":
            raise ValueError("an export begins with its manifest and ends with its checksums")
        if section == "manifest":
            self._begin(data)
        elif section == "checksums":
            self._compare(data)
        else:
            self._count(section, line)
        return section, data

    def end(self) -> None:
        """Says that no more lines come."""
        if self._state != "checked":
            raise ValueError("the export broke off: its checksums are missing")

    def _begin(self, data: dict[str, Any]) -> None:
        sections = data.get("sections")
        if data.get("format") != "aicq-export/1" or not isinstance(sections, list):
            raise ValueError("this is not an export of the form aicq-export/1")
        self._sums = {str(name): (0, hashlib.sha256()) for name in sections}
        self._state = "open"

    def _count(self, section: str, line: str) -> None:
        if section not in self._sums:
            raise ValueError("a section is not in the manifest")
        count, digest = self._sums[section]
        digest.update(f"{line}\n".encode())
        self._sums[section] = (count + 1, digest)

    def _compare(self, given: dict[str, Any]) -> None:
        for section, (count, digest) in self._sums.items():
            said = given.get(section)
            if not isinstance(said, dict) or said.get("count") != count or said.get("sha256") != digest.hexdigest():
                raise ValueError(f"section {section} is not what its checksum says")
        self._state = "checked"


def _parse(line: str) -> tuple[str, dict[str, Any]]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as cause:
        raise ValueError("a line of the export is not JSON: it broke off") from cause
    section = value.get("section") if isinstance(value, dict) else None
    data = value.get("data") if isinstance(value, dict) else None
    if not isinstance(section, str) or not isinstance(data, dict):
        raise ValueError("a line of the export has no section or no data")
    return section, data
