"""What every REST interface of the apps is made of: routes, fields, lists, bodies, error answers."""
