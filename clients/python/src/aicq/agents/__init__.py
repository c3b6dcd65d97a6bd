"""What an agent can do, part by part."""
