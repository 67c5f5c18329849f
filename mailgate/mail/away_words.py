"""The words by which out-of-office replies in ten languages say when somebody is back; `away.py` reads with them.

All are lower case (casefolded). Patterns hold no unbounded repetition, so that reading stays linear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MONTHS: Final = (
    "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar februari février févr febrero febbraio februari fevereiro fev",
    "march mar märz mrz mars marzo maart marts março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maj maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août agosto ago augustus augusti",
    "september sept sep septembre septiembre settembre sett set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
MONTHS: Final[Mapping[str, int]] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

# Monday first, without the short forms that are other words somewhere ("mar", "do").
_WEEKDAYS: Final = (
    "monday mon montag lundi lunes lunedì lunedi maandag ma måndag mandag segunda-feira segunda",
    "tuesday tue tues dienstag mardi martes martedì martedi dinsdag tisdag tirsdag terça-feira terça",
    "wednesday wed mittwoch mercredi miércoles miercoles mercoledì mercoledi woensdag onsdag quarta-feira quarta",
    "thursday thu thurs donnerstag jeudi jueves giovedì giovedi donderdag torsdag quinta-feira quinta",
    "friday fri freitag vendredi viernes venerdì venerdi vrijdag fredag sexta-feira sexta",
    "saturday samstag sonnabend samedi sábado sabado sabato zaterdag lördag lørdag",
    "sunday sonntag dimanche domingo domenica zondag söndag søndag",
)
WEEKDAYS: Final[Mapping[str, int]] = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

_OFFICE: Final = (
    r"(?: (?:in|to|at) (?:the |my )?(?:office|work|desk)| (?:au|à mon) (?:bureau|travail)| online| here| available"
    r"| (?:a|en) la oficina| a la oficina| in ufficio| ao (?:escritório|trabalho)| op kantoor| aanwezig| bereikbaar"
    r"| på kontoret| på jobbet| im (?:büro|haus|dienst)| erreichbar| da)?"
)
# The writer is there on the day that follows.
BACK_BEFORE: Final = (
    rf"(?:back|return|returning|i return|i'll return|will return|be returning){_OFFICE}(?: again)?(?: (?:on|from|by))?"
    rf"|(?:in the office|available|reachable) again(?: (?:on|from))?"
    rf"|(?:zurück|wieder|rückkehr|wieder zurück){_OFFICE}:?(?: (?:ab(?: dem)?|seit|am|vom))?"
    rf"|(?:de retour|retour|reviens|reviendrai|rentre|rentrerai|serai(?: de nouveau)? (?:joignable|disponible))"
    rf"{_OFFICE}"
    r"(?: (?:le|à partir du|dès le|au))?"
    rf"|(?:vuelvo|volveré|regreso|regresaré|de vuelta|de regreso|estaré de (?:vuelta|regreso)|me reincorporo"
    rf"|me reincorporaré){_OFFICE}(?: a partir del)?"
    rf"|(?:rientro|rientrerò|torno|tornerò|di ritorno|sarò di ritorno|di nuovo){_OFFICE}(?: (?:a partire )?dal)?"
    rf"|(?:terug|weer|weer terug){_OFFICE}(?: vanaf)?"
    rf"|(?:tillbaka|åter|tillbaks){_OFFICE}(?: från)?"
    rf"|(?:tilbage|retur|igen){_OFFICE}(?: (?:fra|igen))?(?: d(?:en|\.))?"
    rf"|(?:volto|voltarei|regresso|regressarei|retorno|retornarei|de volta){_OFFICE}(?: a(?: partir de)?)?"
)
# "am 30.11. wieder im Büro", "op 30 november weer aanwezig", "11月30日に戻ります": the day stands first.
BACK_AFTER: Final = (
    r"[ ,)]{0,2}(?:(?:bin ich |ben ik |är jag |er jeg )?(?:wieder|zurück|erneut|terug|weer|tillbaka|åter|tilbage)\b"
    r"|(?:[(（].[)）])?\s?(?:に(?:戻|復帰|出社|帰)|(?:より|から)(?:出社|出勤|復帰|通常)))"
)
# The writer is away on the day that follows, too, as far as one can be sure.
UNTIL_BEFORE: Final = (
    r"until|till|til|through|thru|up to|until and including|(?:from|between)\b[^!?;]{1,40}\b(?:to|and|-|–)"
    r"|bis|bis zum|bis einschliesslich|bis inkl\.?|bis inklusive"
    r"|jusqu'au|jusqu'à|\bdu\b[^!?;]{1,40}\bau"
    r"|hasta|\bdel\b[^!?;]{1,40}\b(?:al|hasta)"
    r"|fino al|fino a|sino al|\bdal?l?'?[^!?;]{1,40}\b(?:al|all')"
    r"|tot|tot en met|t/m"
    r"|t\.o\.m\.?|till och med|tom"
    r"|indtil|til og med|t\.o\.m\.?"
    r"|até|até ao|até o"
)
UNTIL_AFTER: Final = r"(?:[(（].[)）])?\s?まで"
# Somebody is away at all: "until" alone may speak of an offer.
AWAY: Final = (
    r"out[- ]of[- ](?:the[- ])?office|\booo\b|\bout (?:until|till|from)|vacation|holiday|\baway\b|\bleave\b|\babsen[tc]"
    r"|not (?:be )?(?:available|in the office)|unavailable|abwesen|urlaub|nicht (?:im|in)|ausser haus|congés?|vacances"
    r"|fuera de|vacaciones|ausente|ferie|assente|fuori|afwezig|vakantie|niet aanwezig|semester|frånvaro|ledig|borte"
    r"|fravær|kontoret|férias|ausência|不在|休暇|休み|お休|外出|出張"
)
