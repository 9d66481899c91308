"""Public fakes and factories for tests of flows."""
