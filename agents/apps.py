"""Apps that developers put into the world: their columns. What a week does to them is in `agents.developers`."""

from agents.choice import NO_LAB
from agents.columns import Column, ColumnAgent

APP_KINDS = ("app-api", "app-rag", "app-agent")


class App(ColumnAgent):
    """A running app that developers built: a persistent endpoint with an audience of its own."""

    lab = Column("int8", unit="lab index", gloss="lab that serves it, -1 for an empty slot", initial=NO_LAB)
    kind = Column("int8", unit="kind", gloss="0 call, 1 retrieval chain, 2 agent")
    born = Column("int16", unit="week", gloss="week in which it was put out")
    audience = Column("float32", unit="user", gloss="people who use it: the mean of the apps of the row")
