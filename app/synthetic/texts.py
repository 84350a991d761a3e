"""Names and texts of synthesized records: words of the field, the first ones most often, and places that do not exist.

The sentences have no meaning. There are only so many titles, sentences and places, so that a text that comes again need not be
tokenized again.
"""

from functools import cache

from app.synthetic.seeded_random import SeededRandom

COMMON_WORD = "peacekeeping"
"""A word that every sentence contains."""
VOCABULARY = """
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
WORDS = tuple(VOCABULARY.split())
WEIGHTED_WORDS = tuple(word for rank, word in enumerate(WORDS, 1) for _ in range(max(1, 600 // rank)))
"""Each word as often as it is to be drawn, so that one uniform draw is enough."""
OPENINGS = ("joint", "united", "regional", "integrated", "interim", "national", "local", "civilian", "hybrid", "provisional")
SOUNDS = "ba do ka li mo na ru sa te vu za bi ko la mi no ri su ta yo"
SYLLABLES = tuple(SOUNDS.split())
PLACES, SENTENCES, TITLES = 8_000, 5_000, 10_000
MIN_WORDS, MAX_WORDS = 14, 26
"""Words of a sentence: from `MIN_WORDS` to `MAX_WORDS` - 1."""


def random_title(random: SeededRandom) -> str:
    """Draw one of the titles."""
    return random.choice(_titles())


def random_sentence(random: SeededRandom) -> str:
    """Draw one of the sentences."""
    return random.choice(_sentences())


def random_place(random: SeededRandom) -> str:
    """Draw one of the places by Zipf's law: a few are mentioned often, most hardly ever."""
    number, name = random.zipf_index(PLACES), ""
    for _ in range(3):
        number, syllable = divmod(number, len(SYLLABLES))
        name += SYLLABLES[syllable]
    return name.capitalize()


def make_acronym(name: str, number: int) -> str:
    """Return the initials of a name and a number that tells it from equal initials, in groups so that few words are new."""
    return f"{''.join(word[0] for word in name.split()).upper()}-{number // 1000}-{number % 1000:03}"


@cache
def _titles() -> list[str]:
    random = SeededRandom("titles")
    return [_make_title(random) for _ in range(TITLES)]


@cache
def _sentences() -> list[str]:
    random = SeededRandom("sentences")
    return [_make_sentence(random) for _ in range(SENTENCES)]


def _make_title(random: SeededRandom) -> str:
    """Return two to four words and a place."""
    words = [random.choice(OPENINGS), *random.choices(WEIGHTED_WORDS, 1 + random.below(3))]
    return f"{' '.join(words).capitalize()} in {random_place(random)}"


def _make_sentence(random: SeededRandom) -> str:
    """Return words with `COMMON_WORD` among them, and in two of five sentences a place."""
    words = random.choices(WEIGHTED_WORDS, MIN_WORDS + random.below(MAX_WORDS - MIN_WORDS))
    words[random.below(len(words))] = COMMON_WORD
    place = f" in {random_place(random)}" if random.is_within(40) else ""
    return f"{' '.join(words).capitalize()}{place}."
