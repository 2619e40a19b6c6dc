"""Who and what the demo installation holds. Names of bodies are known ones; persons and addresses are invented."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.models import ModuleRole, Reach
from app.services.installation import CommissionDetails


class UserState(StrEnum):
    """In which state the first user's password is."""

    active = "active"
    new = "new"
    blocked = "blocked"
    expired = "expired"


@dataclass(frozen=True)
class DemoAccess:
    """Access to a module; `linked` names the coordinator's authority."""

    code: str
    role: ModuleRole = ModuleRole.authority
    linked: str = ""
    suspended: bool = False


@dataclass(frozen=True)
class DemoDelegation:
    """What is delegated to the authority; no codes: all modules."""

    reach: Reach
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class DemoAuthority:
    """An authority with its first user. `by` names the authority that registers it; empty: its NIMIC."""

    name: str
    title: str
    city: str
    first_name: str
    last_name: str
    domain: str
    postal_code: str = ""
    street: str = ""
    entries: tuple[str, ...] = ()
    by: str = ""
    accesses: tuple[DemoAccess, ...] = ()
    delegation: DemoDelegation | None = None
    state: UserState = UserState.active
    deactivated: bool = False
    username: str = ""


_COORDINATOR = ModuleRole.coordinator
COMMISSION = CommissionDetails(
    name="Europa-Kommissionen",
    city="Bruxelles",
    first_name="Elena",
    last_name="Marchetti",
    email="elena.marchetti@kommissionen.example",
    phone="+32 2 555 01 00",
    language="da",
)

NIMICS: dict[str, DemoAuthority] = {
    "DK": DemoAuthority(
        "Erhvervsstyrelsen",
        "National IMI-koordinator i Danmark",
        "København Ø",
        "Henrik",
        "Sørensen",
        "erhvervsstyrelsen.example",
        "2100",
        "Langelinie Allé 17",
        ("services",),
        username="nimicdk001",
    ),
    "SE": DemoAuthority(
        "Kommerskollegium",
        "Nationell IMI-samordnare i Sverige",
        "Stockholm",
        "Astrid",
        "Lindqvist",
        "kommerskollegium.example",
        "113 86",
        "Drottninggatan 89",
        username="nimicse001",
    ),
}

DANISH: tuple[DemoAuthority, ...] = (
    DemoAuthority(
        "Uddannelses- og Forskningsstyrelsen",
        "Anerkendelse af udenlandske uddannelser og erhvervskvalifikationer",
        "København K",
        "Mette",
        "Kjærgaard",
        "ufs.example",
        "1260",
        "Bredgade 40",
        ("education",),
        accesses=(DemoAccess("PQ-REQ", _COORDINATOR), DemoAccess("EPC-CASE", _COORDINATOR)),
        delegation=DemoDelegation(Reach.country),
        username="adgang001",
    ),
    DemoAuthority(
        "Styrelsen for Patientsikkerhed",
        "Autorisation af sundhedspersoner",
        "København S",
        "Anders",
        "Holm",
        "stps.example",
        "2300",
        "Islands Brygge 67",
        ("health",),
        accesses=(DemoAccess("PQ-ALERT", _COORDINATOR), DemoAccess("PAT-REQ", _COORDINATOR)),
        delegation=DemoDelegation(Reach.own, ("PQ-ALERT", "PAT-REQ")),
        username="adgang002",
    ),
    DemoAuthority(
        "Sikkerhedsstyrelsen",
        "Autorisation af håndværksvirksomheder",
        "Esbjerg",
        "Lone",
        "Damgaard",
        "sik.example",
        "6700",
        "Esbjerg Brygge 30",
        ("crafts",),
        by="Uddannelses- og Forskningsstyrelsen",
        accesses=(
            DemoAccess("SERV-REQ", _COORDINATOR),
            DemoAccess("PQ-REQ", linked="Uddannelses- og Forskningsstyrelsen"),
        ),
        username="superb001",
    ),
    DemoAuthority(
        "Arbejdstilsynet",
        "Tilsyn med udstationering af arbejdstagere",
        "København S",
        "Jens",
        "Thorup",
        "at.example",
        "2300",
        "Landskronagade 33",
        ("employment",),
        by="Uddannelses- og Forskningsstyrelsen",
        accesses=(DemoAccess("PW-REQ", _COORDINATOR),),
    ),
    DemoAuthority(
        "Aarhus Kommune",
        "Byggesager og næringsbreve i Aarhus",
        "Aarhus C",
        "Pernille",
        "Østergaard",
        "aarhus.example",
        "8000",
        "Rådhuspladsen 2",
        by="Uddannelses- og Forskningsstyrelsen",
        accesses=(DemoAccess("SERV-REQ", linked="Sikkerhedsstyrelsen"),),
        state=UserState.new,
    ),
    DemoAuthority(
        "Odense Kommune",
        "Erhverv og byggeri i Odense",
        "Odense C",
        "Søren",
        "Brandt",
        "odense.example",
        "5000",
        "Flakhaven 2",
        by="Uddannelses- og Forskningsstyrelsen",
        accesses=(DemoAccess("SERV-REQ", linked="Sikkerhedsstyrelsen"),),
        state=UserState.blocked,
    ),
    DemoAuthority(
        "Sundhedsstyrelsen",
        "Rådgivning om sundhedsfaglige uddannelser",
        "København S",
        "Karen",
        "Mikkelsen",
        "sst.example",
        "2300",
        "Islands Brygge 67",
        ("health",),
        by="Styrelsen for Patientsikkerhed",
        accesses=(DemoAccess("PQ-ALERT", linked="Styrelsen for Patientsikkerhed"),),
    ),
    DemoAuthority(
        "Færdselsstyrelsen",
        "Tilladelser til vejtransport og udstationering af førere",
        "Ribe",
        "Bo",
        "Lauritsen",
        "fstyr.example",
        "6760",
        "Sorsigvej 35",
        ("transport",),
        accesses=(DemoAccess("RTO-REQ", _COORDINATOR), DemoAccess("RTPD-DECL")),
        state=UserState.expired,
    ),
    DemoAuthority(
        "Datatilsynet",
        "Tilsyn med databeskyttelse",
        "Valby",
        "Ida",
        "Vestergaard",
        "datatilsynet.example",
        "2500",
        "Carl Jacobsens Vej 35",
        accesses=(DemoAccess("GDPR-56"), DemoAccess("GDPR-60"), DemoAccess("GDPR-61")),
    ),
    DemoAuthority(
        "Konkurrence- og Forbrugerstyrelsen",
        "Håndhævelse af forbrugerbeskyttelse",
        "Valby",
        "Rasmus",
        "Bæk",
        "kfst.example",
        "2500",
        "Carl Jacobsens Vej 35",
        accesses=(DemoAccess("CPC-REQ", _COORDINATOR), DemoAccess("CPC-ALERT", _COORDINATOR)),
    ),
    DemoAuthority(
        "Slots- og Kulturstyrelsen",
        "Udførsel og tilbagelevering af kulturgoder",
        "Nykøbing F",
        "Vibeke",
        "Nørgaard",
        "slks.example",
        "4800",
        "Fejøgade 1",
        accesses=(DemoAccess("CULT-NOT", suspended=True),),
    ),
    DemoAuthority(
        "Patientombuddet",
        "Tidligere klageinstans på sundhedsområdet",
        "København S",
        "Ole",
        "Frandsen",
        "patientombuddet.example",
        "2300",
        "Islands Brygge 67",
        by="Uddannelses- og Forskningsstyrelsen",
        deactivated=True,
    ),
    DemoAuthority(
        "Region Nordjylland",
        "Sundhed og uddannelse i Nordjylland",
        "Aalborg Ø",
        "Trine",
        "Skov",
        "rn.example",
        "9220",
        "Niels Bohrs Vej 30",
        state=UserState.new,
    ),
)

SWEDISH: tuple[DemoAuthority, ...] = (
    DemoAuthority(
        "Socialstyrelsen",
        "Legitimation för hälso- och sjukvårdspersonal",
        "Stockholm",
        "Oskar",
        "Nyström",
        "socialstyrelsen.example",
        "112 59",
        "Rålambsvägen 3",
        accesses=(DemoAccess("PAT-REQ", _COORDINATOR),),
        username="superbse001",
    ),
)
