"""RFC 8785 canonical JSON: the bytes that are signed for a thing."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from ..errors import AicqError


def canonical_bytes(what: str, value: Mapping[str, Any]) -> bytes:
    """Members that are `None` are left out. `what`: its name, for people. Errors: `invalid_request` for what has no
    canonical form (half a surrogate pair, a number that is not finite)."""
    try:
        return _text({name: member for name, member in value.items() if member is not None}).encode("utf-8")
    except (UnicodeEncodeError, ValueError, TypeError, RecursionError, OverflowError) as cause:
        raise AicqError("invalid_request", f"the {what} has no canonical JSON (RFC 8785)") from cause


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, Mapping):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{_text(name)}:{_text(value[name])}" for name in names) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(_text, value)) + "]"
    raise TypeError(f"{type(value).__name__} is no JSON")


def _number(value: int | float) -> str:
    """A number as ECMAScript writes it."""
    if isinstance(value, int) and abs(value) <= 2**53:
        return str(value)
    value = float(value)
    if not math.isfinite(value):
        raise ValueError("no finite number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = f"{abs(value)!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    place = len(whole) + int(exponent or 0)  # of the decimal point, after the first digits
    if whole == "0":
        place -= len(fraction) - len(fraction.lstrip("0")) + 1
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= place <= 21:
        return sign + digits + "0" * (place - count)
    if 0 < place <= 21:
        return f"{sign}{digits[:place]}.{digits[place:]}"
    if -6 < place <= 0:
        return f"{sign}0.{'0' * -place}{digits}"
    rest = f".{digits[1:]}" if count > 1 else ""
    return f"{sign}{digits[0]}{rest}e{'+' if place > 0 else '-'}{abs(place - 1)}"
