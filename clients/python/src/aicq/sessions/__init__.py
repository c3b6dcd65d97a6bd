"""The sessions of one installation (spec/encryption.md#sessions): state is kept first."""
