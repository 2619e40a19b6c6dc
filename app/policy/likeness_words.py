"""Words of names of authorities, as the comparison of names sees them: a small table, in several languages (R8).

Compared as `squeezed` writes words: folded, repeated letters once, æ and ø as a and o.
"""

from __future__ import annotations


def squeezed(word: str) -> str:
    """The word with repeated letters once, and æ and ø as those write them who have no such keys."""
    bare = word.replace("ae", "a").replace("oe", "o")
    return "".join(letter for at, letter in enumerate(bare) if at == 0 or letter != bare[at - 1])


def _all(words: str) -> frozenset[str]:
    return frozenset(squeezed(word) for word in words.split())


# Say nothing about which body it is.
LEFT_OUT = _all(
    "for of the og and i in af under ved til pa med hos den det de der die das des dem du la le les l d et und fur von"
    " y e del della di van vor och med ja pre na o un s"
    " as aps is ps ks si ivs amba smba ab oy ag gmbh ltd limited plc inc bv nv sa srl spa kft"
)

# Written short, written out.
SHORT_FOR = {
    "adm": "administration",
    "afd": "afdeling",
    "dept": "department",
    "dep": "department",
    "dir": "direktorat",
    "dk": "danmark",
    "forv": "forvaltning",
    "inst": "institut",
    "int": "international",
    "kbh": "kobenhavn",
    "kom": "kommune",
    "lab": "laboratorium",
    "min": "ministerium",
    "myn": "myndighed",
    "nat": "national",
    "reg": "region",
    "sekr": "sekretariat",
    "sty": "styrelsen",
    "styr": "styrelsen",
    "uni": "universitet",
    "tils": "tilsynet",
    "univ": "universitet",
    "vet": "veterinar",
}

# Names of places and countries that are written otherwise in other languages.
OTHER_NAMES = {
    "copenhagen": "kobenhavn",
    "kopenhagen": "kobenhavn",
    "elsinore": "helsingor",
    "funen": "fyn",
    "jutland": "jyland",
    "zealand": "sjaland",
    "gothenburg": "goteborg",
    "munich": "munchen",
    "cologne": "koln",
    "vienna": "wien",
    "lisbon": "lisboa",
    "prague": "praha",
    "warsaw": "warszawa",
    "rome": "roma",
}

# Many bodies have these words: they weigh little.
WEAK = _all(
    "danmark danmarks danske dansk danish denmark statens stat staten state national nationale nationalt nationella"
    " federal bundes kongelig kongelige royal offentlig offentlige public central centrale general generel faelles"
    " swedish svensk svenska sverige norsk norge norwegian finland suomen deutsche german"
)

# The kinds of bodies, each with the words that name it. Two bodies of different kinds are two bodies.
_KINDS = {
    "kommune": "kommune kommunen kommuner kommunes kommun municipality municipal comune commune gemeinde gmina obec",
    "region": "region regionen regionens regional regions",
    "county": "amtskommune fylke fylkeskommune county lan landkreis",
    "ministerium": "ministerium ministeriet ministry departement departementet ministere ministerie",
    "styrelse": "styrelse styrelsen styrelsens styrelserne styrelser agency bestyrelsen verket agence amt",
    "myndighed": "myndighed myndigheden myndighet myndigheten authority behorde board body office bureau",
    "tilsyn": "tilsyn tilsynet tilsynets inspectorate inspection inspektion inspektionen inspektorat inspektoratet",
    "direktorat": "direktorat direktoratet directorate direktion direction",
    "forvaltning": "forvaltning forvaltningen administration administrationen",
    "navn": "navn navnet navnene tribunal",
    "rad": "rad radet council",
    "center": "center centret centeret centre centrum centrene",
    "institut": "institut instituttet institute institution institutet",
    "universitet": "universitet universitetet university universitat",
    "hospital": "hospital hospitalet sygehus sygehuset sykehus sjukhus krankenhaus",
    "skole": "skole skolen school skola gymnasium",
    "politi": "politi politiet police polis polizei politikreds",
    "ret": "byret landsret domstol domstolen court",
    "afdeling": "afdeling afdelingen department division enhed enheden unit kontor kontoret",
    "sekretariat": "sekretariat sekretariatet secretariat",
    "kamer": "kamer kamret chamber",
    "fond": "fond fonden fund foundation",
    "bibliotek": "bibliotek biblioteket biblioteker library",
    "museum": "museum museet",
}
# Named after their place alone: a further word names a part of them.
PLACES = frozenset({"kommune", "region", "county"})
# Goes with every kind: what a translation calls a body.
ANY_KIND = "myndighed"


KIND_OF = {squeezed(word): kind for kind, words in _KINDS.items() for word in words.split()}

# Kinds that stand at the end of a word in Danish, Swedish and German: Sikkerhedsstyrelsen is styrelsen for sikkerhed.
_IN_COMPOUNDS = "styrelse ministerium tilsyn direktorat forvaltning navn rad center institut afdeling sekretariat"
ENDINGS = sorted(
    (word for word, kind in KIND_OF.items() if kind in _IN_COMPOUNDS.split() and len(word) > 4), key=len, reverse=True
)

# Two words that differ in these alone are two places or two things, however alike they look.
OPPOSITES = (
    _all("nord syd ost vest midt oster vester norre sonder soner norder central north south east west"),
    _all("ny gammel gl stor lille store old new"),
    _all("ovre nedre indre ydre for bag upper lower inner outer"),
    _all("by land lands stats kreds"),
)
