"""The words of legal and technical footers, and of banners that gateways put above a mail, by language. Only data.

Everything is lower case (casefold). Where a phrase stands decides what it means: `additions.py`.
"""

from __future__ import annotations

from typing import Final

# Legal and technical footers that speak for themselves.
FOOTERS: Final = (
    r"confidentiality (?:notice|note|statement|warning|disclaimer)|(?:e-?mail|legal"
    r"|email confidentiality) disclaimer|disclaimer\W*(?:$|:)"
    r"|legal notice\W*(?:$|:)|privileged (?:and|&|/) ?confidential|confidential(?:ity)?\W*$"
    r"|confidential communication"
    r"|please (?:consider|think (?:of|about)) (?:the|our) environment|(?:think|consider) .{0,40}before (?:you )?print"
    r"|(?:please )?(?:don't|do not) print this e-?mail|save (?:a tree|paper)"
    r"|virus-free\b\W*(?:www\.\S*)?$|this (?:e-?mail|message) (?:has been|was) (?:checked|scanned)"
    r"|scanned by .{0,40}(?:virus|scan|secur|gateway|avast|norton|mcafee|sophos|symantec|mimecast"
    r"|proofpoint|barracuda)"
    r"|checked by avg|no virus found in"
    r"|vertraulichkeitshinweis|haftungsausschluss|rechtlicher hinweis|virenfrei\b"
    r"|diese e-?mail wurde (?:von|auf)|(?:bitte )?(?:denken|prüfen|bedenken) sie .{0,60}umwelt"
    r"|avis de confidentialité|clause de confidentialité|garanti sans virus|sans virus\b|(?:l'absence de virus"
    r"|cet e-mail a été vérifié)"
    r"|pensez à l.environnement|(?:merci de )?n'imprim(?:ez|er) ce"
    r"|aviso (?:legal|de confidencial|de privacidad)|cláusula de confidencial|libre de virus"
    r"|livre de vírus"
    r"|avviso di riservatezza|nota di riservatezza|informativa (?:privacy|sulla)"
    r"|ai sensi del.{0,6}(?:regolamento|reg\\b|d\\. ?lgs|decreto|gdpr|art)"
    r"|(?:mail )?privat?a di virus"
    r"|virusvrij|denk (?:aan het|om het) milieu|tänk på miljön|tænk på miljøet|virusfri"
    r"|informacja o poufności|wolny od wirusów"
    r"|免责声明|保密声明|免責聲明|保密警語|\[?本邮件及其附件"
    r"|(?:geschäftsführer|vorstand|geschäftsführung|sitz der gesellschaft|registergericht|handelsregister"
    r"|amtsgericht)\b.{0,60}"
    r"(?:hrb|amtsgericht|registergericht|handelsregister|ust-?id)|registered office\b"
    r"|registered in england|company (?:number|registration)"
    r"|to unsubscribe from|you (?:received|are receiving|got) this (?:message|email|mail|because)"
    r"|reply to this email directly"
    r"|um sich (?:von dieser|aus dieser)|pour (?:vous désinscrire|se désabonner)"
)
# What such a firm's name stands before.
REGISTERED: Final = " is registered in "
# Sentences that open a footer only when a legal word follows in the same paragraph.
FOOTER_OPENINGS: Final = (
    r"(?:[^\W\d][\w' -]{2,40}: ?|(?:important|notice|note|warning|attention|caution|wichtig|hinweis"
    r"|avertissement|aviso|avviso"
    r"|important notice|legal)\W{1,4})?(?:"
    r"th(?:is|e) (?:\w+,? ){0,3}(?:e-?mail|email|message|communication|transmission|transmittal"
    r"|information|contents?)\b"
    r"|th(?:e|is) (?:information|message|material|document)s? (?:transmitted|contained)|th(?:e"
    r"|is) (?:\w+ ){0,4}(?:contained|transmitted|in this|within)|if you (?:have received"
    r"|received|are not|believe)"
    r"|any (?:views|opinions|unauthori[sz]ed|review|dissemination)|unless (?:expressly|otherwise)|nothing in this"
    r"|(?:diese|der inhalt dieser|die (?:in|mit) dieser|dieses|die informationen)\b"
    r"|sollten sie (?:nicht|diese)|falls sie nicht|wenn sie nicht"
    r"|ce (?:message|courriel|mail|e-?mail|document)|cet? (?:e-?mail|courrier|envoi)|les informations"
    r"|le contenu de|si vous (?:avez reçu|n.êtes|recevez)"
    r"|est[ea] (?:mensaje|correo|e-?mail|mensagem|comunicación|comunicação|información)|la información"
    r"|el contenido|a informação|as informações"
    r"|si (?:usted )?(?:no es|ha recibido|recibe)|se (?:você|recebeu|não)|o conteúdo|esta transmis"
    r"|le informazioni|quest[oa] (?:messaggio|e-?mail|comunicazione|mail|documento)|il presente"
    r"|la presente|il contenuto|se (?:avete|ha|non|hai) ricev"
    r"|dit (?:e-?mail)?\s?bericht|deze (?:e-?mail|mail|boodschap)|de informatie|de inhoud|dit e-?mail"
    r"|dett?a (?:e-post)?\s?meddelande|denn?[ae] (?:e-?mail\w*|mail|e-?post\w*|besked|meddelelse|melding)"
    r"|informationen i|innholdet i|innholdet|indholdet"
    r"|tämä (?:sähköposti)?viesti|tämä sähköposti|tämän viestin|(?:ta|niniejsza|ninijesza) wiadomość|treść (?:tej"
    r"|niniejszej)|informacje zawarte|wiadomość ta"
    r"|tato zpráva|tento e-?mail|obsah t|táto správa|(?:это|данное"
    r"|настоящее) (?:электронное )?(?:сообщение|письмо)|информация, содерж|содержание (?:этого"
    r"|данного)"
    r"|це (?:електронне )?(?:повідомлення|лист)|цей (?:електронний )?лист|інформація, що"
    r"|bu (?:e-?posta|elektronik posta|mesaj|ileti)|本(?:邮件|郵件|电子邮件|電子郵件|信件|メール)"
    r"|此(?:邮件|郵件|电子邮件|電子郵件|信)"
    r"|このメール|このeメール|이 (?:메일|이메일)|본 (?:메일|이메일|전자우편))"
)
LEGAL: Final = (
    "confiden|privileged|intended (?:recipient|solely|only|for|exclusively)|addressee|vertraul"
    "|adressat|empfänger|destinat|destinád|riservat"
    "|bestemd|vertrouwelijk|geadresseerde|konfiden|avsedd|fortrolig|tiltænkt|luottamuk|tarkoitettu"
    "|poufn|adresat|důvěrn|určen|конфиденц|предназнач"
    "|конфіденц|призначен|gizli|alıcı|机密|保密|機密|收件人|収件|秘密|宛先|誤送|기밀|수신|virus"
    "|wirus|вирус|viren|disclos|unauthori"
)

# A legal footer speaks of the mail it stands in.
OF_MAIL: Final = (
    "e-?mail|message|mail|communication|transmi|attachment|nachricht|courriel|mensaje|correo|messaggio"
    "|mensagem|bericht|meddelande"
    "|meddelelse|e-?post|sähköposti|besked|melding|viesti|wiadomo|zpráv|správ|сообщени|письм|повідомлен"
    "|лист|posta|ileti"
    "|mesaj|邮件|郵件|信件|メール|메일|전자우편"
)

# Text by which quoting programs explain a list or a digest below the mail.
LIST_WORDS: Final = (
    "mailing list|mailinglist|mailman/listinfo|unsubscribe|listinfo|google groups|yahoo! groups"
    "|mailing-list|lists\\.|lijst|liste de diffusion|abmelden"
    "|listserv|abuse@|désabonn|antivirus|anti-virus|avast|avg\\."
)

# "Please consider the environment before printing": words for nature and for printing, and those of a mail.
NATURE: Final = (
    "environment|umwelt|environnement|medio ?ambiente|meio ambiente|ambiente|milieu|miljö|miljø|ympäristö|środowisk"
    "|životní prostředí|prostredi|окружающ|природ|довкілля|çevre|环境|環境|환경|környezet|mediul"
)
PRINTING: Final = (
    "print|druck|imprim|stamp|skriv|tulost|druk|tisk|tlač|печат|распеч|друк|yazdır|打印|列印|印刷|인쇄|nyomtat|tipări"
)
THINKING: Final = (
    "pens|piens|consid|denk|tänk|tænk|tenk|ajattel|pomyśl|mysl|dum|дума|düşün|考虑|考慮|考え|생각|gondol|gând|σκεφ"
)

# Banners that gateways put above what comes from outside: whence it comes, and what to take care of.
OUTSIDE: Final = (
    r"external (?:e-?mail|sender|message|source|party|address)|\bexternal\b|outside (?:of )?(?:your|the|our"
    r"|this|\w+)\b"
    r"|extern\w{0,2} (?:absender|e-?mail|mail|nachricht|quelle|afzender|avsändare|afsender)"
    r"|expéditeur externe|extérieur"
    r"|externo|externa|fuera de|\bestern[oa]|dall.esterno|fora da|buiten (?:de|onze|uw)|utanför|utenfor|uden for"
    r"|ulkopuol|zewnętrz|spoza|extern[ií]|mimo organizaci|внешн|извне|зовнішн|ззовні|harici|dışından|外部|외부"
)
CARE: Final = (
    r"caution|warning|\bclick|\blinks?\b|attachments?\b|verify|recogni[sz]e|vorsicht|achtung|warnung|anhäng|anhang"
    r"|attention|cliquez|liens|pièces jointes|precaución|atención|clic\b|enlaces|adjuntos|attenzione"
    r"|collegamenti|allegati"
    r"|cuidado|atenção|anexos|cautela|let op|bijlagen|koppelingen|varning|bilag|länkar|advarsel|forsiktig|lenker"
    r"|varoitus|liitte|linkk|uwaga|załącznik|pozor|upozornění|příloh|odkaz|внимание|осторожно|вложени|ссылк"
    r"|увага|вкладен|посилан|dikkat|bağlantı|注意|警告|附件|链接|連結|添付|リンク|주의|첨부|링크"
)
# They speak of a mail, or of who sent it.
SENT_IN: Final = (
    r"e-?mail|message|nachricht|courriel|correo|mensaje|messaggio|mensagem|bericht|meddel|melding|viesti|wiadomo|zpráv"
    r"|письм|сообщен|повідомлен|e-?post|邮件|郵件|メール|메일|sender|absender|expéditeur|remitente|mittente|remetente"
    r"|afzender|avsändar|afsender|lähettäj|nadawc|odesílatel|отправител|відправник|gönderen|发件人|寄件|送信者|발신"
)
BANNERS: Final = (
    r"^\W*extern\w{0,3}\W{1,4}(?:this|diese|ce|cette?|est[ea]|quest[oa]|dit|deze|det|den)\b"
    r"|learnaboutsenderidentification"
    r"|don.t often get e-?mail from|sie erhalten nicht (?:oft|häufig)"
    r"|vous (?:ne recevez|n.obtenez) pas souvent|no suele recibir|non si ricevono spesso|não costuma receber"
    r"|u ontvangt niet vaak|du får inte ofta|du får ikke ofte|du mottar ikke ofte"
)
# Such a banner's first line, or all of it, between brackets or stars.
TAGS: Final = (
    r"external|extern|externe?[oar]?(?: .{0,12})?|external (?:e-?mail|sender|message|source)|outside"
    r"|внешн\w+(?: .{0,10})?|外部.{0,6}"
)
# Who speaks of himself is a person, and no gateway.
SPEAKERS: Final = (
    r"(?<!\w)(?:i|i'm|i’m|we|me|my|us|ich|wir|mir|uns|mein\w*|je|j'\w+|nous|mon|yo|mi|io|mio|eu|meu|ik|mijn"
    r"|jag|jeg|min|minä|мне|я"
    r"|мы|мой|ben|benim)(?!\w)"
)
# The same without those that are common words of other languages.
HIMSELF: Final = (
    r"(?<!\w)(?:i|i'm|i’m|i've|i’ve|we|me|my|ich|wir|mir|mein\w*|je|j['’]\w+|nous|yo|meu|minha|ik|mijn|jag|jeg|minä"
    r"|mám|mam|мне|я|мы|мой|мені|ми|benim|我|我们|我們|私)(?!\w)"
)
