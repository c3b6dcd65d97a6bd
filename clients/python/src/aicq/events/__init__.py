"""What happens, as it happens, over whatever way is open (spec/realtime.md)."""
