"""The law on advertising mail, a row a country, each with its statute and an official source.

Refuses to be lenient where we are not sure: such a country asks for consent here, and so does one without a row.
This is no legal advice; a merchant who knows better edits the table (``audience.law``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Regime(StrEnum):
    """What a country asks of a sender, in one word; ``audience.law`` says what that means for each kind of mail."""

    #: Consent for everything that advertises.
    OPT_IN = "opt_in"
    #: Consent, but customers may be written to about similar goods if they were told so and given the choice when they
    #: bought (in the EU: Directive 2002/58/EC art. 13(2)). Whether they were, only the merchant knows.
    SOFT_OPT_IN = "soft_opt_in"
    #: As SOFT_OPT_IN, and asking for a review is advertising.
    SOFT_OPT_IN_REVIEWS = "soft_opt_in_reviews"
    #: A purchase is consent by law for a time, without anything that the sender would have had to do.
    IMPLIED = "implied"
    #: Nobody is asked beforehand; everybody may say no.
    OPT_OUT = "opt_out"


@dataclass(frozen=True, kw_only=True)
class Country:
    """One row. ``code`` is ISO 3166-1 alpha-2."""

    code: str
    regime: Regime
    #: Statute and section that ask for consent, or that let it be.
    statute: str
    #: The section that makes the exception for customers, "" where there is none.
    customers: str = ""
    #: What makes a review request advertising.
    reviews: str = ""
    source: str
    #: How long a purchase makes somebody a customer in the eyes of this law; None where it sets no time.
    customer_for: timedelta | None = None
    #: When consent ends by itself; None where the law sets no time, which is everywhere we looked.
    consent_expires: timedelta | None = None


_IN, _SOFT = Regime.OPT_IN, Regime.SOFT_OPT_IN
_YEAR = timedelta(days=365)


def _row(
    code: str, regime: Regime, statute: str, customers: str, source: str, days: timedelta | None = None
) -> Country:
    return Country(code=code, regime=regime, statute=statute, customers=customers, source=source, customer_for=days)


ROWS = (
    # Germany and Austria say it themselves; the courts read "advertising" widely.
    Country(
        code="DE",
        regime=Regime.SOFT_OPT_IN_REVIEWS,
        statute="UWG §7(2) no. 2",
        customers="UWG §7(3)",
        reviews="BGH VI ZR 225/17",
        source="https://www.gesetze-im-internet.de/uwg_2004/__7.html",
    ),
    Country(
        code="AT",
        regime=Regime.SOFT_OPT_IN_REVIEWS,
        statute="TKG 2021 §174(3)",
        customers="TKG 2021 §174(4)",
        reviews="TKG 2021 §174(3), direct advertising is read widely",
        source="https://www.ris.bka.gv.at",
    ),
    # The rest of the European Union.
    _row("BE", _SOFT, "CEL art. XII.13", "Royal Decree of 4 April 2003 art. 1", "https://www.ejustice.just.fgov.be"),
    _row("CY", _SOFT, "Law 112(I)/2004 s. 106(1)", "Law 112(I)/2004 s. 106(2)", "https://www.cylaw.org"),
    _row("CZ", _SOFT, "Act 480/2004 §7(2)", "Act 480/2004 §7(3)", "https://www.e-sbirka.cz"),
    _row("DK", _SOFT, "Markedsføringsloven §10(1)", "Markedsføringsloven §10(2)", "https://www.retsinformation.dk"),
    _row("EE", _SOFT, "ESS §103¹(1)", "ESS §103¹(3)", "https://www.riigiteataja.ee"),
    _row("ES", _SOFT, "LSSI 34/2002 art. 21(1)", "LSSI 34/2002 art. 21(2)", "https://www.boe.es/eli/es/l/2002/07/11/34"),
    _row("FI", _SOFT, "Act 917/2014 s. 200(1)", "Act 917/2014 s. 200(3)", "https://www.finlex.fi"),
    _row("FR", _SOFT, "CPCE art. L34-5", "CPCE art. L34-5 al. 4", "https://www.legifrance.gouv.fr"),
    _row("GR", _SOFT, "Law 3471/2006 art. 11(1)", "Law 3471/2006 art. 11(3)", "https://www.et.gr"),
    # Only within twelve months of the sale or of the last mail that used the address; we count from the sale.
    _row(
        "IE",
        _SOFT,
        "S.I. 336/2011 reg. 13(1)",
        "S.I. 336/2011 reg. 13(11)",
        "https://www.irishstatutebook.ie/eli/2011/si/336/made/en/print",
        _YEAR,
    ),
    _row("IT", _SOFT, "Codice privacy art. 130(1)", "Codice privacy art. 130(4)", "https://www.normattiva.it"),
    _row("LT", _SOFT, "Law on Electronic Communications art. 81(1)", "art. 81(2)", "https://www.e-tar.lt"),
    _row("LU", _SOFT, "Law of 30 May 2005 art. 11(1)", "Law of 30 May 2005 art. 11(2)", "https://legilux.public.lu"),
    _row("LV", _SOFT, "Information Society Services Law s. 9(1)", "s. 9(2)", "https://likumi.lv"),
    _row("MT", _SOFT, "S.L. 586.01 reg. 9(1)", "S.L. 586.01 reg. 9(2)", "https://legislation.mt"),
    _row("NL", _SOFT, "Telecommunicatiewet art. 11.7", "art. 11.7(3)", "https://wetten.overheid.nl/BWBR0009950"),
    _row("PT", _SOFT, "Lei 41/2004 art. 13.º-A(1)", "Lei 41/2004 art. 13.º-A(3)", "https://diariodarepublica.pt"),
    _row("RO", _SOFT, "Law 506/2004 art. 12(1)", "Law 506/2004 art. 12(2)", "https://legislatie.just.ro"),
    _row("SE", _SOFT, "Marknadsföringslagen §19", "Marknadsföringslagen §19(2)", "https://www.riksdagen.se"),
    _row("SI", _SOFT, "ZEKom-2 art. 226(1)", "ZEKom-2 art. 226(2)", "https://pisrs.si"),
    _row("SK", _SOFT, "Act 452/2021 §116", "Act 452/2021 §116", "https://www.slov-lex.sk"),
    # Another law of the country asks consumers for consent without that exception.
    _row("BG", _IN, "E-Commerce Act art. 6(4)", "", "https://dv.parliament.bg"),
    _row("HU", _IN, "Act XLVIII of 2008 §6(1)", "", "https://njt.hu/jogszabaly/2008-48-00-00"),
    _row("PL", _IN, "PKE 2024 art. 398", "", "https://isap.sejm.gov.pl"),
    # The exception was not read in the text of the law that is in force.
    _row("HR", _IN, "Electronic Communications Act, NN 76/22", "", "https://narodne-novine.nn.hr"),
    _row("IS", _IN, "Electronic Communications Act 70/2022", "", "https://www.althingi.is/lagas/nuna/2022070.html"),
    _row("LI", _IN, "KomG art. 50", "", "https://www.gesetze.li/konso/2006091000"),
    # Europe beyond it.
    _row("CH", _SOFT, "UWG art. 3(1)(o)", "UWG art. 3(1)(o)", "https://www.fedlex.admin.ch/eli/cc/1988/223_223_223/de"),
    _row("GB", _SOFT, "PECR reg. 22(2)", "PECR reg. 22(3)", "https://www.legislation.gov.uk/uksi/2003/2426/regulation/22"),
    _row("NO", _SOFT, "Markedsføringsloven §15(1)", "Markedsføringsloven §15(3)", "https://lovdata.no/lov/2009-01-09-2/§15"),
    _row("RU", _IN, "Law on Advertising 38-FZ art. 18(1)", "", "http://pravo.gov.ru"),
    _row("TR", _IN, "Law 6563 art. 6", "", "https://www.mevzuat.gov.tr"),
    _row("UA", _IN, "Law on Electronic Commerce 675-VIII art. 10", "", "https://zakon.rada.gov.ua/laws/show/675-19"),
    # The Americas.
    Country(
        code="US",
        regime=Regime.OPT_OUT,
        statute="CAN-SPAM, 15 U.S.C. §7704(a)",
        source="https://www.govinfo.gov/app/details/USCODE-2011-title15/USCODE-2011-title15-chap103",
    ),
    Country(
        code="CA",
        regime=Regime.IMPLIED,
        statute="CASL s. 6(1)",
        customers="CASL s. 10(10)(a)",
        source="https://laws-lois.justice.gc.ca/eng/acts/E-1.6/",
        customer_for=2 * _YEAR,
    ),
    _row("AR", _IN, "Law 25.326 art. 5 and 27", "", "https://www.argentina.gob.ar/normativa/nacional/ley-25326-64790"),
    _row("BR", _IN, "LGPD (Lei 13.709/2018) art. 7", "", "https://www.planalto.gov.br/ccivil_03/_ato2015-2018/2018/lei/l13709.htm"),
    _row("CL", _IN, "Ley 19.628 art. 4; Ley 19.496 art. 28 B", "", "https://www.bcn.cl/leychile"),
    _row("CO", _IN, "Ley 1581 de 2012 art. 9", "", "https://www.suin-juriscol.gov.co"),
    _row("MX", _IN, "LFPDPPP 2025; LFPC art. 17", "", "https://www.diputados.gob.mx/LeyesBiblio"),
    _row("PE", _IN, "Ley 29571 art. 58(1)(e)", "", "https://www.gob.pe/indecopi"),
    # Asia and the Pacific. Australia and New Zealand know inferred consent; a single purchase is no safe ground for it.
    _row("AU", _IN, "Spam Act 2003 s. 16", "", "https://www.legislation.gov.au/C2004A01214/latest/text"),
    _row("NZ", _IN, "Unsolicited Electronic Messages Act 2007 s. 9", "", "https://www.legislation.govt.nz/act/public/2007/0007/latest/"),
    _row("CN", _IN, "Advertising Law art. 43", "", "https://flk.npc.gov.cn"),
    _row("HK", _IN, "PDPO (Cap. 486) s. 35C and 35E", "", "https://www.elegislation.gov.hk/hk/cap486"),
    _row("ID", _IN, "Law 27/2022 art. 20", "", "https://peraturan.bpk.go.id"),
    _row("IN", _IN, "DPDP Act 2023 s. 6", "", "https://www.meity.gov.in"),
    # The Act on specified e-mail excepts business relations, the one on mail order sales does not.
    _row("JP", _IN, "Act on Specified Commercial Transactions art. 12-3", "", "https://www.japaneselawtranslation.go.jp"),
    # Six months from the end of the transaction, the same kind of goods.
    _row(
        "KR",
        _SOFT,
        "Network Act art. 50(1)",
        "Network Act art. 50(1) no. 1, Decree art. 61(1)",
        "https://www.law.go.kr/LSW/eng/engMain.do",
        timedelta(days=180),
    ),
    _row("MY", _IN, "PDPA 2010 s. 6 and 43", "", "https://www.pdp.gov.my"),
    _row("PH", _IN, "Data Privacy Act 2012 s. 12", "", "https://privacy.gov.ph/data-privacy-act/"),
    _row("SG", _IN, "PDPA 2012 s. 13", "", "https://sso.agc.gov.sg/Act/PDPA2012"),
    _row("TH", _IN, "PDPA B.E. 2562 s. 19", "", "https://www.ratchakitcha.soc.go.th"),
    _row("TW", _IN, "PDPA art. 19 and 20", "", "https://law.moj.gov.tw/ENG/LawClass/LawAll.aspx?pcode=I0050021"),
    _row("VN", _IN, "Decree 91/2020/ND-CP art. 13", "", "https://vanban.chinhphu.vn"),
    # The Middle East and Africa.
    _row("AE", _IN, "Federal Decree-Law 45/2021 art. 4", "", "https://uaelegislation.gov.ae"),
    _row("EG", _IN, "Law 151/2020 art. 17", "", "https://mcit.gov.eg"),
    _row("IL", _SOFT, "Communications Law s. 30A(b)", "Communications Law s. 30A(c)", "https://www.nevo.co.il/law_html/law01/032_002.htm"),
    _row("KE", _IN, "Data Protection Act 2019 s. 37", "", "https://new.kenyalaw.org"),
    _row("QA", _IN, "Law 13/2016 art. 22", "", "https://www.almeezan.qa"),
    _row("SA", _IN, "PDPL art. 25", "", "https://sdaia.gov.sa"),
    _row("ZA", _SOFT, "POPIA s. 69(1)", "POPIA s. 69(3)", "https://www.gov.za/documents/protection-personal-information-act"),
)  # fmt: skip

#: ISO 3166-1 alpha-2 → its row.
TABLE = {row.code: row for row in ROWS}
