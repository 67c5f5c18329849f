"""The page of a case on the real daemon: a link opens it, a child reads the mail, and what is sent there is walked."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from case_pages import ANN
from daemon import Daemon, free_port
from hostile_html import PNG, with_pictures, written
from site_visitor import Visitor


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def daemon(tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Daemon]:
    web = f'[web]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n'
    with Daemon(tmp_path_factory.mktemp("page"), extra=web) as daemon:
        daemon.says("ready")
        yield daemon


def test_a_link_opens_the_page_a_child_reads_the_mail_and_a_message_is_walked(daemon: Daemon, port: int) -> None:
    told = written('<p>Red: <img src="cid:red@x"></p><script>alert(1)</script>', by=f"Ann <{ANN}>")
    (first,) = daemon.send(with_pictures(told).as_bytes())
    daemon.becomes("filed", first)
    (case,) = daemon.ask("case", "list")
    site = Visitor(port, f"127.0.0.1:{port}")
    link = urlsplit(daemon.run("case", "link", case["number"], "--to", ANN).stdout.strip()).path
    page = site.get(link)
    assert page.status == 200
    assert "Plain words." in page.words
    whole = site.get(f"{link}/mail/{first}")
    assert "Red:" in whole.words
    assert "script" not in whole.text
    assert site.get(f"{link}/mail/{first}/part/0").body == PNG
    fields = {**page.forms()[f"{link}/message"], "words": "It is redder now."}
    body = {"files": ("log.txt", b"all of it")}
    sent = site.post(f"{link}/message", fields, body)
    assert sent.status == 303, sent.words
    daemon.becomes("filed", first + 1)
    assert "It is redder now." in site.get(link).words
    assert link.rpartition("/")[2] not in daemon.log.read_text()
