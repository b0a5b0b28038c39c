"""The phone simulator: the other side of the providers' protocols. Production does not install it."""
