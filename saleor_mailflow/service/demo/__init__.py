"""The demo: a recorded day of a real shop, played at our own door."""
