"""What pages are dressed with: files of ours, served by us, named by what is in them, so that browsers keep them."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
_FOR_A_YEAR = "public, max-age=31536000, immutable"


class Assets:
    """The files of `web/assets/`, read once; the operator's own in front of ours."""

    def __init__(self, folders: Sequence[Path]) -> None:
        files = [file for folder in reversed(folders) for file in sorted(folder.joinpath("web", "assets").glob("*"))]
        self._names: dict[str, str] = {}
        self._served: dict[str, tuple[bytes, str]] = {}
        for file in files:
            if file.suffix in _TYPES:
                octets = file.read_bytes()
                named = f"{file.stem}.{sha256(octets).hexdigest()[:12]}{file.suffix}"
                self._names[file.name], self._served[named] = named, (octets, _TYPES[file.suffix])

    def path(self, name: str) -> str:
        """Where the file of that name is served. KeyError for none."""
        return f"/assets/{self._names[name]}"

    async def serve(self, request: Request) -> Response:
        found = self._served.get(request.path_params["name"])
        if found is None:
            return Response(status_code=404)
        return Response(found[0], media_type=found[1], headers={"cache-control": _FOR_A_YEAR})
