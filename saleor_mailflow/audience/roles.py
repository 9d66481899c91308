"""Addresses of an office rather than a person, by their local part. Refuses to forbid them: they are flagged.

Source: RFC 2142 and what mail providers commonly list.
"""

from __future__ import annotations

_ROLES = frozenset(
    {
        *("abuse", "accounts", "admin", "administrator", "billing", "contact", "customerservice", "enquiries"),
        *("finance", "ftp", "help", "helpdesk", "hostmaster", "hr", "info", "inquiries", "jobs", "legal", "mail"),
        *("mailer-daemon", "marketing", "media", "news", "newsletter", "no-reply", "noc", "noreply", "office"),
        *("orders", "postmaster", "press", "privacy", "root", "sales", "security", "service", "spam", "support"),
        *("team", "usenet", "uucp", "webmaster", "www"),
        # German, French, Polish
        *("bestellung", "buchhaltung", "kontakt", "kundenservice", "rechnung", "verwaltung", "vertrieb"),
        *("commande", "comptabilite", "facturation", "serviceclient"),
        *("biuro", "ksiegowosc", "sekretariat", "sklep", "zamowienia"),
    }
)


def is_role(email: str) -> bool:
    """Tell whether a normalised address is an office's, such as ``info@``; a ``+tag`` is overlooked."""
    return email.rpartition("@")[0].partition("+")[0] in _ROLES
