"""Any SMS gateway that is called by HTTP: request, answers and pushes are described in its configuration."""
