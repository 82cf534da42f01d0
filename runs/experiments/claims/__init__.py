"""The claims on trial, one module a group that shares a design; rules were fixed before outcomes were seen.

But for three, which `runs.experiments.claim_report` names: they had not tested their sentence.
"""
