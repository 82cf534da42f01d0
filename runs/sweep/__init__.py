"""Sweeps: thousands of runs from one design, on a laptop or a cluster, that survive whatever is killed."""
