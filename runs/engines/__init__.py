"""Engines that run jobs side by side: in this process, in local processes, on a Dask cluster."""

ENGINES = ("processes", "serial", "dask")
