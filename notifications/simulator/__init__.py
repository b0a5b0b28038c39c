"""The phone simulator: the carrier at the other end of the wire. It knows nothing of the domain."""
