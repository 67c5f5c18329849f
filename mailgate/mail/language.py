"""In which of the languages on offer somebody writes, by his little words. A guess that is not clear is none.

Headers do not count: Content-Language is what the mail program was set up with, not what its owner writes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Final

_MOST_TEXT: Final = 8000  # characters
_FEWEST: Final = 3  # little words that a guess rests on
_LEAD: Final = 2  # times as many as of any other language

# Words that people cannot help using; those that two of these languages share tell nothing, and stand in neither.
_LITTLE_WORDS: Final[Mapping[str, frozenset[str]]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "the and is are was were have has not you your we our with from this that these which when what"
        " would could please thank thanks it its there been they will does can't don't",
        "de": "der das und ist sind nicht ich wir sie uns mit von dem den ein eine einen auf für auch bitte"
        " danke wird werden haben habe kann können noch aber wenn wie bei zum zur seit keine",
        "fr": "le les et est sont pas je nous vous avec pour dans sur une des du au aux bonjour merci votre"
        " notre qui mais être avons cette ce ne plus depuis",
        "es": "el los las y es son usted con para una del al hola gracias pero nuestro nuestra está están tiene"
        " puede cuando porque muy por qué",
        "it": "il gli e è sono della che non con una nel alla buongiorno grazie ma nostro nostra abbiamo quando"
        " più questo dalla delle",
        "pt": "o os as é são não você com uma do da dos das ao olá obrigado obrigada mas nosso nossa temos"
        " quando muito está pelo pela",
        "nl": "het een en zijn niet ik wij je u ons met van voor op ook graag bedankt wordt hebben kan maar als"
        " bij naar geen deze",
        "sv": "och är inte jag vi med från som ett för tack hej men kan har det detta när våra",
        "da": "og er ikke jeg vi med fra som et til tak hej men kan har det dette når vores af",
        "nb": "og er ikke jeg vi med fra som et til takk hei men kan har det dette når våre av",
        "fi": "ja on ei olen me että mutta kiitos hei kun myös tämä voi ovat",
        "pl": "i jest nie się na do z że jak mam mamy proszę dziękuję ale dla czy są",
        "cs": "a je není se na že jak mám máme prosím děkuji ale pro jsou jsem když",
        "ru": "здравствуйте добрый нас нам нет если или уже только почему и в не на я мы вы что это как с по но"
        " для спасибо пожалуйста есть у",
        "uk": "вітаю добрий день нас нам немає якщо або вже тільки чому і в не на я ми ви що це як з але для"
        " дякую будь є у та",
        "tr": "ve bir bu için ile değil ben biz siz çok ama teşekkürler merhaba var yok olarak",
    }.items()
}
_TELLING: Final = {
    language: little.difference(*(others for other, others in _LITTLE_WORDS.items() if other != language))
    for language, little in _LITTLE_WORDS.items()
}
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")


def language_of(text: str, offered: Collection[str]) -> str:
    """The one of `offered` (codes like "de" or "de-AT") that `text` is written in; "" in doubt, or for any other.

    All known languages compete, not those on offer alone: Dutch is no bad German.
    """
    words = Counter(word.replace("’", "'") for word in _WORD.findall(text[:_MOST_TEXT].casefold()))
    votes = {language: sum(map(words.__getitem__, telling)) for language, telling in _TELLING.items()}
    best, most = max(votes.items(), key=lambda vote: vote[1])
    second = max(count for language, count in votes.items() if language != best)
    if most < _FEWEST or most < _LEAD * second:
        return ""
    return next((one for one in offered if one.partition("-")[0].lower() == best), "")
