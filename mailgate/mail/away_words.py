"""The words by which out-of-office replies in nineteen languages say when somebody is back; `away.py` reads with them.

All are lower case (casefolded). Patterns hold no unbounded repetition, so that reading stays linear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_MONTHS: Final = (
    (
        "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro stycznia ledna leden "
        "tammikuuta tammikuun января январь січня січень ocak ianuarie"
    ),
    (
        "february feb februar februari février févr febrero febbraio februari fevereiro fev lutego února únor "
        "helmikuuta helmikuun февраля февраль лютого лютий şubat februarie"
    ),
    (
        "march mar märz mrz mars marzo maart marts março marca března březen maaliskuuta maaliskuun марта март "
        "березня березень mart martie"
    ),
    (
        "april apr avril avr abril abr aprile kwietnia dubna duben huhtikuuta huhtikuun апреля апрель квітня квітень "
        "nisan aprilie"
    ),
    "may mai mayo maggio mag mei maj maio maja května květen toukokuuta toukokuun мая май травня травень mayıs",
    (
        "june jun juni juin junio giugno giu junho czerwca června červen kesäkuuta kesäkuun июня июнь червня червень "
        "haziran iunie"
    ),
    (
        "july jul juli juillet juil julio luglio lug julho lipca července červenec heinäkuuta heinäkuun июля июль "
        "липня липень temmuz iulie"
    ),
    (
        "august aug août agosto ago augustus augusti sierpnia srpna srpen elokuuta elokuun августа август серпня "
        "серпень ağustos"
    ),
    (
        "september sept sep septembre septiembre settembre sett set setembro września září syyskuuta syyskuun "
        "сентября сентябрь вересня вересень eylül septembrie"
    ),
    (
        "october oct oktober okt octobre octubre ottobre ott outubro października října říjen lokakuuta lokakuun "
        "октября октябрь жовтня жовтень ekim octombrie"
    ),
    (
        "november nov novembre noviembre novembro listopada listopadu marraskuuta marraskuun ноября ноябрь листопада "
        "листопад kasım noiembrie"
    ),
    (
        "december dec dezember dez décembre déc diciembre dic dicembre dezembro grudnia prosince prosinec joulukuuta "
        "joulukuun декабря декабрь грудня грудень aralık decembrie"
    ),
)
MONTHS: Final[Mapping[str, int]] = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}

# Monday first, without the short forms that are other words somewhere ("mar", "do").
_WEEKDAYS: Final = (
    (
        "monday mon montag lundi lunes lunedì lunedi maandag ma måndag mandag segunda-feira segunda poniedziałek "
        "poniedziałku pondělí maanantaina maanantai понедельник понедельника понеділок понеділка pazartesi luni"
    ),
    (
        "tuesday tue tues dienstag mardi martes martedì martedi dinsdag tisdag tirsdag terça-feira terça wtorek "
        "wtorku úterý tiistaina tiistai вторник вторника вівторок вівторка salı marți"
    ),
    (
        "wednesday wed mittwoch mercredi miércoles miercoles mercoledì mercoledi woensdag onsdag quarta-feira quarta "
        "środa środę środy středa středu středy keskiviikkona keskiviikko среда среду среды середа середу середи "
        "çarşamba miercuri"
    ),
    (
        "thursday thu thurs donnerstag jeudi jueves giovedì giovedi donderdag torsdag quinta-feira quinta czwartek "
        "czwartku čtvrtek čtvrtka torstaina torstai четверг четверга четвер четверга perşembe joi"
    ),
    (
        "friday fri freitag vendredi viernes venerdì venerdi vrijdag fredag sexta-feira sexta piątek piątku pátek "
        "pátku perjantaina perjantai пятница пятницу пятницы п'ятниця п'ятницю п'ятниці cuma vineri"
    ),
    (
        "saturday samstag sonnabend samedi sábado sabado sabato zaterdag lördag lørdag sobota sobotę soboty sobotu "
        "lauantaina lauantai суббота субботу субботы субота суботу суботи cumartesi sâmbătă"
    ),
    (
        "sunday sonntag dimanche domingo domenica zondag söndag søndag niedziela niedzielę niedzieli neděle neděli "
        "sunnuntaina sunnuntai воскресенье воскресенья неділя неділю неділі pazar duminică"
    ),
)
WEEKDAYS: Final[Mapping[str, int]] = {name: number for number, names in enumerate(_WEEKDAYS) for name in names.split()}

_OFFICE: Final = (
    r"(?: (?:in|to|at) (?:the |my )?(?:office|work|desk)| (?:au|à mon) (?:bureau|travail)| online| here| available"
    r"| (?:a|en) la oficina| a la oficina| in ufficio| ao (?:escritório|trabalho)| op kantoor| aanwezig| bereikbaar"
    r"| på kontoret| på jobb(?:et)?| do (?:biura|pracy)| w (?:biurze|pracy)| v (?:kanceláři|práci)| do (?:kanceláře"
    r"|práce)"
    r"| (?:töihin|töissä|toimistolle|toimistolla|toimistoon)| (?:в|на) (?:офис|офисе|работу|работе|роботу|роботі"
    r"|офісі|офіс)"
    r"| la birou| im (?:büro|haus|dienst)| erreichbar| da)?"
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
    rf"|tilbake{_OFFICE}(?: igjen)?(?: (?:fra|den))?"
    rf"|(?:wracam|wrócę|powrót|będę (?:z powrotem|ponownie|znowu|dostępn[ya])|z powrotem){_OFFICE}(?: (?:dnia|od))?"
    rf"|(?:vrátím se|vracím se|návrat|budu (?:zpět|opět)|zpět|k dispozici){_OFFICE}(?: (?:dne|od|k dispozici))?"
    rf"|(?:palaan|olen takaisin|takaisin|tavoitettavissa(?: jälleen)?){_OFFICE}"
    rf"|(?:вернусь|возвращаюсь|выйду|буду(?: снова)?(?: доступ(?:ен|на))?|снова буду){_OFFICE}(?: с)?"
    rf"|(?:повернус[яь]|повертаюс[яь]|вийду|буду(?: знову)?(?: доступн(?:ий|а))?){_OFFICE}(?: з)?"
    rf"|(?:revin|mă întorc|voi reveni|mă voi întoarce){_OFFICE}(?: (?:pe|în data de|din))?"
    rf"|(?:tilbage|retur|igen){_OFFICE}(?: (?:fra|igen))?(?: d(?:en|\.))?"
    rf"|(?:volto|voltarei|regresso|regressarei|retorno|retornarei|de volta){_OFFICE}(?: a(?: partir de)?)?"
)
# "am 30.11. wieder im Büro", "op 30 november weer aanwezig", "11月30日に戻ります": the day stands first.
BACK_AFTER: Final = (
    r"[ ,)]{0,2}(?:(?:bin ich |ben ik |är jag |er jeg )?(?:wieder|zurück|erneut|terug|weer|tillbaka|åter|tilbage)\b"
    r"|(?:[(（].[)）])?\s?(?:'?[dt][ae]|tarihinde|günü)\s?(?:tekrar |yeniden |geri |işe |ofise )?(?:dön|ofiste ol"
    r"|işbaşı)"
    r"|(?:[(（].{1,3}[)）])?\s?(?:返回|回来|回來|回到|回公司|回办公室|恢复|恢復|复工|復工|(?:正常|起|开始|開始)?上班)"
    r"|(?:\s?[(（].[)）])?\s?(?:에|부터)\s?(?:정상 ?|사무실(?:로|에) ?|다시 ?)?(?:복귀|돌아|출근|근무|업무)"
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
    r"|(?:nieobecn|urlop|biurem|nie ma mnie|niedostępn)[^!?;]{1,60}\bdo(?: dnia)?|do dnia"
    r"|\bod\b[^!?;]{1,40}\bdo(?: dnia)?"
    r"|(?:nepřítom|dovolen|mimo|nebudu|nejsem)[^!?;]{1,60}\bdo"
    r"|до|\b(?:с|со|з|із)\b[^!?;]{1,40}\bпо|до кінця дня|până(?: (?:pe|la|în)(?: data de)?)?|frem til"
)
# Chinese writes it between two dates, without a space.
UNTIL_BEFORE_CJK: Final = r"(?:直到|截至|至|到)"
UNTIL_AFTER: Final = (
    r"(?:\s?[(（].[)）])?\s?(?:まで|까지)|\s(?:saakka|asti)\b|\s?(?:'?(?:[ae]|y[ae]) |tarihine )kadar|\s?(?:включно"
    r"|включительно)"
)
# Somebody is away at all: "until" alone may speak of an offer.
AWAY: Final = (
    r"out[- ]of[- ](?:the[- ])?office|\booo\b|\bout (?:until|till|from)|vacation|holiday|\baway\b|\bleave\b|\babsen[tc]"
    r"|not (?:be )?(?:available|in the office)|unavailable|abwesen|urlaub|nicht (?:im|in)|ausser haus|congés?|vacances"
    r"|fuera de|vacaciones|ausente|ferie|assente|fuori|afwezig|vakantie|niet aanwezig|semester|frånvaro|ledig|borte"
    r"|urlop|nieobecn|poza biurem|nie ma mnie|dovolen|nepřítom|mimo kancelář|nebudu|poissa|loma|отпуск|отсутств"
    r"|не в офисе"
    r"|вне офиса|нет на|командиров|відпуст|відсутн|не в офісі|поза офісом|відряджен|izin|tatil|ofis dışında|concediu"
    r"|休假|不在|出差|放假|度假|请假|請假|부재|휴가|출장|자리를|ikke på|ferie"
    r"|fravær|kontoret|férias|ausência|不在|休暇|休み|お休|外出|出張"
)
