"""The scope of tests: a role that no policy binds, and that no production server has."""

from accounts import scope
from config.kernel import roles

UNRESTRICTED = scope.Scope(role=roles.UNRESTRICTED)
# Takes parts of the wall away, inside a transaction that is rolled back.
OWNER = scope.Scope(role=roles.OWNER)


class NobodyFirst:
    """Middleware of the test settings: requests of the test client start where real ones do, with nobody let in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Answer as a server would."""
        with scope.entered(scope.NOBODY):
            return self.get_response(request)
