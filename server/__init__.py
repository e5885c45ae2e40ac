"""The outer ring: bytes and processes. Nothing imports server."""
