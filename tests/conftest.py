"""What all tests share: the marker that ties a test to a requirement of the book.

Above: pytest. Below: nothing. tests/unit/test_docs_requirements.py closes the loop in both directions.
"""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Register our markers; --strict-markers refuses any other."""
    config.addinivalue_line("markers", "requirement(id): the test proves this requirement of spec/requirements.json")
