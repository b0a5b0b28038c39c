"""Addresses of the simulator, with and without trailing slash."""

from django.urls import include, path, re_path

from simulator import api, pages, protocols

app_name = "simulator"

_PHONE = r"phone/(?P<number>[+ ]?[0-9]{7,15})"
_MAIL = r"mail/(?P<address>[^/@\s]+@[^/@\s]+)"

urlpatterns = [
    re_path(r"^$", pages.home, name="home"),
    re_path(r"^phones/?$", pages.phones, name="phones"),
    re_path(r"^mailboxes/?$", pages.mailboxes, name="mailboxes"),
    re_path(r"^open/?$", pages.open_box, name="open"),
    re_path(r"^faults/?$", pages.set_faults, name="faults"),
    re_path(rf"^{_PHONE}/?$", pages.phone, name="phone"),
    re_path(rf"^{_PHONE}/conversation/?$", pages.conversation, name="conversation"),
    re_path(rf"^{_MAIL}/?$", pages.mailbox, name="mailbox"),
    re_path(rf"^{_MAIL}/letters/?$", pages.letters, name="letters"),
    re_path(rf"^{_MAIL}/(?P<key>[0-9]{{1,18}})/?$", pages.letter, name="letter"),
    re_path(rf"^{_MAIL}/(?P<key>[0-9]{{1,18}})/html/?$", pages.letter_html, name="letter_html"),
    re_path(r"^api/messages/?$", api.messages, name="api-messages"),
    re_path(r"^api/reply/?$", api.reply, name="api-reply"),
    re_path(r"^api/ledger/?$", api.ledger, name="api-ledger"),
    re_path(r"^api/faults/?$", api.fault_settings, name="api-faults"),
    *(path(f"{name}/", include(module)) for name, module in protocols.web().items()),
]
