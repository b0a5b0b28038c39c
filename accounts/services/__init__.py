"""Use cases around organizations, people and keys."""
