"""The claims on trial, one module a group that shares a design; rules were fixed before any outcome was looked at."""
