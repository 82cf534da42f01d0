"""Sweeps: thousands of runs from one design, on a laptop or a cluster, that survive the death of any process."""
