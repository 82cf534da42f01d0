"""What a run is, what it is called, and where its results are kept; shared by calibration, experiments and sweeps."""
