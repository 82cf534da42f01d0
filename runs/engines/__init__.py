"""Engines that do jobs side by side: in this process, in local processes, on a Dask cluster."""
