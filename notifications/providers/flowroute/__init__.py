"""Flowroute: SMS, Messaging 2.1."""
