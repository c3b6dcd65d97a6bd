"""From what came to what calls give, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

from .client.replies import bad_reply
from .types import ReceiptOf, Receipts

T = TypeVar("T")


def read(cls: type[T], data: Any, **more: Any) -> T:
    """A value from what came; members that are not known are passed over. Errors: `bad_reply`."""
    if not isinstance(data, Mapping):
        raise bad_reply(f"what came is no {cls.__name__}")
    known = {}
    for field in fields(cls):  # type: ignore[arg-type]
        wire = field.name.rstrip("_")
        if field.name not in more and wire in data:
            known[field.name] = data[wire]
    try:
        return cls(**known, **more)
    except TypeError as cause:
        raise bad_reply(f"what came is no {cls.__name__}: {cause}") from cause


def number_of(data: Mapping[str, Any], name: str) -> int:
    """A whole number that something has. Errors: `bad_reply`."""
    value = data.get(name)
    if type(value) is not int:
        raise bad_reply(f"what came has no number {name}")
    return value


def without_none(**members: Any) -> dict[str, Any]:
    """The members that have a value."""
    return {name: value for name, value in members.items() if value is not None}


def read_receipts(data: Any) -> Receipts | None:
    """The receipts of a message, where there are any."""
    if data is None:
        return None
    by = data.get("by") if isinstance(data, Mapping) else None
    return read(Receipts, data, by=None if by is None else tuple(read(ReceiptOf, one) for one in by))


def to_wire(value: Any) -> Any:
    """A value as it is written in JSON, without what it has not."""
    if is_dataclass(value) and not isinstance(value, type):
        members = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name.rstrip("_"): to_wire(member) for name, member in members if member not in (None, ())}
    return [to_wire(one) for one in value] if isinstance(value, tuple) else value
