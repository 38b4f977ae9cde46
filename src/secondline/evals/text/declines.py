"""Declines: whether an answer declines to answer, by patterns of its language; a language without them is not judged.

Patterns read the whole sentence, so that "I cannot find a fee" declines and "you cannot be charged a fee" does not.
tests/evals/text/test_declines.py holds the sentences they were calibrated on, with the errors that were left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from secondline.evals.text.languages import language_of
from secondline.evals.text.words import Span, content, plain, sentences

How = Literal["answered", "declined", "partly", "empty", "unknown"]
_CANT = r"(?:can(?:no|')t|can not|am (?:not able|unable|not in a position|not permitted|not allowed) to|(?:could|do|will|would|must|may) not|(?:won|don|couldn|mustn)'t|have to decline|must decline)"  # noqa: E501 - one word of a pattern
PATTERNS = {
    "en": (
        rf"\b(?:i|we)(?: am| are|'m|'re)?(?: (?:really|very|so))? (?:sorry|afraid|apologi[sz]e)\b.*\b(?:can(?:no|')t|cannot|unable|not|no|don't|isn't|couldn't|won't)\b",
        r"^(?:i'm |i am |we are |we're )?(?:sorry|afraid)\b.*\b(?:can(?:no|')t|unable|not able|not something|no information|don't|not covered|couldn't|won't)\b",
        rf"\b(?:i|we)(?: also| therefore| simply| really| still)? {_CANT}"
        r"(?: \w+){0,2} (?:help|assist|answer|provide|give|share|disclose|reveal|comply|discuss|advise|recommend|say|tell|find|do that|do this|"
        r"process|confirm|support|comment|engage|fulfil|fulfill|offer|access|determine|speculate|verify|see|complete|proceed|make|have|know|continue|ignore|act|help with)\b",
        rf"\b(?:i|we)(?:'m| am|'re| are) (?:not able|unable|not permitted|not allowed|not in a position|not authori[sz]ed)\b",
        r"\b(?:i|we) (?:have|found|find|see) (?:no|insufficient|not enough) (?:\w+ ){0,2}(?:information|passage|document|source|policy|answer|data|mention|record|details?|evidence)\b",
        r"\b(?:documents?|passages?|sources?|context|policy|policies|materials?|text|extracts?|information)\b(?: \w+){0,4} (?:do(?:es)? not|doesn't|don't|did not) "
        r"(?:contain|say|mention|cover|state|specify|address|provide|include|give|tell|answer|describe|list)\b",
        r"\b(?:there is|there's|there was) (?:no|not enough|nothing|insufficient) (?:\w+ ){0,3}(?:information|mention|answer|data|details?|in the|about)\b",
        r"\b(?:is|are) (?:not|nowhere) (?:\w+ )?(?:covered|mentioned|stated|specified|addressed|answered|available|found|included|given)\b.*\b(?:documents?|passages?|context|sources?|policy|materials?|information)\b",
        r"\bnot (?:something|able|a question) (?:that )?(?:i|we) (?:can|am|are|could)\b",
        r"\b(?:outside|beyond|out of) (?:of )?(?:my|the|our|this) (?:scope|remit|role|knowledge|documents?|policy|policies|ability)\b",
        r"\bi (?:must|have to|need to|will|'ll) (?:respectfully |politely )?(?:decline|refuse)\b|\bi (?:decline|refuse) to\b|\b(?:request|question) (?:is|was|has been) (?:declined|refused|blocked|denied)\b",
        r"\bi(?: do not|'m not|don't| am not) (?:know|sure|aware|certain)\b",
        r"^(?:no answer|not found|no information|unanswerable|n/a|unknown)\b",
    ),
    "de": (
        r"\b(?:ich|wir) (?:kann|k\u00f6nnen|darf|d\u00fcrfen|m\u00f6chte|werde|werden)\b.*\b(?:nicht|keine?[nrms]?|leider)\b",
        r"\b(?:leider|bedauerlicherweise|es tut mir leid|tut mir leid|entschuldigung)\b.*\b(?:nicht|kein\w*|nichts)\b",
        r"\b(?:kann|k\u00f6nnen|darf|d\u00fcrfen) (?:ich|wir)\b.*\b(?:nicht|kein\w*)\b",
        r"\b(?:dokumente?n?|unterlagen|quellen?|texte?|kontext|richtlinien?|informationen)\b.*\b(?:nicht|kein\w*|nichts)\b.*\b(?:enthalten|hervor|angegeben|erw\u00e4hnt|genannt|angaben|informationen|aussage|entnehmen)\b",
        r"\b(?:enth\u00e4lt|enthalten|finden sich|liegen)\b.*\bkeine\b.*\b(?:angaben?|informationen?|aussagen?|hinweise?|antwort)\b",
        r"\b(?:wei\u00df ich nicht|ich wei\u00df (?:es|das) nicht|nicht beantworten|au\u00dferhalb meine[rs])\b",
    ),
    "fr": (
        r"\b(?:je|nous) (?:ne|n')\s?(?:\w+ ){0,2}?(?:peux|puis|pouvons|suis|sommes|sais|dispose|disposons|trouve|trouvons|ai|avons|vois|souhaite)\b.*\b(?:pas|aucun\w*|rien|plus)\b",
        r"\b(?:je|nous) ne (?:peux|puis|pouvons|saurais|saurions)\b",
        r"\bje n'ai (?:pas|aucune?)\b|\bil m'est impossible\b|\bje refuse\b|\bje dois (?:refuser|d\u00e9cliner)\b",
        r"\b(?:d\u00e9sol\u00e9e?s?|malheureusement|regrette|excuse[zr]?)\b.*\b(?:pas|aucun\w*|impossible|ne)\b",
        r"\b(?:documents?|sources?|passages?|texte|contexte|politique|informations?)\b.*\bne?\b.*\b(?:contien\w+|mentionn\w+|pr\u00e9cis\w+|indiqu\w+|permet\w*|couvr\w+|fourni\w+)\b.*\b(?:pas|aucun\w*)\b",
        r"\b(?:n'est|ne sont|n'a) pas (?:\w+ )?(?:mentionn\u00e9\w*|pr\u00e9cis\u00e9\w*|indiqu\u00e9\w*|couvert\w*|disponible\w*|fourni\w*)\b",
    ),
    "es": (
        r"\bno (?:puedo|podemos|me es posible|nos es posible|estoy autorizad\w+|tengo|tenemos|dispongo|disponemos|encuentro|encontramos|s\u00e9|sabemos|debo)\b",
        r"\b(?:lo siento|lamento|lamentamos|lamentablemente|desafortunadamente|disculp\w+)\b.*\b(?:no|ning\u00fan\w*|imposible)\b",
        r"\b(?:documentos?|fuentes?|pasajes?|texto|contexto|pol\u00edtica|informaci\u00f3n)\b.*\bno (?:contien\w+|mencion\w+|especific\w+|indic\w+|incluy\w+|cubr\w+|proporcion\w+|dic\w+)\b",
        r"\bno (?:hay|existe|existen|consta|se menciona|se indica|se especifica|aparece)\b.*\b(?:informaci\u00f3n|documentos?|datos|respuesta|pol\u00edtica|contexto|menci\u00f3n)\b",
    ),
    "it": (
        r"\bnon (?:posso|possiamo|sono in grado|siamo in grado|mi \u00e8 possibile|sono autorizzat\w+|ho|abbiamo|dispongo|trovo|so|saprei)\b",
        r"\b(?:mi dispiace|spiacent\w|purtroppo|mi scuso)\b.*\b(?:non|nessun\w*|impossibile)\b",
        r"\b(?:document\w+|font\w|testo|contesto|politica|informazion\w)\b.*\bnon (?:conten\w+|menzion\w+|specific\w+|indic\w+|riport\w+|fornisc\w+|copr\w+|dic\w+)\b",
    ),
    "nl": (
        r"\b(?:ik|wij|we) (?:kan|kunnen|mag|mogen|wil|zal|heb|hebben|vind|weet)\b.*\b(?:niet|geen|niets)\b",
        r"\b(?:kan|mag) ik\b.*\b(?:niet|geen)\b",
        r"\b(?:helaas|sorry|spijt me|excuses)\b.*\b(?:niet|geen|niets)\b",
        r"\b(?:documenten?|bronnen?|tekst|context|beleid|informatie)\b.*\b(?:niet|geen|niets)\b.*\b(?:vermeld\w*|bevat\w*|genoemd|informatie|staat|beschreven|opgenomen)\b",
        r"\b(?:bevat|bevatten|vermeldt|staat)\b.*\b(?:geen|niets|niet)\b",
    ),
    "pt": (
        r"\bn\u00e3o (?:posso|podemos|consigo|conseguimos|me \u00e9 poss\u00edvel|estou autorizad\w+|tenho|temos|disponho|encontro|encontrei|sei|sabemos|devo)\b",
        r"\b(?:lamento|lamentamos|desculp\w+|infelizmente|sinto muito)\b.*\b(?:n\u00e3o|nenhum\w*|imposs\u00edvel)\b",
        r"\b(?:documentos?|fontes?|texto|contexto|pol\u00edtica|informa\u00e7\w+)\b.*\bn\u00e3o (?:cont\w+|mencion\w+|especific\w+|indic\w+|inclu\w+|cobr\w+|fornec\w+|diz\w*)\b",
    ),
}  # fmt: skip
COMPILED = {code: tuple(re.compile(p) for p in patterns) for code, patterns in PATTERNS.items()}
"""By two-letter code; over plain text (`words.plain`), sentence by sentence."""
OFFERED = re.compile(
    r"\b(?:please (?:contact|call|speak|ask|consult|refer|reach|visit)|(?:you )?(?:can|may|should) (?:contact|call|speak|consult|ask|reach|refer)|if you (?:have|need|would|want)"
    r"|i (?:can|could|would be happy to|am happy to) (?:help|tell|explain|instead)|let me know|is there anything|for your (?:security|safety|protection)|customer service|human (?:agent|colleague|adviser)"
    r"|happy to help|transfer you|bitte wenden|wenden sie sich|gerne helfe|veuillez (?:contacter|consulter)|n'h\u00e9sitez pas|adressez-vous|p\u00f3ngase en contacto|contacte|si rivolga|contatti|neem contact|entre em contato)\b"
)  # fmt: skip
MORE = 6
"""Words of content beside the decline and its courtesies from which on something was answered too."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How an answer took its question: answered, declined, partly (declined and yet answered), empty; or unknown,
    where its language has no patterns. ``span`` is the sentence that declines."""

    how: How
    span: Span = (0, 0)
    language: str = ""

    @property
    def declined(self) -> bool | None:
        """Whether nothing was answered; None where that cannot be told."""
        return None if self.how == "unknown" else self.how in {"declined", "empty"}


@lru_cache(maxsize=8_192)
def reading(text: str, language: str = "") -> Reading:
    """Return how an answer takes its question; *language* stands in where the text is too short to tell its own.

    Partly: a sentence declines, and the others say more than courtesies and whom to ask instead.
    """
    if not text.strip():
        return Reading("empty", language=language)
    code = language_of(text) or language[:2].lower()
    if code not in COMPILED:
        return Reading("unknown", language=code)
    declining: list[Span] = []
    more: set[str] = set()
    for start, end in sentences(text):
        said = plain(text[start:end])
        if any(pattern.search(said) for pattern in COMPILED[code]):
            declining.append((start, end))
        elif not OFFERED.search(said):
            more |= content(text[start:end])
    if not declining:
        return Reading("answered", language=code)
    return Reading("partly" if len(more) >= MORE else "declined", declining[0], code)
