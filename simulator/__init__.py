"""The phone simulator and the demo: the other side of the providers' protocols. Production does not install it."""
