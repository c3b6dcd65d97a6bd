"""Calls: signing, waiting, repeating what is safe to repeat."""
