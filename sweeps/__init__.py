"""Sweeps: a grid of settings times schedules times replicas, one file a cell, to one labelled dataset."""

from sweeps.config import Config, read_config
from sweeps.dask_cluster import cluster
from sweeps.run import Interrupted, sweep

__all__ = ["Config", "Interrupted", "cluster", "read_config", "sweep"]
