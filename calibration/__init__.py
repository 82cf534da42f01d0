"""What the world says: dated targets, facts, evidence and claims, and the score of a run against them."""
