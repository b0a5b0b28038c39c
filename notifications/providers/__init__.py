"""Providers, one folder each; `registry.py` names them. To add one, see docs/contributor.md."""
