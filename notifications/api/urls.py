"""The addresses of notifications under /rest-api/."""

from config.kernel.api.routing import Router
from notifications import channels
from notifications.api import views


def register(router: Router) -> None:
    """Add this app's viewsets."""
    for entry in channels.entries():
        router.register(entry.gateway_path, views.gateway_views(entry), entry.gateway_path)
    router.register("sms-template", views.SmsTemplateViews, "smstemplate")
    router.register("mail-template", views.MailTemplateViews, "mailtemplate")
    router.register("reply-text", views.ReplyTextViews, "replytext")
    router.register("delivery", views.DeliveryViews, "delivery")
    router.register("inbound-text", views.InboundTextViews, "inboundtext")
    router.register("staff-item", views.StaffItemViews, "staffitem")
