"""What a user without rights is told: files that nobody may read, and work done in a child that is not root."""

from __future__ import annotations

import os
import pwd
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_NOBODY = 65534


def asker() -> str:
    """Who asks in `as_nobody`: root may do everything, so root becomes somebody else."""
    return pwd.getpwuid(os.geteuid() or _NOBODY).pw_name


def owner() -> str:
    return pwd.getpwuid(os.geteuid()).pw_name


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that everybody may enter; those that pytest makes are private."""
    folder = Path(tempfile.mkdtemp(prefix="mailgate-open-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def as_nobody(work: Callable[[], str]) -> str:
    """What `work` says in a child process without root's rights. What it imports must be imported already."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(_NOBODY)
                os.setuid(_NOBODY)
            said = work()
        except BaseException as error:  # noqa: BLE001 - the parent is to see it
            said = f"{type(error).__name__}: {error}"
        os.write(write_end, said.encode())
        os._exit(0)
    os.close(write_end)
    with os.fdopen(read_end, encoding="utf-8") as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return said
