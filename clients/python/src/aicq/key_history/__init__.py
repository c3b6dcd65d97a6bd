"""Which keys are an agent's, whatever a server says (spec/key-history.md)."""
