"""Building blocks of the REST interface: routes, fields, pagination, parsers, error responses."""
