"""The kinds of mail the law tells apart. Standard library only. Refuses to know what a country asks for."""

from __future__ import annotations

from enum import StrEnum


class MailKind(StrEnum):
    """What a mail is to the law, which is not always what it is to the merchant."""

    #: About a cart that was left; nothing was bought.
    CART = "cart"
    #: Advertising: newsletters, win-backs, birthdays, recommendations.
    MARKETING = "marketing"
    #: Asks a buyer for an opinion. A court called that advertising in Germany.
    REVIEW = "review"
    #: Transactional: what the buyer has to know about an order or an account. Always allowed.
    SERVICE = "service"
    #: An offer that stands inside a transactional mail.
    SERVICE_OFFER = "service_offer"
