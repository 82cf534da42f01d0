"""Tests, in the folders of what they test. A package: one that is installed has a folder of the same name."""
