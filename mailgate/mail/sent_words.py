"""The words by which mail programs of many languages say, below a writer's words, what they are. Only data.

Everything is lower case (casefold). Where a phrase stands decides what it means: `additions.py`.
"""

from __future__ import annotations

from typing import Final

# What such lines speak of.
DEVICES: Final = (
    r"iphone|ipad|android|\bios\b|outlook|galaxy|samsung|huawei|xiaomi|blackberry|bluemail|proton ?mail|yahoo|windows"
    r"|smartphone|handy\b|mobil|телефон|手机|手機|スマートフォン|휴대"
)
_APPS = "outlook|bluemail|blue mail|yahoo mail|proton ?mail"
# "Get Outlook for iOS": the first word, or the last.
_GET_FIRST = (
    "get|download|beziehen|laden|obtenir|obtenez|téléchargez|télécharger|obtener|obtenga|descargar|descarga|consigue"
    "|ottieni|scarica|obter|obtenha|baixar|baixe|transferir|krijg|haal|hämta|skaffa|hent|få|skaff|hanki|lataa|pobierz"
    "|uzyskaj|získat|získejte|stáhnout|stiahnuť|získať|получить|скачать|отримати|завантажити|获取|下载|取得|下載"
    "|obțineți|descărcați|letöltés|λήψη|nabavite|preuzmite"
)
_GET_LAST = (
    "beziehen|herunterladen|holen|downloaden|edinin|indirin|を入手|を取得|をダウンロード|다운로드|받기"
    "|下载|下載|beszerzése|letöltése"
)
_SYSTEMS = "ios|android|iphone|ipad|mac|windows"
_OFFER = (
    rf"(?=.{{0,60}}(?:{_SYSTEMS}))(?:(?:{_GET_FIRST}) ?.{{0,30}}(?:{_APPS})"
    rf"|.{{0,20}}(?:{_APPS}).{{0,30}}(?:{_GET_LAST})$)"
)

# "Sent from my iPhone": what mail programs add below. Each is matched from the start of a short line, and opens with
# at least four characters that stand for themselves, so that most lines can be passed by these alone (`ordinary.py`).
SENT_BY: Final = (
    (
        r"sent from (?:my|a|an|our|the|outlook|mail|yahoo|aol|gmail|proton\w*|zoho|samsung|iphone|ipad"
        r"|android|blackberry|typeapp"
        r"|type mail|bluemail|blue mail|huawei|xiaomi|nine|mobile|windows|zimbra|tuta|fastmail|spark"
        r"|newton|airmail|hey"
        r"|mymail|galaxy|nokia|htc|lg|sony|motorola|oneplus|pixel|surface|verizon|t-mobile|at&t|web|front"
        r"|superhuman|edison)\b"
    ),
    (
        r"sent (?:via|using|with|through|on) \[?(?:my|the|a|outlook|mail|yahoo|aol|gmail|proton\w*|zoho"
        r"|vodafone|samsung|blackberry|mobile|hey"
        r"|nine|spark|front|superhuman|mailspring|shift|android|iphone|ipad|k-9|aqua|bluemail|typeapp|tuta"
        r"|secure|cloudmagic"
        r"|edison|mixmax|streak|airmail|sprint)\b"
    ),
    r"sent by (?:my |outlook)",
    r"sent while (?:on the go|mobile)",
    r"this (?:e-?mail|message) was sent from my (?:mobile|phone|iphone|android)",
    r"please excuse (?:my )?(?:brevity|typos|any typos)",
    r"excuse (?:my )?(?:brevity|typos)",
    *("get outlook for ", "download outlook for ", "get bluemail for ", "typed on my ", "typed with my "),
    *("yahoo mail on ", "yahoo mail for ", "aol mail on ", "aol mail for ", "yahoo mail: search, organize"),
    r"von mein\w{1,2} .{1,40}(?:gesendet|versendet|geschickt)",
    r"von (?:unterwegs|iphone|ipad|android|outlook|yahoo|samsung).{0,30} gesendet",
    r"mit (?:freundlichen|besten|vielen) grüssen von mein.{1,40} gesendet",
    r"gesendet (?:von|mit|über|aus|via) ",
    r"diese (?:nachricht|e-?mail|mail) wurde (?:von|mit) mein",
    r"mit (?:meinem|der) .{1,40} gesendet",
    *("holen sie sich outlook", "verfasst mit "),
    r"envoyée? (?:de|depuis|à partir|via|avec|par) ",
    r"télécharger? outlook",
    *("obtenez outlook", "provenance : "),
    r"enviad[oa] (?:desde|de|do|da|a partir|pelo|pela|com|con|via|por|através) ",
    *("obtener outlook", "obtenga outlook", "descarga outlook", "enviat des "),
    *("obter o outlook", "baixar o outlook", "baixe o outlook", "obtenha o outlook"),
    r"inviat[oa] (?:da|dal|dalla|con|tramite|mediante) ",
    *("ottieni outlook", "scarica outlook"),
    r"verzonden (?:vanaf|met|via|vanuit|van) ",
    r"verstuurd (?:vanaf|met|via|vanuit|van) ",
    *("download outlook voor", "krijg outlook voor", "haal outlook voor"),
    *("skickat från ", "skickades från ", "skickat med ", "hämta outlook", "skaffa outlook"),
    r"sendt (?:fra|med|via) ",
    r"afsendt (?:fra|med|via) ",
    *("hent outlook", "få outlook", "skaff outlook", "skaff deg outlook", "lähetetty ", "hanki outlook"),
    r"wysłan[oae] (?:z|ze|za pomocą|przez|bezpieczną) ",
    r"pobierz (?:aplikację )?outlook",
    "uzyskaj outlook",
    r"odesláno (?:z|ze|pomocí|zabezpečeným) ",
    r"odoslané (?:z|zo) ",
    *("posláno z ", "získat outlook", "získejte outlook", "odesláno aplikací "),
    r"отправлено (?:с|из|от|через) ",
    r"отправлен[оа]? с ",
    *("получить outlook", "скачать outlook", "послано с "),
    r"надіслано (?:з|із|зі|через) ",
    r"відправлено (?:з|із|зі|через) ",
    *("отримати outlook", "завантажити outlook", "elküldve ", "küldve "),
    r"trimis (?:de pe|din) ",
    r"poslano (?:s|sa|z) ",
    *("εστάλη από ", "στάλθηκε από ", "נשלח מ", "أرسلت من ", "مرسل من ", "تم الإرسال من "),
    *("dikirim dari ", "được gửi từ ", "saadetud ", "išsiųsta iš ", "nosūtīts no "),
)
# The same where what tells stands later in the line or is too short: words that every such line holds, and its pattern.
SENT_WITHIN: Final = {
    "gönderildi": (
        r".{1,30} (?:iphone|ipad|cihaz)\S{0,12} gönderildi|.{1,40}(?:dan|den|tan|ten) gönderildi"
        r"|.{1,30} (?:ile|kullanılarak) gönderildi"
    ),
    "outlook": _OFFER,
    "bluemail": _OFFER,
    "edinin": r".{0,20}outlook.{0,12} edinin",
    **{word: word for word in ("发自", "傳送自", "发送自", "寄自", "來自", "来自")},
    "发送": r"(?:从|使用|通过|由) ?.{1,30}(?:发送|寄出)$",
    "傳送": r"(?:從|使用|透過|由) ?.{1,30}(?:傳送|寄出)$",
    "从我的": r"从我的.{1,30}(?:发送|發送|傳送|寄出)",
    "從我的": r"從我的.{1,30}(?:发送|發送|傳送|寄出)",
    "获取": r"获取 ?outlook",
    "取得": r"取得 ?outlook|.{0,20}outlook.{0,20}を取得",
    "を入手": r".{0,20}outlook.{0,20}を入手",
    "送信": r"(?:私の)?[\w .!]{1,30}(?:から|より)送信|.{1,20}で送信されました$",
    "보냄": r"(?:나의 )?.{1,30}에서 보냄",
    "보냈": r".{1,30}에서 보냈습니다$",
    "보낸": r"나의 .{1,30}에서 보낸|.{1,30}에서 보낸 메일",
    "전송됨": r".{1,30}에서 전송됨",
    "다운로드": r".{0,12}outlook.{0,12} 다운로드",
}
