"""What is no new word though it stands in the mail: signatures, programs' own lines, legal footers, header blocks."""

from __future__ import annotations

import pytest

from mailgate.mail.reply import new_words

OWN = "Hello Ann,\n\nthe printer works again.\n\nRegards, Bob"

SENT_BY = (
    "Sent from my iPhone",
    "Sent from my Samsung Galaxy smartphone.",
    "Sent from Yahoo Mail on Android",
    "Sent from Outlook for iOS<https://aka.ms/o0ukef>",
    "Get Outlook for Android<https://aka.ms/AAb9ysg>",
    "Sent from Mail for Windows",
    "Sent from Mail<https://go.microsoft.com/fwlink/?LinkId=550986> for Windows 10",
    "Sent via BlackBerry from T-Mobile",
    "Sent with Proton Mail secure email.",
    "Sent using Zoho Mail",
    "Sent from ProtonMail mobile",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Gesendet von Mail für Windows",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Von meinem Samsung Galaxy Smartphone gesendet.",
    "Envoyé de mon iPhone",
    "Envoyé depuis mon smartphone Samsung Galaxy.",
    "Envoyé à partir d’Outlook pour iOS",
    "Télécharger Outlook pour Android",
    "Provenance : Courrier pour Windows 10",
    "Enviado desde mi iPhone",
    "Enviado desde Outlook para iOS",
    "Obtener Outlook para Android",
    "Inviato da iPhone",
    "Inviato dal mio dispositivo Samsung",
    "Scarica Outlook per iOS",
    "Enviado do meu iPhone",
    "Enviado do Outlook para iOS",
    "Obter o Outlook para Android",
    "Verzonden vanaf mijn iPhone",
    "Verstuurd vanaf mijn iPad",
    "Outlook voor Android downloaden",
    "Skickat från min iPhone",
    "Skickades från Outlook för iOS",
    "Hämta Outlook för iOS",
    "Sendt fra min iPhone",
    "Hent Outlook til iOS",
    "Sendt fra Outlook for iOS",
    "Lähetetty iPhonesta",
    "Hanki Outlook for iOS",
    "Wysłano z iPhone'a",
    "Wysłane z iPhone'a",
    "Pobierz aplikację Outlook dla systemu Android",
    "Odesláno z iPhonu",
    "Získat Outlook pro iOS",
    "Отправлено с iPhone",
    "Отправлено из мобильной Почты Mail.ru",
    "Отправлено из Mail.ru для Android",
    "Отправлено с моего iPad",
    "Надіслано з iPhone",
    "Відправлено з мобільного",
    "iPhone'umdan gönderildi",
    "Android için Outlook'u edinin",
    "发自我的 iPhone",
    "发自我的华为手机",
    "從我的 iPhone 傳送",
    "获取 Outlook for iOS",
    "iPhoneから送信",
    "Androidから送信",
    "Outlook for iOS を入手",
    "나의 iPhone에서 보냄",
    "내 Galaxy에서 보냄",
    "Sent from my Android device with K-9 Mail. Please excuse my brevity.",
    "Sent from my mobile device",
    "Sent on the go with Vodafone",
    "Sent from AOL Mobile Mail",
    "Sent from the all new AOL app for iOS",
    "Sent from a phone",
)
FOOTERS = (
    "CONFIDENTIALITY NOTICE: This e-mail is for the sole use of the intended recipient.",
    (
        "This email and any files transmitted with it are confidential and intended solely for the "
        "use of\nthe individual or entity to whom they are addressed."
    ),
    "The information contained in this message is confidential and may be legally privileged.",
    (
        "Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie "
        "nicht der richtige Adressat sind, löschen Sie sie."
    ),
    (
        "Ce message et toutes les pièces jointes sont établis à l'intention exclusive de ses "
        "destinataires et sont confidentiels."
    ),
    "Este mensaje y sus archivos adjuntos son confidenciales.",
    (
        "Este correo electrónico y, en su caso, cualquier fichero anexo contiene información "
        "confidencial exclusivamente dirigida a su destinatario."
    ),
    "Le informazioni contenute in questo messaggio sono riservate.",
    "Esta mensagem e seus anexos são confidenciais",
    "Dit bericht is uitsluitend bestemd voor de geadresseerde.",
    "Detta meddelande är konfidentiellt",
    "Denne e-mail er fortrolig",
    "Tämä viesti on luottamuksellinen",
    "Ta wiadomość jest poufna",
    "Tato zpráva je důvěrná",
    "Данное сообщение содержит конфиденциальную информацию",
    "本邮件包含机密信息",
    "このメールは機密情報を含みます。",
    "이 메일은 기밀 정보를 포함",
    "Please consider the environment before printing this email.",
    "Virus-free. www.avast.com",
    "This email has been checked for viruses by Avast antivirus software.\nhttps://www.avast.com/antivirus",
    "Diese E-Mail wurde von Avast Antivirus-Software auf Viren geprüft.",
    "---\nDiese E-Mail wurde von Avast Antivirus-Software auf Viren geprüft.\nhttps://www.avast.com/antivirus",
    (
        "IMPORTANT: This email is intended for the use of the individual addressee(s) named above and "
        "may contain information that is confidential"
    ),
    "-- \nBob Example\nExample Ltd\n+49 555 0100",
    "--\nBob Example\nExample Ltd\n+49 555 0100",
    (
        "_______________________________________________\nusers mailing list\n"
        "users@lists.example.com\nhttps://lists.example.com/mailman/listinfo/users"
    ),
    (
        '--\nYou received this message because you are subscribed to the Google Groups "x" group.\nTo '
        "unsubscribe from this group.."
    ),
    "NOTICE: This message may contain privileged or confidential information.",
    (
        "**********************************************************************\nThis email and any "
        "files transmitted with it are confidential and\nintended solely for the use of the "
        "individual\n**********************************************************************"
    ),
)
HEADS = {
    "en": (
        "From: Ann Example <ann@example.com>\nSent: Monday, January 9, 2017 11:59 AM\nTo: Bob "
        "<bob@example.org>\nSubject: Printer"
    ),
    "de": (
        "Von: Ann Example [mailto:ann@example.com]\nGesendet: Montag, 9. Januar 2017 11:59\nAn: Bob\n"
        "Betreff: AW: Drucker"
    ),
    "fr": "De : Ann Example [mailto:ann@example.com] \nEnvoyé : lundi 9 janvier 2017 11:59\nÀ : Bob\nObjet : RE: x",
    "es": "De: Ann Example <ann@example.com>\nEnviado el: lunes, 9 de enero de 2017 11:59\nPara: Bob\nAsunto: RE: x",
    "it": "Da: Ann Example <ann@example.com>\nInviato: lunedì 9 gennaio 2017 11:59\nA: Bob\nOggetto: R: x",
    "pt": (
        "De: Ann Example <ann@example.com>\nEnviada em: segunda-feira, 9 de janeiro de 2017 11:59\n"
        "Para: Bob\nAssunto: RES: x"
    ),
    "nl": "Van: Ann Example <ann@example.com>\nVerzonden: maandag 9 januari 2017 11:59\nAan: Bob\nOnderwerp: RE: x",
    "sv": "Från: Ann Example <ann@example.com>\nSkickat: den 9 januari 2017 11:59\nTill: Bob\nÄmne: SV: x",
    "no": "Fra: Ann Example <ann@example.com>\nSendt: mandag 9. januar 2017 11:59\nTil: Bob\nEmne: SV: x",
    "fi": (
        "Lähettäjä: Ann Example <ann@example.com>\nLähetetty: maanantai 9. tammikuuta 2017 11.59\n"
        "Vastaanottaja: Bob\nAihe: VS: x"
    ),
    "pl": "Od: Ann Example <ann@example.com>\nWysłano: poniedziałek, 9 stycznia 2017 11:59\nDo: Bob\nTemat: ODP: x",
    "cs": "Od: Ann Example <ann@example.com>\nOdesláno: pondělí 9. ledna 2017 11:59\nKomu: Bob\nPředmět: RE: x",
    "ru": "От: Ann Example <ann@example.com>\nОтправлено: 9 января 2017 г. 11:59\nКому: Bob\nТема: RE: x",
    "uk": "Від: Ann Example <ann@example.com>\nНадіслано: 9 січня 2017 р. 11:59\nКому: Bob\nТема: RE: x",
    "tr": "Kimden: Ann Example <ann@example.com>\nGönderildi: 9 Ocak 2017 Pazartesi 11:59\nKime: Bob\nKonu: YNT: x",
    "zh": "发件人: Ann Example <ann@example.com>\n发送时间: 2017年1月9日 11:59\n收件人: Bob\n主题: 答复: x",
    "zhtw": "寄件者: Ann Example <ann@example.com>\n寄件日期: 2017年1月9日 11:59\n收件者: Bob\n主旨: RE: x",
    "ja": "差出人: Ann Example <ann@example.com>\n送信日時: 2017年1月9日 11:59\n宛先: Bob\n件名: RE: x",
    "ko": "보낸 사람: Ann Example <ann@example.com>\n보낸 날짜: 2017년 1월 9일 11:59\n받는 사람: Bob\n제목: RE: x",
    "mac": (
        "From: Ann Example <ann@example.com>\nDate: Monday, January 9, 2017 at 11:59 AM\nTo: Bob\nCc: "
        "Carl\nSubject: Re: x"
    ),
    "blank": "From: Ann <ann@example.com>\n\nSent: Monday\n\nTo: Bob\n\nSubject: x",
    "bold": (
        "*From:* Ann <ann@example.com>\n*Sent:* Monday\n*To:* Bob; Carl; Dora Long Name;\n Eve "
        "<eve@example.com>\n*Subject:* x"
    ),
}


@pytest.mark.parametrize("line", SENT_BY)
def test_what_a_program_says_of_itself_goes(line: str) -> None:
    words = new_words(f"{OWN}\n\n{line}\n")
    assert (words.reply, words.elided) == (OWN, line)


@pytest.mark.parametrize(
    "line",
    [
        "Sent from my desk, is much easier than my mobile phone.",
        "The notification was sent from my iPhone app to all users.",
        "Sent from Berlin on Monday, the parcel has not arrived.",
    ],
)
def test_a_sentence_about_sending_stays(line: str) -> None:
    assert new_words(f"Hello\n\n{line}").reply == f"Hello\n\n{line}"


@pytest.mark.parametrize("footer", FOOTERS)
def test_signatures_and_footers_go(footer: str) -> None:
    words = new_words(f"{OWN}\n\n{footer}\n")
    assert words.reply == OWN
    assert words.elided.split() == footer.split()


@pytest.mark.parametrize(
    "said",
    [
        'Hi\n\nThis message appears on the screen: "out of paper". What is it?',
        "Hi\n\nThis e-mail address is not recognised by your site. I intended to use it.\n\nBob",
        "Hi\n\nThe information in this ticket is confidential, please delete it after.\n\nBob",
        "Hi\n\nImportant notice:\nwe are closed tomorrow, is delivery possible?\n\nBob",
        "Points:\n\n- one\n- two\n\n---\n\nand three",
        "Trip:\n\nFrom: Berlin\nTo: Paris\nDate: 3 May\n\nthanks",
        "Regards, Bob",
    ],
)
def test_words_that_only_look_like_a_footer_or_a_header_stay(said: str) -> None:
    assert new_words(said).reply == said


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Original Message-----\n"])
def test_a_header_block_in_any_language_cuts_what_is_below(head: str, rule: str) -> None:
    assert new_words(f"{OWN}\n\n{rule}{head}\n\nDoes it work?\nAnn\n").reply == OWN


def test_a_mail_that_opens_with_a_header_block_keeps_it_all() -> None:
    said = f"{HEADS['en']}\n\nHello"
    assert new_words(said).reply == said


@pytest.mark.parametrize(
    "below",
    [
        (
            '------------------ 原始邮件 ------------------\n发件人: "Ann" <ann@example.com>;\n收件人: '
            '"Bob"<bob@example.org>;\n\nold'
        ),
        (
            '"Ann Example" <ann@example.com> \n01/09/2017 11:59 AM\n\nTo\nBob <bob@example.org>\ncc\n\n'
            "Subject\nRe: x\n\nold"
        ),
        "##- Please type your reply above this line -##\n\nold",
        "-------- Oprindelig besked --------\nFra: Ann <ann@example.com>\nDato: 04.07.2024  17.45\n\nold",
        "-----original message-----\n\nHi Bob,\nold",
        '====\n\nMessage du : 12/12/2016 13:20\nDe : "Ann" <ann@example.com>\nA : bob@example.org\nSujet : x\n\nold',
    ],
    ids=["qq", "notes", "desk", "danish", "bare", "orange"],
)
def test_other_marks_of_what_is_old_cut_too(below: str) -> None:
    assert new_words(f"{OWN}\n\n{below}").reply == OWN


def test_answers_between_quoted_lines_stay_in_their_order() -> None:
    asked = "On 9 Jan 2017, at 11:59, Ann <ann@example.com> wrote:"
    text = f"Hi,\n\n{asked}\n\n> Is it on?\n\nYes.\n\n> Blue?\n\nNo.\n"
    assert new_words(text).reply == "Hi,\n\nYes.\n\nNo."


def test_an_answer_below_the_quoted_words_is_found() -> None:
    text = "On 9 Jan 2017, at 11:59, Ann <ann@example.com> wrote:\n> Is it on?\n\nYes it is.\n-- \nBob\n"
    assert new_words(text).reply == "Yes it is."


def test_the_broken_off_end_of_a_quoted_line_is_quoted_too() -> None:
    long = "> Lorem ipsum dolor sit amet, consectetur adipiscing elit nullam pharetra d\nignissim odio?\n>\n"
    assert new_words(f"{OWN}\n\nAnn wrote:\n{long}").reply == OWN


@pytest.mark.parametrize("mark", ["---------- Forwarded message ---------", "Begin forwarded message:", "转发的邮件"])
def test_a_forwarded_mail_stays_whole(mark: str) -> None:
    text = (
        f"FYI\n\n{mark}\nFrom: Ann <ann@example.com>\nSubject: x\n\nOn 3 May 2020 Bob <bob@example.org> wrote:\n> old"
    )
    assert new_words(text).reply == text


def test_a_mail_of_quoted_words_alone_has_no_new_ones() -> None:
    assert new_words("On 9 Jan 2017, at 11:59, Ann <ann@example.com> wrote:\n> Is it on?\n").reply == ""


def test_a_mail_that_someone_marked_throughout_is_his_own() -> None:
    assert new_words("> Is it on?\n> Bob\n").reply == "> Is it on?\n> Bob"
