"""The posterior ensemble: fitted by `calibrate`, scored by `validate`, run on by `forecast`."""
