"""RFC 8785 for what occurs in envelopes."""


def canonical(value):
    """Strings, whole numbers, and members in the order of their UTF-16 units (all ASCII)."""
    def text(string):
        short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}
        return '"' + "".join(short.get(ord(c), f"\\u{ord(c):04x}" if ord(c) < 32 else c) for c in string) + '"'
    members = sorted(value.items())
    return "{" + ",".join(f"{text(k)}:{text(v) if isinstance(v, str) else v}" for k, v in members) + "}"
