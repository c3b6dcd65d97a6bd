"""What the protocol says of keys, ids and signatures, without any network."""
