"""Languages: which one a text is written in, by its commonest words or its script. Too little text is told as such."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

from secondline.evals.text.words import words

PROFILES = {
    "en": (
        "i am do so you my no does about the of and to in is that it for was on are as with his they at be this have "
        "from or by not but what all were we when your can said there use an each which their if will how cannot our "
        "would"
    ),
    "de": (
        "der die das und ist nicht ein eine zu den mit sich auf f\u00fcr sie im dem von des auch es an werden aus "
        "er hat dass wir ich bei einer um am sind noch wie einem \u00fcber kann ihre ihr wenn nur oder bitte "
        "k\u00f6nnen"
    ),
    "fr": (
        "le la les des et est un une du en que qui dans pour pas ne sur au plus par avec ce il sont se vous "
        "nous je votre mais ou cette aux d'une l'on sa ses \u00eatre pouvez peux"
    ),
    "es": (
        "el la los las de y que en un una es no se del por con para su al lo como m\u00e1s o pero sus le ya este "
        "si porque esta entre cuando muy sin sobre puede usted yo est\u00e1 son"
    ),
    "it": (
        "il di che la e un una per non in sono mi si lo ha con ma i da del della al come le gli alla dei nel "
        "pi\u00f9 pu\u00f2 questo essere posso lei suo sua anche"
    ),
    "nl": (
        "de het een en van in is dat op te niet met voor zijn aan er om ook als bij maar dan ze hij heeft "
        "naar uit nog wel kan deze worden u uw wij ik door over"
    ),
    "pt": (
        "o a os as de e que em um uma \u00e9 n\u00e3o do da para com por se no na mais dos como mas ao sua seu ou ser "
        "quando muito pelo pela pode voc\u00ea n\u00f3s est\u00e1 s\u00e3o"
    ),
    "pl": (
        "w i na z \u017ce nie do to si\u0119 jest o jak ale za od po przez jego tym"
        " by\u0107 czy dla jako mo\u017ce ma s\u0105"
        " lub oraz"
    ),
}
SPOKEN = {
    word: [code for code, said in PROFILES.items() if word in said.split()]
    for word in {word for said in PROFILES.values() for word in said.split()}
}
"""The languages to whose commonest words a word belongs."""
SCRIPTS = {
    "CYRILLIC": "ru", "GREEK": "el", "ARABIC": "ar", "HEBREW": "he", "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko",
    "CJK": "zh", "DEVANAGARI": "hi", "THAI": "th",
}  # fmt: skip
FEWEST, LEAD = 3, 1.3
FOREIGN = 0.5


@lru_cache(maxsize=2_048)
def language_of(text: str) -> str:
    """Return the two-letter code of the language of a text, or "" where there is too little to tell.

    Texts in Latin letters are told by the share of their words that are among the commonest of a language, which needs
    three such words and a lead over the second; others by their script, which names its commonest language only.
    """
    if code := _by_script(text):
        return code
    hits = Counter(code for word in words(text) for code in SPOKEN.get(word, ()))
    (code, most), (_, second), *_ = [*hits.most_common(2), ("", 0), ("", 0)]
    return code if most >= FEWEST and most >= LEAD * second else ""


def _by_script(text: str) -> str:
    if text.isascii():
        return ""
    letters = [c for c in text[:4_000] if c.isalpha()]
    foreign = [c for c in letters if ord(c) > 0x24F]  # noqa: PLR2004 - the end of the Latin letters of Europe
    if len(foreign) <= FOREIGN * len(letters):
        return ""
    scripts = Counter(unicodedata.name(c, "?").split()[0] for c in foreign)
    if scripts["HIRAGANA"] + scripts["KATAKANA"]:
        return "ja"
    return next((SCRIPTS[s] for s, _ in scripts.most_common() if s in SCRIPTS), "")
