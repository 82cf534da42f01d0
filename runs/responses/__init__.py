"""Structural responses: how the market answers a cut in prices, more compute, richer customers, a slump."""
