"""What happens: the data model, the network, the two training engines, closed forms, the test error."""

from dynamics.engines.network import train_network
from dynamics.generalization import TestError, test_error
from dynamics.phase import Phase
from dynamics.sample import Sample, draw
from dynamics.setting import Setting
from dynamics.training import train, train_ensemble
from dynamics.trajectory import Trajectory

__all__ = [
    "Phase",
    "Sample",
    "Setting",
    "TestError",
    "Trajectory",
    "draw",
    "test_error",
    "train",
    "train_ensemble",
    "train_network",
]
