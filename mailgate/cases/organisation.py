"""Whether two addresses belong to one organisation: they share a domain that is its own, or they are one person's."""

from __future__ import annotations

# Anybody can have an address here: sharing one of these means nothing.
SHARED_DOMAINS = frozenset(
    """
    126.com 163.com aol.com att.net bigpond.com bk.ru bluewin.ch bt.com btinternet.com comcast.net cox.net
    docomo.ne.jp duck.com email.com ezweb.ne.jp fastmail.com fastmail.fm foxmail.com free.fr freenet.de gmail.com
    gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com hanmail.net hey.com hotmail.co.uk hotmail.com hotmail.de
    hotmail.fr hotmail.it icloud.com inbox.lv inbox.ru interia.pl laposte.net libero.it list.ru live.com live.nl
    mac.com mail.com mail.ru mailbox.org me.com msn.com naver.com o2.pl onet.pl online.de orange.fr outlook.com
    outlook.de outlook.fr pm.me posteo.de proton.me protonmail.ch protonmail.com qq.com rambler.ru rediffmail.com
    rocketmail.com rogers.com sbcglobal.net seznam.cz sfr.fr shaw.ca sina.com sky.com softbank.ne.jp sympatico.ca
    t-online.de telenet.be tiscali.it tuta.com tutanota.com ukr.net verizon.net virgilio.it virginmedia.com
    wanadoo.fr web.de wp.pl xtra.co.nz yahoo.ca yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.de yahoo.es
    yahoo.fr yahoo.in yahoo.it yandex.com yandex.ru ymail.com ziggo.nl zoho.com
    """.split()
)


def same_organisation(address: str, others: tuple[str, ...]) -> bool:
    """Whether the address shares its organisation's own domain with any of the others (all plain addr-specs).

    At a shared domain only names of one mailbox do: `ann+printers@gmail.com` is Ann's (RFC 5233).
    """
    local, _, domain = address.casefold().rpartition("@")
    if not domain:
        return False
    if domain not in SHARED_DOMAINS:
        return any(other.rpartition("@")[2].casefold() == domain for other in others)
    mailbox = f"{local.partition('+')[0]}@{domain}"
    return any(
        f"{one.partition('+')[0]}@{at}" == mailbox for one, _, at in (o.casefold().rpartition("@") for o in others)
    )
