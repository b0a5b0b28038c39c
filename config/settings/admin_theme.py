"""The look of the admin (unfold); callbacks are named by their path."""

from django.utils.translation import gettext_lazy

UNFOLD = {
    "SITE_TITLE": "Punctual",
    "SITE_HEADER": "Punctual",
    "SITE_SUBHEADER": "accounts.web.navigation.subheader",
    "SITE_URL": "/",
    "SITE_ICON": "/static/punctual/logo.svg",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/punctual/logo.svg"}],
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "accounts.web.navigation.environment",
    "DASHBOARD_CALLBACK": "appointments.web.dashboard.fill",
    "STYLES": ["/static/punctual/admin.css"],
    "SIDEBAR": {"show_search": True, "navigation": "accounts.web.navigation.sidebar"},
    "ACCOUNT": {"navigation": [{"title": gettext_lazy("Sign-in and security"), "link": "/accounts/"}]},
    "COLORS": {
        "primary": {
            "50": "oklch(98.4% .014 180.72)",
            "100": "oklch(95.3% .051 180.801)",
            "200": "oklch(91% .096 180.426)",
            "300": "oklch(85.5% .138 181.071)",
            "400": "oklch(77.7% .152 181.912)",
            "500": "oklch(60% .105 184.7)",
            "600": "oklch(51.1% .096 186.391)",
            "700": "oklch(43.7% .078 188.216)",
            "800": "oklch(38.6% .063 188.416)",
            "900": "oklch(33% .055 189)",
            "950": "oklch(27.7% .046 192.524)",
        },
    },
}
