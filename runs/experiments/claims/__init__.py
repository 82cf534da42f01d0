"""The claims on trial: one module a group that shares a design, and one table of their decision rules."""
