"""A browser's view of the app: its addresses, as the standalone service and Saleor's plugin door serve them."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.fixture
def browser() -> Client:
    return Client()
