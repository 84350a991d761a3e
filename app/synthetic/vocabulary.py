"""What synthesized texts say: words of the field, the commoner the earlier, and places that are nowhere.

Makes titles and sentences, not sense.
"""

from functools import cache

from app.synthetic.chance import Chance

EVERYWHERE = "peacekeeping"
"""The word that every sentence holds."""
SAID = """
security reform mission forces support police training local civilian mandate justice sector community trust
military government governance institutions capacity operation national conflict protection staff unit council
election law partner patrol defence resource oversight stability rule regional ceasefire observer army budget
accountability intelligence dialogue ownership gender human rights violence peace border militia settlement court
prison weapons disarmament reintegration demobilization return refugee camp convoy logistics helicopter battalion
headquarters adviser mentor curriculum recruit vetting payroll parliament ministry minister commission inquiry
amnesty transition constitution referendum census registration voter party coalition spoiler insurgent faction
warlord cattle pasture harvest market road bridge port airfield fuel water clinic school teacher youth women elder
chief clan village district province capital frontier valley river coast island highland desert forest mine
diamond timber smuggling checkpoint curfew riot siege raid ambush grenade mortar rocket landmine detonator survey
clearance drone radar radio satellite signal interpreter translation rumour broadcast newspaper petition boycott
strike sanction embargo tribunal verdict appeal witness archive ombudsman audit procurement tender contract donor
pledge trustee fund loan debt currency tax customs tariff invoice ledger drawdown handover sunset renewal
benchmark deadline communique memorandum annex protocol accord truce armistice partition enclave corridor
"""
WORDS = tuple(SAID.split())
OPENINGS = ("joint", "united", "regional", "integrated", "interim", "national", "local", "civilian", "hybrid", "provisional")
SOUNDS = "ba do ka li mo na ru sa te vu za bi ko la mi no ri su ta yo"
SYLLABLES = tuple(SOUNDS.split())
PLACES, SENTENCES, TITLES = 8_000, 5_000, 10_000
DECK = tuple(word for rank, word in enumerate(WORDS, 1) for _ in range(max(1, 600 // rank)))
"""The words as often as they come up, so that one draw is enough."""
SHORTEST, LONGEST = 14, 26


def title(chance: Chance) -> str:
    """One of so many names: a text that comes again need not be taken apart again."""
    return chance.one_of(_titles())


def sentence(chance: Chance) -> str:
    """One of so many sentences."""
    return chance.one_of(_sentences())


@cache
def _titles() -> list[str]:
    chance = Chance("titles")
    return [_title(chance) for _ in range(TITLES)]


@cache
def _sentences() -> list[str]:
    chance = Chance("sentences")
    return [_sentence(chance) for _ in range(SENTENCES)]


def _title(chance: Chance) -> str:
    """Two to four words, and a place."""
    words = [chance.one_of(OPENINGS), *chance.some_of(DECK, 1 + chance.below(3))]
    return f"{' '.join(words).capitalize()} in {place(chance)}"


def _sentence(chance: Chance) -> str:
    """Words, with the one that all sentences hold among them, and now and then a place."""
    words = chance.some_of(DECK, SHORTEST + chance.below(LONGEST - SHORTEST))
    words[chance.below(len(words))] = EVERYWHERE
    where = f" in {place(chance)}" if chance.in_100(40) else ""
    return f"{' '.join(words).capitalize()}{where}."


def place(chance: Chance) -> str:
    """One of so many places, some of them much spoken of, most of them hardly ever."""
    number, made = chance.rank(PLACES), ""
    for _ in range(3):
        number, syllable = divmod(number, len(SYLLABLES))
        made += SYLLABLES[syllable]
    return made.capitalize()


def acronym(name: str, number: int) -> str:
    """The initials of a name, and a number that tells it from others of these initials, in groups so that few words are new."""
    return f"{''.join(word[0] for word in name.split()).upper()}-{number // 1000}-{number % 1000:03}"
