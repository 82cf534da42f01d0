"""Settings for every test."""

import os

from hypothesis import settings

# NumPy's versions of the kernels are tested everywhere, and compiled ones where they are compared with them.
os.environ.setdefault("JEVONS_BACKEND", "numpy")

# Time limits belong in a benchmark: here they would fail on a busy machine. CI's own profile repeats its examples.
settings.register_profile("untimed", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")
