"""Names of Danish authorities for measurements: real-looking, made from lists of words, the same at every run."""

from __future__ import annotations

from itertools import product


def _words(text: str) -> list[str]:
    return text.split()


PLACES = _words(
    """
    Albertslund Allerød Assens Ballerup Billund Brøndby Brønderslev Dragør Egedal Esbjerg Faaborg Favrskov
    Faxe Fredensborg Fredericia Frederiksberg Frederikshavn Frederikssund Furesø Gentofte Gladsaxe Glostrup
    Greve Gribskov Guldborgsund Haderslev Halsnæs Hedensted Helsingør Herlev Herning Hillerød Hjørring Holbæk
    Holstebro Horsens Hvidovre Hørsholm Ikast Ishøj Jammerbugt Kalundborg Kerteminde Kolding København Køge
    Langeland Lejre Lemvig Lolland Lyngby Læsø Mariagerfjord Middelfart Morsø Norddjurs Nordfyn Nyborg Næstved
    Odder Odense Odsherred Randers Rebild Ringkøbing Ringsted Roskilde Rudersdal Rødovre Samsø Silkeborg
    Skanderborg Skive Slagelse Solrød Sorø Stevns Struer Svendborg Syddjurs Sønderborg Thisted Tønder Tårnby
    Vallensbæk Varde Vejen Vejle Vesthimmerland Viborg Vordingborg Ærø Aabenraa Aalborg Aarhus Ribe Nakskov
    Grenaa Skagen Nibe Hobro Bogense Maribo Stege Nexø Rønne Ebeltoft Løgstør Hirtshals Brande Give Grindsted
    Otterup Ringe Haslev Præstø Nykøbing Jyderup Tisvilde Humlebæk Birkerød Farum Værløse Hvalsø Kirke
    Sakskøbing Rødby Marstal Rudkøbing Bredebro Gråsten Nordborg Augustenborg Vojens Gram Toftlund Rødekro
    Hammel Hinnerup Hadsten Bjerringbro Kjellerup Karup Vinderup Ulfborg Hanstholm Fjerritslev Sæby
    Dronninglund Hadsund Støvring
    """
)

TASKS = _words(
    """
    Patientsikkerhed Forsyning Arbejdsmarked Rekruttering Dataforsyning Infrastruktur Uddannelse Kvalitet
    Forskning Innovation Natur Skov Miljø Kystbeskyttelse Fødevarer Landbrug Fiskeri Søfart Luftfart Jernbane
    Færdsel Trafik Byggeri Bolig Plan Energi Klima Erhverv Konkurrence Forbrugere Patent Varemærker Sikkerhed
    Beredskab Indkøb Digitalisering Statistik Geodata Kultur Slotte Kirke Familie Børn Social Sundhed
    Lægemidler Hospitaler Tandpleje Dyrevelfærd Planter Kemi Affald Vand Spildevand Gas Elnet
    Telekommunikation Post Medier Ophavsret Spil Alkohol Told Skat Vurdering Inddrivelse Motor Kriminalforsorg
    Udlændinge Integration Hjemsendelse Pas Våben Arbejdsmiljø Pension Barsel Sygedagpenge Revision Regnskab
    Tilskud Udbud Arkiv Bibliotek Museum Idræt Frivillighed Turisme Eksport Udvikling Havne Veje Broer
    Parkering Taxi Færger Drikkevand Fredning Jagt Grundvand Råstoffer Støj Asbest Elevatorer Kraner
    Trykudstyr Fyrværkeri Detailhandel Ejendomsmægling Håndværk Autorisation Anerkendelse Psykologi Jordemødre
    Optik Fysioterapi
    """
)

UNITS = _words(
    """
    Borgerservice Jobcenter Byggesager Biblioteker Musikskole Ældrepleje Hjemmepleje Sundhedscenter
    Ungdomsskole Familieafdeling Børnehuse Skoleforvaltning Vejafdeling Parkvæsen Miljøkontor Naturafdeling
    Byplan Ejendomskontor Erhvervsservice Næringsbreve Kulturforvaltning Idrætskontor Beredskab Renovation
    Vandværk Varmeværk Havnekontor Socialpsykiatri Misbrugscenter Handicapafdeling Tandpleje Sundhedspleje
    Hjælpemiddelcentral Visitation Pensionskontor Boligkontor Integrationsenhed Ydelseskontor Opkrævning
    Regnskabsafdeling Personalekontor Indkøbskontor Sekretariat Digitalisering Arkiv Museum Trafikkontor
    Parkeringskontrol Færgedrift Turistkontor Landbrugskontor Skovkontor Kystkontor Klimasekretariat
    Energikontor Affaldskontor Levnedsmiddelkontrol Dyreinternat Krematorium Kirkegårde Valgkontor
    """
)

SCHOOLS = _words(
    """
    Folkeskole Friskole Gymnasium Privatskole Efterskole Handelsskole Landbrugsskole Sygehus Politi Byret
    Provsti Museum Havn Lufthavn Brandvæsen Børnehave Plejehjem Svømmehal Vandforsyning Fjernvarme
    """
)


def municipalities() -> list[str]:
    """Aarhus Kommune."""
    return [f"{place} Kommune" for place in PLACES]


def agencies() -> list[str]:
    """Styrelsen for Natur og Skov, Færdselstilsynet, Energinævnet."""
    pairs = [f"Styrelsen for {one} og {other}" for one, other in product(TASKS, TASKS) if one < other]
    kinds = [f"{task}{ending}" for task in TASKS for ending in ("styrelsen", "tilsynet", "nævnet", "rådet")]
    return [f"Styrelsen for {task}" for task in TASKS] + kinds + pairs


def units() -> list[str]:
    """Aarhus Kommune, Borgerservice; Aarhus Folkeskole; Aarhus Kommune, Borgerservice 2."""
    of_towns = [f"{place} Kommune, {unit}" for place in PLACES for unit in UNITS]
    schools = [f"{place} {school}" for place in PLACES for school in SCHOOLS]
    numbered = [f"{place} Kommune, {unit} {number}" for number in range(2, 12) for place in PLACES for unit in UNITS]
    return of_towns + schools + numbered


def names(number: int) -> list[str]:
    """So many different names, of all kinds, those of which there are few first."""
    found = dict.fromkeys([*municipalities(), *agencies(), *units()])
    if len(found) < number:
        raise ValueError(f"There are {len(found)} names only.")
    return list(found)[:number]
