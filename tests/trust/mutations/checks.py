"""Flips of how claims are judged and worlds observed."""

from tests.trust.mutations.mutation import Mutation

CHECKS = (
    Mutation(
        "digits: absent images are no matter",
        "verify/check.py",
        "return missing() if any(",
        "return missing() if all(",
        "a check that ends in an exception where mlxtend is not installed",
        tests=("test_digits_noise.py::test_images_that_one_world_of_a_bound_asks_for_are_asked_for_too",),
    ),
    Mutation(
        "constants judged by their drift alone",
        "verify/evidence.py",
        "statuses.append(_inside(least, most, constant.low, constant.high))",
        'statuses.append("confirmed")',
        "the value of a constant not looked at",
        tests=("test_constants.py::test_both_value_and_drift_are_judged",),
        controls=("constant_shift",),
    ),
)
