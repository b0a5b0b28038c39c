"""Where tests stand: behind the wall, with a role that no production server has."""

from accounts import scope
from config.kernel import roles

BACKSTAGE = scope.Scope(role=roles.BACKSTAGE)
# Takes parts of the wall away, inside a transaction that is rolled back.
OWNER = scope.Scope(role=roles.OWNER)


class Curtain:
    """Middleware of the test settings: requests of the test client start where real ones do, with nobody let in."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        """Answer as a server would."""
        with scope.entered(scope.NOBODY):
            return self.get_response(request)
