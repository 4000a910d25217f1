"""The mutations: each flips one thing in what happens (`dynamics`), what is claimed (`theorems`) or shown (`verify`).

A constant that is made more generous turns no check red by itself, since the measured value stays inside: such flips
name the test that derives the constant again. One that is made stricter, or a sign in the dynamics, names the check.
"""

from tests.trust.mutations.beyond import BEYOND
from tests.trust.mutations.checks import CHECKS
from tests.trust.mutations.dynamics import DYNAMICS
from tests.trust.mutations.mutation import Mutation
from tests.trust.mutations.paper import PAPER

__all__ = ["MUTATIONS", "Mutation"]

MUTATIONS = (*DYNAMICS, *PAPER, *CHECKS, *BEYOND)
