"""The way in: verify, parse, record. Never decides anything."""
