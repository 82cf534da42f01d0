"""Networks as networkx graphs (placeholder until written)."""
from typing import Any
class Networks:
    def __init__(self, market: Any) -> None:
        self._market = market
