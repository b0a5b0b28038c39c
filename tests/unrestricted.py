"""The scope of tests: a role that no policy binds, and that no production server has."""

from accounts import database_scope
from config.kernel import database_roles

UNRESTRICTED = database_scope.Scope(role=database_roles.UNRESTRICTED)
# Writes every row, and may do so without triggers and checks of references.
CLEANER = database_scope.Scope(role=database_roles.CLEANER)
# Takes parts of the wall away, inside a transaction that is rolled back.
OWNER = database_scope.Scope(role=database_roles.OWNER)


class NobodyFirst:
    """Middleware of the test settings: requests of the test client start where real ones do, with nobody let in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Answer as a server would."""
        with database_scope.entered(database_scope.NOBODY):
            return self.get_response(request)
