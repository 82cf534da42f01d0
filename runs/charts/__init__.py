"""Figures of a run and of a forecast, and the style that all figures share."""
