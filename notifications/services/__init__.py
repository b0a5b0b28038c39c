"""Use cases around messages."""
