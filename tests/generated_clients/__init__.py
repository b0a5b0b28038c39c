"""Clients that other makers' tools generate from the OpenAPI description, against a real server."""
