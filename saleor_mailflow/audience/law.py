"""Who may get marketing mail without having asked for it, by country. Refuses to be lenient where it does not know.

Sources: United States, CAN-SPAM Act, 15 U.S.C. §7704 (opt-out). Everywhere in the EU and EEA, ePrivacy Directive
2002/58/EC art. 13 (consent; a cart without a purchase is no "sale" for art. 13(2)). United Kingdom, PECR reg. 22.
Switzerland, UWG art. 3(1)(o). Canada, CASL s. 6. Australia, Spam Act 2003 s. 16. A country that is not in the table,
and an unknown one, needs consent. A merchant who knows better sets the basis per channel.
"""

from __future__ import annotations

CONSENT = "consent"
EXISTING_CUSTOMER = "existing_customer"
NOT_NEEDED = "none"

#: ISO 3166-1 alpha-2 → what marketing mail needs there.
BASIS_BY_COUNTRY = {"US": NOT_NEEDED}


def required_basis(setting: str, country: str) -> str:
    """Return what a marketing mail needs: the merchant's ``setting``, or for ``auto`` what the country's law says."""
    if setting != "auto":
        return setting
    return BASIS_BY_COUNTRY.get(country.upper(), CONSENT)
