"""The count of examples is read from what hypothesis prints."""

from tests.trust.properties import statistics

PRINTED = """
tests/trust/test_properties.py::test_units_of_length[compiled]:

  - during reuse phase (0.00 seconds):
    - 1 passing, 0 failing, and 0 invalid test cases

  - during generate phase (2.64 seconds):
    - Typical runtimes: ~ 1-77 ms, of which ~ 0-25 ms in data generation
    - 40 passing, 0 failing, and 7 invalid test cases

  - Stopped because settings.max_examples=40


tests/trust/test_properties.py::test_order[stacked]:

  - during generate phase (0.61 seconds):
    - 3 passing, 1 failing, and 6 invalid test cases
"""


def test_examples_are_counted_by_property_over_its_phases():
    assert statistics(PRINTED) == {
        "trust/test_properties.py::test_units_of_length[compiled]": {"passing": 41, "failing": 0, "invalid": 7},
        "trust/test_properties.py::test_order[stacked]": {"passing": 3, "failing": 1, "invalid": 6},
    }
