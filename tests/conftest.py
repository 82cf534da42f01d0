"""Settings for every test."""

from hypothesis import settings

# Time limits belong in a benchmark: here they would fail on a busy machine. CI's own profile repeats its examples.
settings.register_profile("untimed", settings.get_profile(settings.get_current_profile_name()), deadline=None)
settings.load_profile("untimed")
