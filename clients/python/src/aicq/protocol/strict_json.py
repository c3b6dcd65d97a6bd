"""JSON as strictly as servers read it (spec/signing.md#json): what two readers could take for two things is refused."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from ..errors import AicqError

_deepest = 32


class Members(dict[str, Any]):
    """An object that came. Asked for a member that is not there, it says that what answered is no AICQ server."""

    def __missing__(self, name: str) -> NoReturn:
        raise AicqError("bad_reply", f"what came has no {name}")


def read_json(data: bytes) -> Any:
    """Errors: `invalid_json`: not UTF-8 or JSON, a byte order mark, a key given twice, `__proto__`, more than 32
    levels; `invalid_request`: strings with U+0000 or half a surrogate pair."""
    try:
        text = data.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_refuse)
    except (ValueError, RecursionError) as cause:
        raise AicqError("invalid_json", f"this is not JSON that is taken here: {cause}") from cause
    _check(value, 0)
    return value


def _members(pairs: list[tuple[str, Any]]) -> Members:
    members = Members(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key is given twice")
    if "__proto__" in members:
        raise ValueError("a key is __proto__")
    return members


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _check(value: object, level: int) -> None:
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
            raise AicqError("invalid_request", "a text has U+0000 or half a surrogate pair")
    elif isinstance(value, (dict, list)):
        if level >= _deepest:
            raise AicqError("invalid_json", f"more than {_deepest} levels are nested")
        for item in value.items() if isinstance(value, dict) else value:
            if isinstance(item, tuple):
                _check(item[0], level + 1)
                _check(item[1], level + 1)
            else:
                _check(item, level + 1)
