"""The addresses of notifications under /rest-api/."""

from config.kernel.api.routing import Router
from notifications.api import views


def register(router: Router) -> None:
    """Add this app's viewsets."""
    router.register("gateway", views.GatewayViews, "gateway")
    router.register("sms-gateway", views.SmsGatewayViews, "sms-gateway")
    router.register("mail-gateway", views.MailGatewayViews, "mail-gateway")
    router.register("sms-template", views.SmsTemplateViews, "smstemplate")
    router.register("mail-template", views.MailTemplateViews, "mailtemplate")
    router.register("reply-text", views.ReplyTextViews, "replytext")
    router.register("delivery", views.DeliveryViews, "delivery")
    router.register("staff-item", views.StaffItemViews, "staffitem")
