"""How direct messages are encrypted (spec/encryption.md)."""
