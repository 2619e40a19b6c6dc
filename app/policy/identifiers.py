"""The numbers under which countries register bodies, with their check digits (R8): Danish CVR and its like.

A body's number is stored compact, as scheme and value; the rules of each scheme come from python-stdnum.
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

from stdnum.at import businessid, uid
from stdnum.be import vat as be_vat
from stdnum.bg import vat as bg_vat
from stdnum.cy import vat as cy_vat
from stdnum.cz import dic
from stdnum.de import vat as de_vat
from stdnum.dk import cvr
from stdnum.ee import registrikood
from stdnum.es import cif
from stdnum.exceptions import ValidationError
from stdnum.fi import ytunnus
from stdnum.fr import siren, siret
from stdnum.gr import vat as gr_vat
from stdnum.hr import oib
from stdnum.hu import anum
from stdnum.ie import vat as ie_vat
from stdnum.is_ import kennitala
from stdnum.it import iva
from stdnum.li import peid
from stdnum.lt import pvm
from stdnum.lu import tva
from stdnum.lv import pvn
from stdnum.mt import vat as mt_vat
from stdnum.nl import btw
from stdnum.no import orgnr as no_orgnr
from stdnum.pl import nip, regon
from stdnum.pt import nif
from stdnum.ro import cui
from stdnum.se import orgnr as se_orgnr
from stdnum.si import ddv, maticna
from stdnum.sk import dph

LONGEST = 40


class Scheme(NamedTuple):
    """A register of a country: its short name, which is stored, what it is called there, and its rules."""

    code: str
    name: str
    rules: ModuleType


SCHEMES: dict[str, tuple[Scheme, ...]] = {
    "AT": (Scheme("FN", "Firmenbuchnummer", businessid), Scheme("UID", "UID-Nummer", uid)),
    "BE": (Scheme("KBO", "Ondernemingsnummer / Numéro d'entreprise", be_vat),),
    "BG": (Scheme("EIK", "ЕИК / ДДС номер", bg_vat),),
    "CY": (Scheme("FPA", "Αριθμός ΦΠΑ", cy_vat),),
    "CZ": (Scheme("ICO", "IČO / DIČ", dic),),
    "DE": (Scheme("USTID", "USt-IdNr.", de_vat),),
    "DK": (Scheme("CVR", "CVR-nummer", cvr),),
    "EE": (Scheme("RK", "Registrikood", registrikood),),
    "ES": (Scheme("NIF", "NIF", cif),),
    "FI": (Scheme("YT", "Y-tunnus / FO-nummer", ytunnus),),
    "FR": (Scheme("SIREN", "SIREN", siren), Scheme("SIRET", "SIRET", siret)),
    "GR": (Scheme("AFM", "ΑΦΜ", gr_vat),),
    "HR": (Scheme("OIB", "OIB", oib),),
    "HU": (Scheme("ADO", "Adószám", anum),),
    "IE": (Scheme("VAT", "VAT number", ie_vat),),
    "IS": (Scheme("KT", "Kennitala", kennitala),),
    "IT": (Scheme("IVA", "Partita IVA", iva),),
    "LI": (Scheme("PEID", "PEID", peid),),
    "LT": (Scheme("PVM", "PVM mokėtojo kodas", pvm),),
    "LU": (Scheme("TVA", "Numéro TVA", tva),),
    "LV": (Scheme("PVN", "PVN reģistrācijas numurs", pvn),),
    "MT": (Scheme("VAT", "VAT number", mt_vat),),
    "NL": (Scheme("BTW", "Btw-nummer", btw),),
    "NO": (Scheme("ORGNR", "Organisasjonsnummer", no_orgnr),),
    "PL": (Scheme("NIP", "NIP", nip), Scheme("REGON", "REGON", regon)),
    "PT": (Scheme("NIF", "NIF / NIPC", nif),),
    "RO": (Scheme("CUI", "CUI / CIF", cui),),
    "SE": (Scheme("ORGNR", "Organisationsnummer", se_orgnr),),
    "SI": (Scheme("DDV", "Davčna številka", ddv), Scheme("MAT", "Matična številka", maticna)),
    "SK": (Scheme("DPH", "IČ DPH", dph),),
}
OTHER = "OTHER"  # any other number, of which nobody knows the check digits


def schemes_of(country_code: str | None) -> tuple[Scheme, ...]:
    """The registers of the country; none where there is no country."""
    return SCHEMES.get(country_code or "", ())


def scheme_of(country_code: str | None, code: str) -> Scheme | None:
    """The register of that short name; None for any other number."""
    return next((scheme for scheme in schemes_of(country_code) if scheme.code == code), None)


def compact(country_code: str | None, code: str, value: str) -> str:
    """The number as it is stored; an empty text where its check digits, length or form are wrong."""
    text = "".join(value.split())[: 2 * LONGEST]
    scheme = scheme_of(country_code, code)
    if scheme is None:
        bare = "".join(c for c in text.upper() if c.isalnum())
        return bare if code == OTHER and len(bare) <= LONGEST else ""
    try:
        return str(scheme.rules.validate(text))
    except ValidationError:
        return ""
