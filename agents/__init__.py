"""Who acts: populations of columns, random streams, and each kind of agent with its behaviours."""
