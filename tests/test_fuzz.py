"""A few seconds of `tests/fuzz.py`."""

import pytest
from fuzz import TARGETS


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.body.__name__)
def test_a_few_inputs(target):
    target(60)
