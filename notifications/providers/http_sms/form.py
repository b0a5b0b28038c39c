"""What a gateway says of its provider's HTTP interface: request, answer, pushes, and how pushes are proven."""

from django.utils.translation import gettext_lazy as _

from notifications.providers.base import Field, FieldKind

LABEL = _("HTTP gateway (SMS)")
WORDS = _("Several, separated by commas; upper and lower case are the same.")
PATH = _("Names and numbers with dots between them, such as data.id or messages.0.id.")
METHODS = (("POST", "POST"), ("PUT", "PUT"), ("GET", "GET"))
BODIES = (("json", "JSON"), ("form", _("Form fields")))
NUMBERS = (("plus", "+15551234567"), ("digits", "15551234567"))
CHECKS = (
    ("none", _("Nothing: the secret in the address is enough")),
    ("token", _("A secret in a header or a parameter")),
    ("hmac-sha256", _("HMAC-SHA256 of the body in a header")),
    ("hmac-sha1", _("HMAC-SHA1 of the body in a header")),
)
BODY = '{"to": "{to}", "from": "{from}", "text": "{text}", "callback": "{receipt_url}"}'

REQUEST = (
    Field("method", _("Method"), kind=FieldKind.CHOICE, choices=METHODS, default="POST"),
    Field(
        "body_format",
        _("Body"),
        _("With GET, form fields stand in the address."),
        kind=FieldKind.CHOICE,
        choices=BODIES,
        default="json",
    ),
    Field(
        "body",
        _("Body template"),
        _(
            "JSON, or one form field a line as name=value. Placeholders: {to} {from} {text} {id} {receipt_url} "
            "{username} {password} {token}."
        ),
        kind=FieldKind.TEXT,
        default=BODY,
        max_length=4000,
    ),
    Field(
        "headers",
        _("Headers"),
        _("One a line, as Name: value. Placeholders: {username} {password} {token}, and {basic} for HTTP Basic."),
        kind=FieldKind.TEXT,
        default="Authorization: Bearer {token}",
        max_length=2000,
    ),
    Field("number_format", _("Numbers"), kind=FieldKind.CHOICE, choices=NUMBERS, default="plus"),
    Field("username", _("User name"), is_secret=True),
    Field("password", _("Password"), is_secret=True),
    Field("token", _("Token"), is_secret=True, max_length=1000),
)
ANSWER = (
    Field("accepted_status", _("Statuses of acceptance"), _("Such as 200-299 or 200, 202."), default="200-299"),
    Field("id_path", _("Id in a JSON answer"), PATH, default="id"),
    Field("id_text", _("Id in a plain answer"), _("The text with {id} in its place, such as OK: {id}.")),
    Field("result_path", _("Result in a JSON answer"), PATH),
    Field("accepted_results", _("Results that are acceptance"), _("Several, separated by commas; empty: any.")),
    Field("temporary_results", _("Results that are a refusal for now"), WORDS),
    Field("opted_out_results", _("Results that say that the recipient opted out"), WORDS),
)
PUSHES = (
    Field("events_path", _("List of events in a JSON push"), _("A path such as data.events; empty: the whole body.")),
    Field("receipt_id_path", _("Receipt: id of the message"), PATH, default="id"),
    Field("receipt_status_path", _("Receipt: status"), PATH, default="status"),
    Field("sent_values", _("Statuses that mean sent"), WORDS, default="accepted, queued, sent"),
    Field("delivered_values", _("Statuses that mean delivered"), WORDS, default="delivered"),
    Field("undelivered_values", _("Statuses that mean not delivered"), WORDS, default="undelivered, failed, rejected"),
    Field("inbound_id_path", _("Inbound message: id"), PATH, default="id"),
    Field("inbound_from_path", _("Inbound message: sender"), PATH, default="from"),
    Field("inbound_to_path", _("Inbound message: our number"), PATH, default="to"),
    Field("inbound_text_path", _("Inbound message: text"), PATH, default="text"),
    Field("push_answer", _("Answer to a push"), _("Empty: any will do.")),
)
PROOF = (
    Field("push_check", _("A push is proven by"), kind=FieldKind.CHOICE, choices=CHECKS, default="none"),
    Field(
        "push_check_name",
        _("Header or parameter of the proof"),
        _("A header's name; of a parameter of the address with a ? before it."),
    ),
    Field("push_secret", _("Secret of pushes"), is_secret=True),
    Field("challenge_name", _("Parameter that asks for an echo"), _("Such as hub.challenge; empty: none.")),
    Field(
        "challenge_secret_name", _("Parameter that carries the secret of pushes there"), _("Such as hub.verify_token.")
    ),
)
FIELDS = (*REQUEST, *ANSWER, *PUSHES, *PROOF)
