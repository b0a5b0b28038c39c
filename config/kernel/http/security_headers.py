"""Security headers: a strict policy, with named exceptions."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# Everything comes from this server, and nothing stands inside the page.
STRICT = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
# The admin's look writes styles and expressions into the page; other hosts stay shut out.
ADMIN = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# The form that leads to an identity provider ends at another host.
SIGN_IN = STRICT.replace("form-action 'self'", "form-action 'self' https:")
EXCEPTIONS = (("/admin/", ADMIN), ("/accounts/", SIGN_IN))
UNUSED = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"


class PolicyMiddleware:
    """Stands first, so that errors, redirections and files have the headers as well."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Add what the view did not set itself."""
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", _policy(request.path))
        response.setdefault("Permissions-Policy", UNUSED)
        # Answers hold patients' data, also those without a session, and computers at a front desk are shared.
        response.setdefault("Cache-Control", "private, no-store")
        return response


def _policy(path: str) -> str:
    return next((policy for prefix, policy in EXCEPTIONS if path.startswith(prefix)), STRICT)
