"""In which charset are these bytes most likely written? Judged by letters, where the mail does not say or lies.

Each candidate reads the bytes; the reading whose characters are the everyday ones of its language wins. Other guessers
need more text than a subject has (charset-normalizer reads five words of Italian as Polish).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

_SAMPLE = 600  # bytes of lines that hold any non-ASCII: more changes no verdict, and costs milliseconds
_LATIN_END = "\u0250"
_VOWELS = frozenset("аеёиоуыэюяіїєьъ")
_SPEAKABLE = 3  # consonants in a row, in Cyrillic
_SURE = 0.5  # of at most 1; right readings have 0.55 and more, chance readings below 0.4

# What stands in text of any language. Worth little: it is in every codec of a family.
_NEUTRAL = frozenset("“”„‘’‚«»–—…•·°№§©®€™\xa0¿¡、。，！？：；（）「」【】《》・ー～　\u3000０１２３４５６７８９％")

# Signs beside which no letter stands; in other codecs their bytes are letters.
_SIGNS = frozenset("±×÷½¼¾²³¹µ£¢¥†‡‰")

# The everyday letters of each language and the codecs it comes in. First the most frequent, after | the others.
_ALPHABETS: tuple[tuple[str, str], ...] = (
    ("cp1252", "éèàäöüáóíñçãåæøßìòùê|âîôûëïúõœý"),
    ("cp1254", "ışğçöü|âîi̇"),
    ("cp1252", "ðþáíóúéöæý|"),
    ("cp1250 iso8859_2", "ąęłżóśćźńáíéčřšžěůýőűöü|ďťňúôľĺŕäđâăîșțţ"),
    ("cp1251 koi8_r cp866 iso8859_5", "оеаинтсрвлкмдпу|яыьгзбчйхжшюцщэфъё"),
    ("cp1251 koi8_u", "оаинвіетрслкудмп|яьгзбчйхжшюцщєїфґ"),
    ("cp1253", "αοιετσνηυρπκμλ|ςωδγάέίόύήώχθφβξζψϊϋ"),
    ("cp1255", "יולהאמרבתשנ|עדקחפםכטגןצזסףץך"),
    ("cp1256", "اليمنوترهبد|عفسقحكةجشطصخضذزثغىأإآءئؤظ،؟ً"),
    ("cp874", "านรอกเงยลมสวดท่|ตคปับีิใหไแขผจชะพโถธญซ้ืุูึณฟศษภฉบฝฎฏฐฑฒฆฌฮ์็ๆำ"),
    ("cp1257", "āēīūšžčņļķģ|ąęėįųõäöü"),
)
_HAN_SIMPLE = frozenset(
    "的一是不了在有我他这中大来上国个到说们为子和你地出道也时年得就那要下以生会自着去之过家学对可她里后小么心多天而能好都"
    "然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从动两长知民样现分将外但身些与高意进把法此"
    "实回二理美点月明其种声全工己话儿者向情部正名定女问力机给等几很业最间新什打便位因重被走电四第门相次东政海口使教西再平真"
    "听世气信北少关并内加化由却代军产入先山五太水万市眼体别处总才场师书比住员九笑性通目华报立马命张活难神数件安表原车白应路"
    "期叫死常提感金何更反合放做系计或司利受光王果亲界及今京务制解各任至清物台象记边共风战干接它许八特觉望直服毛林题建南度统"
    "色字请爱让认算论百吃义科怎元社术结六功指思非流每青管夫连远资队跟带花快条院变联言权往展该领传近留红治决周保达办运武半候七"
    "必城父强步完革深区即求品士转量空甚众技轻程告江语英基派满式李息写呢识极令黄德收脸钱党倒未持取设始版双历越史商千片容研像找"
    "友孩站广改议形委早房音火际则首单据导影失拿网香似斯专石若兵弟谁校读志飞观争究包组造落视济喜离虽坏票购买货价格税款账户您谢"
)
_HAN_FULL = frozenset(
    "的一是不了在有我他這中大來上國個到說們為子和你地出道也時年得就那要下以生會自著去之過家學對可她裡後小麼心多天而能好都"
    "然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從動兩長知民樣現分將外但身些與高意進把法此"
    "實回二理美點月明其種聲全工己話兒者向情部正名定女問力機給等幾很業最間新什打便位因重被走電四第門相次東政海口使教西再平真"
    "聽世氣信北少關並內加化由卻代軍產入先山五太水萬市眼體別處總才場師書比住員九笑性通目華報立馬命張活難神數件安表原車白應路"
    "期叫死常提感金何更反合放做系計或司利受光王果親界及今京務制解各任至清物台象記邊共風戰干接它許八特覺望直服毛林題建南度統"
    "色字請愛讓認算論百吃義科怎元社術結六功指思非流每青管夫連遠資隊跟帶花快條院變聯言權往展該領傳近留紅治決週保達辦運武半候七"
    "必城父強步完革深區即求品士轉量空甚眾技輕程告江語英基派滿式李息寫呢識極令黃德收臉錢黨倒未持取設始版雙歷越史商千片容研像找"
    "您謝幫助帳戶購買貨價格稅款票"
)
_HANGUL = frozenset(
    "이다는을의에가하고한지로기사도자를은인시어나서정리대수일아라부해있그보전요습니여스주과제들으거만구조장상것원성공게안내무회"
    "생면적용세우동중분연신화국와마소방오관계간소문바모미개비선교되실영저재았었동금업통발명유학드위제행당없물입합체"
)


def likely(data: bytes) -> tuple[str, float]:
    """The codec that reads `data` best and how well, 0 to 1; ("", 0.0) where no candidate reads it at all."""
    sample = _sample(data)
    best, worth = "", 0.0
    for codec, everyday, others in _alphabets():
        text = _read(sample, codec)
        score = _by_letters(text, everyday, others) if text else 0.0
        if score > worth + 0.001:
            best, worth = codec, score
    for codec, common, kind in _SCRIPTS:
        text = _read(sample, codec)
        score = _by_signs(text, common, kind) if text else 0.0
        if score > worth + 0.001:
            best, worth = codec, score
    return best, worth


def is_sure(worth: float) -> bool:
    return worth >= _SURE


def worth_as(data: bytes, codec: str) -> float:
    """How well one codec reads `data`, to 1; 0 where it reads none of it, or nothing is known of its languages."""
    codec = {"big5hkscs": "big5", "cp950": "big5"}.get(codec, codec)
    text = _read(_sample(data), codec)
    if not text:
        return 0.0
    by_letters = [_by_letters(text, most, rest) for name, most, rest in _alphabets() if name == codec]
    by_signs = [_by_signs(text, common, kind) for name, common, kind in _SCRIPTS if name == codec]
    return max(by_letters + by_signs, default=0.0)


def is_known(codec: str) -> bool:
    """Has `worth_as` anything to say of this codec?"""
    return codec in {"big5hkscs", "cp950"} or any(codec == row[0] for row in (*_alphabets(), *_SCRIPTS))


@lru_cache(maxsize=1)
def _alphabets() -> tuple[tuple[str, frozenset[str], frozenset[str]], ...]:
    rows: list[tuple[str, frozenset[str], frozenset[str]]] = []
    for codecs, letters in _ALPHABETS:
        everyday, _, others = letters.partition("|")
        rows.extend((codec, frozenset(everyday), frozenset(others)) for codec in codecs.split())
    return tuple(rows)


# East Asian double-byte charsets: codec, its everyday signs, the script that marks it.
_SCRIPTS: tuple[tuple[str, frozenset[str], str], ...] = (
    ("gb18030", _HAN_SIMPLE, "han"),
    ("big5", _HAN_FULL, "han"),
    ("cp932", frozenset(), "kana"),
    ("euc_jp", frozenset(), "kana"),
    ("cp949", _HANGUL, "hangul"),
)


def _sample(data: bytes) -> bytes:
    if len(data) <= _SAMPLE:
        return data
    taken: list[bytes] = []
    size = 0
    for line in data[:65536].split(b"\n"):
        if not line.isascii():
            taken.append(line[:_SAMPLE])
            size += len(line)
        if size >= _SAMPLE:
            break
    return b"\n".join(taken)


def _read(sample: bytes, codec: str) -> str:
    """The reading, "" where the bytes do not fit. The sample may be cut inside its last sign."""
    try:
        return sample.decode(codec)
    except UnicodeDecodeError as trouble:
        if trouble.start >= len(sample) - 1 > 0:
            return sample[: trouble.start].decode(codec, "replace")
        return ""


def _strange(text: str) -> Iterable[tuple[str, str]]:
    """(character before, character) of every non-ASCII character that says something."""
    before = " "
    for sign, after in zip(text, text[1:] + " ", strict=True):
        if sign > "\x7f" and sign not in _NEUTRAL and (sign not in _SIGNS or before.isalpha() or after.isalpha()):
            yield before, sign
        before = sign


def _by_letters(text: str, everyday: frozenset[str], others: frozenset[str]) -> float:
    total = count = 0.0
    consonants = 0
    for before, sign in _strange(text):
        count += 1
        small = sign.lower()
        total += 1.0 if small in everyday else 0.6 if small in others else -1.0
        if sign.isupper():
            # aBc: KOI8 read as windows-1251 swaps small and capital letters. All capitals are rare as well.
            total -= 0.8 if before.islower() else 0.05
        if before.isalpha() and (before > "\x7f") == (sign < _LATIN_END):
            # Accented letters stand between plain ones, and other scripts among themselves; not so when misread.
            total -= 0.5
        consonants = consonants + 1 if "\u0400" < small < "\u0460" and small not in _VOWELS else 0
        if consonants > _SPEAKABLE:
            total -= 0.5
    return total / count if count else 1.0  # dashes and quotation marks alone read well everywhere


def _is_everyday_hangul(sign: str) -> bool:
    """One of the 2,350 syllables of KS X 1001; the others stand in hardly any word."""
    try:
        sign.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return True


def _by_signs(text: str, common: frozenset[str], kind: str) -> float:
    total = count = 0.0
    for _, sign in _strange(text):
        count += 1
        if sign in common:
            total += 1.0
        elif "\uff61" <= sign <= "\uff9f" or "\ue000" <= sign <= "\uf8ff":
            total -= 0.6  # half-width kana: almost only ever other bytes misread; private use
        elif kind == "kana" and "\u3041" <= sign <= "\u30ff":
            total += 1.0
        elif "\u4e00" <= sign <= "\u9fff":
            total += 0.4 if kind == "kana" else 0.25 if kind == "han" else 0.05
        elif kind == "hangul" and "\uac00" <= sign <= "\ud7a3":
            total += 0.55 if _is_everyday_hangul(sign) else -0.5
        else:
            total -= 0.5
    return total / count if count else 0.0
