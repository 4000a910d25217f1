"""Sweeps: a grid of settings times schedules times replicas, one file a cell, to one labelled dataset."""

from dynamics.sweep.config import Config, read_config
from dynamics.sweep.dask_cluster import cluster
from dynamics.sweep.run import Interrupted, sweep

__all__ = ["Config", "Interrupted", "cluster", "read_config", "sweep"]
