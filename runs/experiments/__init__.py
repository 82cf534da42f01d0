"""Experiments: paired runs of a control and treatments, judged by rules fixed beforehand; and the claims on trial."""
