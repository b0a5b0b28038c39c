"""Everything on one machine: database, broker, secrets, and the programs of `make demo`. Nothing here needs Django."""
