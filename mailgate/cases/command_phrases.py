"""What customers may say to the gate in their own language: with a slash before it, or as the whole of their mail.

A mail counts as said only if, without greeting, thanks and name, nothing is left of it but one of these phrases; a
question counts as none. Each shipped language (`templates/letters/`) has phrases for every command of a customer's.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Final

from mailgate.cases.command_values import Unreadable, read_value
from mailgate.cases.command_words import USAGE, Command, Speaker, Takes, Word

# Of a priority only the label: behind it comes its number or name, in one word.
PHRASES: Final[Mapping[str, Mapping[Word, tuple[str, ...]]]] = {
    "en": {
        Word.CLOSE: (
            "close", "close it", "close this", "close the case", "close this case", "close my case", "close the ticket",
            "close this ticket", "close my ticket", "you can close it", "you can close this", "you can close the case",
            "you can close this case", "you can close the ticket", "you can close this ticket", "you may close it",
            "you may close this", "you may close the case", "you may close this case", "it can be closed",
            "this can be closed", "the case can be closed", "this case can be closed", "the ticket can be closed",
            "this ticket can be closed", "solved", "resolved", "fixed", "solved close", "resolved close",
            "fixed close", "problem solved", "issue resolved", "problem solved close",
            "issue resolved close", "it is solved", "it is resolved", "this is solved", "this is resolved",
        ),
        Word.CONFIRM: (
            "confirm", "confirmed", "i confirm", "i can confirm", "it works", "it works now", "works now",
            "it is working", "it is working now", "that works", "that worked", "that fixed it", "that solved it",
        ),
        Word.PRIORITY: ("priority", "prio", "severity", "urgency"),
        Word.ESCALATE: (
            "escalate", "escalate it", "escalate this", "escalate the case", "escalate this case", "escalate my case",
            "escalate the ticket", "escalate this ticket",
        ),
    },
    "de": {
        Word.CLOSE: (
            "schließen", "schliessen", "abschließen", "erledigt", "gelöst", "geloest", "behoben", "hat sich erledigt",
            "das hat sich erledigt", "es hat sich erledigt", "ist erledigt", "ist gelöst", "problem gelöst",
            "fall schließen", "den fall schließen", "ticket schließen", "das ticket schließen",
            "erledigt schließen", "gelöst schließen", "kann geschlossen werden", "der fall kann geschlossen werden",
            "das ticket kann geschlossen werden", "sie können den fall schließen", "sie können das ticket schließen",
        ),
        Word.CONFIRM: (
            "bestätigen", "bestätigt", "bestaetigt", "ich bestätige", "funktioniert", "funktioniert jetzt",
            "funktioniert wieder", "es funktioniert", "es funktioniert jetzt", "es funktioniert wieder", "geht wieder",
            "es geht wieder",
        ),
        Word.PRIORITY: ("priorität", "prioritaet", "dringlichkeit"),
        Word.ESCALATE: ("eskalieren", "eskaliere", "fall eskalieren", "den fall eskalieren", "ticket eskalieren"),
    },
    "fr": {
        Word.CLOSE: (
            "fermer", "fermez", "clôturer", "clore", "résolu", "réglé", "problème résolu", "c'est résolu",
            "c'est réglé", "fermer le dossier", "fermer le ticket", "fermez le dossier", "fermez le ticket",
            "clôturer le dossier", "clôturer le ticket", "vous pouvez fermer", "vous pouvez fermer le dossier",
            "vous pouvez fermer le ticket", "vous pouvez clôturer le dossier", "vous pouvez clôturer le ticket",
        ),
        Word.CONFIRM: (
            "confirmer", "confirmé", "je confirme", "ça marche", "cela fonctionne", "ça fonctionne",
            "cela fonctionne maintenant", "tout fonctionne",
        ),
        Word.PRIORITY: ("priorité", "urgence"),
        Word.ESCALATE: ("escalader", "escaladez", "escalader le dossier", "escalader le ticket"),
    },
    "es": {
        Word.CLOSE: (
            "cerrar", "cierren", "cierre", "resuelto", "solucionado", "problema resuelto", "está resuelto",
            "cerrar el caso", "cerrar el ticket", "cierren el caso", "pueden cerrar el caso",
            "pueden cerrar el ticket", "puede cerrar el caso", "puede cerrar el ticket", "se puede cerrar",
        ),
        Word.CONFIRM: ("confirmo", "confirmado", "funciona", "ya funciona", "ahora funciona", "todo funciona"),
        Word.PRIORITY: ("prioridad", "urgencia"),
        Word.ESCALATE: ("escalar", "escalen", "escalar el caso", "escalen el caso", "escalar el ticket"),
    },
    "it": {
        Word.CLOSE: (
            "chiudere", "chiudete", "risolto", "problema risolto", "è risolto", "chiudere il caso", "chiudete il caso",
            "chiudere il ticket", "potete chiudere", "potete chiudere il caso", "potete chiudere il ticket",
            "si può chiudere",
        ),
        Word.CONFIRM: ("confermo", "confermato", "confermare", "ora funziona", "funziona", "adesso funziona"),
        Word.PRIORITY: ("priorità", "urgenza"),
        Word.ESCALATE: ("inoltrare al livello superiore", "scalare", "scalare il caso", "scalate il caso"),
    },
    "nl": {
        Word.CLOSE: (
            "sluiten", "afsluiten", "opgelost", "probleem opgelost", "is opgelost", "het is opgelost", "afgehandeld",
            "kan gesloten worden", "u kunt de zaak sluiten", "u kunt het ticket sluiten", "ticket sluiten",
        ),
        Word.CONFIRM: ("bevestigen", "bevestigd", "ik bevestig", "het werkt", "het werkt nu", "het werkt weer"),
        Word.PRIORITY: ("prioriteit", "urgentie"),
        Word.ESCALATE: ("escaleren", "escaleer", "ticket escaleren", "de zaak escaleren"),
    },
    "pt": {
        Word.CLOSE: (
            "fechar", "fechem", "encerrar", "resolvido", "problema resolvido", "está resolvido", "fechar o caso",
            "encerrar o caso", "fechar o chamado", "encerrar o chamado", "podem fechar", "podem fechar o caso",
            "pode fechar o caso", "pode encerrar o chamado",
        ),
        Word.CONFIRM: ("confirmar", "agora funciona", "já funciona", "está funcionando"),
        Word.PRIORITY: ("prioridade",),
        Word.ESCALATE: ("escalonar", "escalem", "escalonar o caso", "escalonar o chamado"),
    },
}  # fmt: skip

# Said before or after a phrase, and meaning nothing for it.
_POLITE = (
    "please|kindly|pls|plz|thanks|thank you|thx|thanks a lot|many thanks|thank you very much|ok|okay|yes|ja|bitte|danke"
    "|vielen dank|danke schön|herzlichen dank|oui|merci|merci beaucoup|s'il vous plaît|s'il te plaît|svp|por favor"
    "|gracias|muchas gracias|per favore|per cortesia|grazie|grazie mille|alstublieft|bedankt|dank u wel|dank je wel"
    "|hartelijk dank|sim|obrigado|obrigada|muito obrigado|muito obrigada"
)
_GREETINGS = (
    "hello|hi|dear|hey|good|hallo|guten|sehr|lieber|liebe|liebes|moin|servus|bonjour|bonsoir|cher|chère|hola|estimado"
    "|estimada|estimados|buenos|buenas|buongiorno|salve|ciao|gentile|gentili|beste|geachte|goedemorgen|goedemiddag|olá"
    "|prezado|prezada|prezados|caro|cara|bom|boa"
)
_CLOSINGS = (
    "regards|best regards|kind regards|warm regards|best|best wishes|cheers|sincerely|yours sincerely|thanks|thank you"
    "|many thanks|thanks and regards|greetings|gruß|grüße|viele grüße|beste grüße|liebe grüße|lg|vg|mfg|schöne grüße"
    "|mit freundlichen grüßen|mit freundlichem gruß|freundliche grüße|mit besten grüßen|danke|vielen dank|cordialement"
    "|bien cordialement|bien à vous|salutations|meilleures salutations|merci|saludos|un saludo|saludos cordiales"
    "|atentamente|gracias|saluti|cordiali saluti|distinti saluti|un saluto|grazie|groet|groeten|met vriendelijke groet"
    "|met vriendelijke groeten|mvg|bedankt|atenciosamente|cumprimentos|abraço|abraços|obrigado|obrigada"
)
_NEGATIONS = "not|don't|dont|never|nicht|kein|keine|noch|pas|ne|no|todavía|non|niet|nog|não"
_PARTICLES = frozenset("van von der den de di da la le del do dos el y e und and et".split())
_LONGEST: Final = 800  # characters of a whole mail that may be a phrase
_NAME_LINES: Final = 4  # below "Regards,"
_GREETING_WORDS: Final = 6
_SIGNS = re.compile(r"[\s.,;:!…–—*_¡\"“”„«»-]+")
_QUESTION = re.compile("[?？¿؟;\u037e]")
_LABEL_AND_VALUE = re.compile(r"([^\s:=]{1,40}) ?[:=]? ?([^\s:=]{1,40})")


def fold(text: str) -> str:
    """A word for comparing: case, accents and the shapes of letters apart ("Schließen" is "schliessen")."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("’", "'"))
    return unicodedata.normalize("NFC", "".join(sign for sign in plain if not unicodedata.combining(sign)))


def _said(text: str) -> str:
    return _SIGNS.sub(" ", fold(text)).strip()


@cache
def _phrases() -> Mapping[str, Word]:
    return {_said(one): word for words in PHRASES.values() for word, several in words.items() for one in several}


@cache
def slash_words() -> Mapping[str, Word]:
    """What a customer may write behind a slash in any language, folded: every phrase that is one word."""
    return {phrase: word for phrase, word in _phrases().items() if " " not in phrase}


@cache
def _set_of(several: str) -> frozenset[str]:
    return frozenset(_said(one) for one in several.split("|"))


def spoken(text: str) -> Command | None:
    """The command that is the whole of a customer's mail ("Please close.\n\nRegards, Ann"), else None."""
    if len(text) > _LONGEST or _QUESTION.search(text) or not _set_of(_NEGATIONS).isdisjoint(_said(text).split()):
        return None
    lines = _between_courtesies([line.strip() for line in text.splitlines() if line.strip()])
    if not all(map(_said, lines)):
        return None  # a rule: below it stands a signature or a quote, above it perhaps nothing
    words = " ".join(lines).split()
    core = _core(_said(" ".join(words)).split())
    word = _phrases().get(" ".join(core)) or _phrases().get(
        " ".join(one for one in core if one not in _set_of(_POLITE))
    )
    if word is not None and USAGE[Speaker.CUSTOMER][word].takes is not Takes.PRIORITY:
        return Command(word)
    asked = _LABEL_AND_VALUE.fullmatch(" ".join(_core(words)))
    if not asked or _phrases().get(_said(asked[1])) is not Word.PRIORITY:
        return None
    try:
        return Command(Word.PRIORITY, read_value(Takes.PRIORITY, asked[2])[0])
    except Unreadable:
        return None


def _between_courtesies(lines: list[str]) -> list[str]:
    """The lines between a greeting and "Regards," with the name below it."""
    if len(lines) > 1 and _greets(lines[0]):
        lines = lines[1:]
    for at in range(1, len(lines)):
        below = lines[at + 1 :]
        if _said(lines[at]) in _set_of(_CLOSINGS) and len(below) <= _NAME_LINES and all(map(_names, below)):
            return lines[:at]
    return lines


def _greets(line: str) -> bool:
    words = _said(line).split()
    return line[-1] in ",!:" and 1 <= len(words) <= _GREETING_WORDS and words[0] in _set_of(_GREETINGS)


def _names(line: str) -> bool:
    """A name, a company, a number: no word begins small but of an address, so it is no sentence."""
    words = [word for word in line.split() if word not in _PARTICLES]
    return not any(word[0].islower() and "@" not in word and "." not in word[1:-1] for word in words)


def _core(words: list[str]) -> list[str]:
    """Words without the polite ones at both ends."""
    first, last = 0, len(words)
    polite = _set_of(_POLITE)
    while first < last:
        for many in range(min(4, last - first), 0, -1):
            if _said(" ".join(words[first : first + many])) in polite:
                first += many
                break
            if _said(" ".join(words[last - many : last])) in polite:
                last -= many
                break
        else:
            break
    return words[first:last]
