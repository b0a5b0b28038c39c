"""Use cases around events and alarms. Locks are always taken in the order event, deliveries, alarms."""
