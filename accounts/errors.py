"""What can go wrong about people and keys."""

from config.kernel.errors import Denied, Invalid


class NotAMember(Denied):
    """You belong to no organization; ask an owner to add you."""

    code = "not_a_member"


class ChooseOrganization(Denied):
    """You belong to several organizations: name one by its UUID in the X-Organization header."""

    code = "choose_organization"


class BadCredentials(Invalid):
    """The username, password or key is wrong, expired or revoked."""

    code = "authentication_failed"
