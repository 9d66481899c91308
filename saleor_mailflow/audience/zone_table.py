"""Which zone each part of a country with several keeps, by ISO 3166-2, and where a part is split, by postal code.

Refuses to name a zone for countries that have one: tzdata's own zone.tab knows those. Sources: the zones and their
descriptions in tzdata's zone.tab; the American ZIP areas were compared with the `zipcodes` package, most of an area
decides. A split part whose postal code is unknown keeps the zone of most of its people.
"""

from __future__ import annotations

from collections.abc import Mapping


def _parts(**zones: str) -> dict[str, str]:
    """Return part → zone, from ``New_York="CT DC"``; the keys are zones below America, ``__`` stands for a slash."""
    return {part: zone.replace("__", "/") for zone, parts in zones.items() for part in parts.split()}


def _under(continent: str, parts: Mapping[str, str]) -> dict[str, str]:
    return {part: zone if "/" in zone else f"{continent}/{zone}" for part, zone in parts.items()}


#: Country → part → zone. "*" is every other part of it that we recognise; an unrecognised area gets none.
PARTS: Mapping[str, Mapping[str, str]] = {
    "US": _under(
        "America",
        _parts(
            New_York="CT DC DE FL GA KY MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
            Detroit="MI",
            America__Indiana__Indianapolis="IN",
            Chicago="AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
            Denver="CO MT NM UT WY",
            Phoenix="AZ",
            Boise="ID",
            Los_Angeles="CA NV OR WA",
            Anchorage="AK",
            Pacific__Honolulu="HI",
            # Countries of their own in ISO 3166-1, states to the post.
            Puerto_Rico="PR",
            St_Thomas="VI",
            Pacific__Guam="GU MP",
            Pacific__Pago_Pago="AS",
            Pacific__Pohnpei="FM",
            Pacific__Majuro="MH",
            Pacific__Palau="PW",
        ),
    ),
    "CA": _under(
        "America",
        _parts(
            St_Johns="NL",
            Halifax="NS PE",
            Moncton="NB",
            Toronto="ON QC",
            Iqaluit="NU",
            Winnipeg="MB",
            Regina="SK",
            Edmonton="AB NT",
            Vancouver="BC",
            Whitehorse="YT",
        ),
    ),
    "AU": _under(
        "Australia",
        _parts(
            Sydney="NSW ACT JBT",
            Melbourne="VIC",
            Brisbane="QLD",
            Adelaide="SA",
            Darwin="NT",
            Hobart="TAS",
            Perth="WA",
        ),
    ),
    "BR": _under(
        "America",
        _parts(
            Sao_Paulo="DF ES GO MG PR RJ RS SC SP",
            Bahia="BA",
            Maceio="AL SE",
            Recife="PE",
            Fortaleza="CE MA PB PI RN",
            Belem="AP PA",
            Araguaina="TO",
            Cuiaba="MT",
            Campo_Grande="MS",
            Manaus="AM",
            Boa_Vista="RR",
            Porto_Velho="RO",
            Rio_Branco="AC",
        ),
    ),
    "MX": {
        "*": "America/Mexico_City",
        **_under(
            "America",
            _parts(
                Tijuana="BCN",
                Hermosillo="SON",
                Mazatlan="BCS NAY SIN",
                Chihuahua="CHH",
                Cancun="ROO",
                Merida="CAM YUC",
                Monterrey="COA NLE TAM",
            ),
        ),
    },
    "RU": {
        "*": "Europe/Moscow",
        **_under(
            "Europe",
            _parts(
                Kaliningrad="KGD",
                Kirov="KIR",
                Volgograd="VGG",
                Astrakhan="AST",
                Saratov="SAR",
                Ulyanovsk="ULY",
                Samara="SAM UD",
            ),
        ),
        **_under(
            "Asia",
            _parts(
                Yekaterinburg="BA CHE KGN KHM ORE PER SVE TYU YAN",
                Omsk="OMS",
                Novosibirsk="NVS",
                Tomsk="TOM",
                Barnaul="AL ALT",
                Novokuznetsk="KEM",
                Krasnoyarsk="KK KYA TY",
                Irkutsk="BU IRK",
                Chita="ZAB",
                Yakutsk="AMU SA",
                Vladivostok="KHA PRI YEV",
                Magadan="MAG",
                Sakhalin="SAK",
                Kamchatka="KAM",
                Anadyr="CHU",
            ),
        ),
    },
    "ID": _under(
        "Asia",
        _parts(
            Jakarta="AC BB BE BT JA JB JI JK JT KR LA RI SB SS SU YO",
            Pontianak="KB KT",
            Makassar="BA GO KI KS KU NB NT SA SG SN SR ST",
            Jayapura="MA MU PA PB",
        ),
    ),
    "CL": {"*": "America/Santiago", "MA": "America/Punta_Arenas", "AI": "America/Coyhaique"},
    "ES": {
        "*": "Europe/Madrid",
        "GC": "Atlantic/Canary",
        "TF": "Atlantic/Canary",
        "CE": "Africa/Ceuta",
        "ML": "Africa/Ceuta",
    },
}

#: Country → the zone of nearly everybody there, for an address that says no more.
MAIN: Mapping[str, str] = {
    "AR": "America/Argentina/Buenos_Aires",
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "CY": "Asia/Nicosia",
    "DE": "Europe/Berlin",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "GL": "America/Nuuk",
    "KI": "Pacific/Tarawa",
    "KZ": "Asia/Almaty",
    "MH": "Pacific/Majuro",
    "MN": "Asia/Ulaanbaatar",
    "MY": "Asia/Kuala_Lumpur",
    "NZ": "Pacific/Auckland",
    "PF": "Pacific/Tahiti",
    "PG": "Pacific/Port_Moresby",
    "PS": "Asia/Gaza",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}

#: Several zones, and people in more than one of them: without a part that we know, the address says nothing.
UNDECIDED = frozenset({"AQ", "AU", "BR", "CA", "CD", "FM", "ID", "MX", "RU", "UM", "US"})

#: (country, part) → beginnings of postal codes → zone, where a part is split. "" is a country without parts here.
SPLIT: Mapping[tuple[str, str], Mapping[str, str]] = {
    ("US", "AZ"): {"865": "America/Denver"},
    ("US", "FL"): {"324 325": "America/Chicago"},
    ("US", "ID"): {"835 838": "America/Los_Angeles"},
    ("US", "IN"): {"463 464 476 477": "America/Chicago"},
    ("US", "KY"): {"420 421 422 423 424": "America/Chicago"},
    ("US", "ND"): {"586": "America/Denver"},
    ("US", "NE"): {"691 693": "America/Denver"},
    ("US", "OR"): {"979": "America/Boise"},
    ("US", "SD"): {"576 577": "America/Denver"},
    ("US", "TN"): {"373 374 376 377 378 379": "America/New_York"},
    ("US", "TX"): {"799 885": "America/Denver"},
    ("CA", "BC"): {"V1G V1J V0C": "America/Dawson_Creek", "V1A V1C V0A V0B": "America/Edmonton"},
    ("CA", "NL"): {"A2V A0P A0R": "America/Goose_Bay"},
    ("CA", "NU"): {"X0B": "America/Cambridge_Bay", "X0C": "America/Rankin_Inlet"},
    ("CA", "ON"): {"P8N P8T P9A P9N P0V P0W P0X P0Y": "America/Winnipeg"},
    ("CA", "QC"): {"G4T": "America/Halifax"},
    ("CA", "SK"): {"S9V": "America/Edmonton"},
    ("AU", "NSW"): {"2880": "Australia/Broken_Hill"},
    ("CL", ""): {"277": "Pacific/Easter"},
    ("PT", ""): {"90 91 92 93 94": "Atlantic/Madeira", "95 96 97 98 99": "Atlantic/Azores"},
}
