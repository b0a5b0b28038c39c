"""The demo: its two clinics, and what `make demo` starts on one machine. Production does not install it."""
