"""By which name the reverse proxy in front asks for us. It has to be that which browsers ask for: by any other one
everybody is shown what is for those who run the gate alone.
"""

from __future__ import annotations


class Handed:
    """What was heard since the start. `name` is the `public` one once it was heard, else the last; "" while nobody came
    by a proxy: anybody may ask by another name, but a proxy that hands on none of them always asks by its own."""

    def __init__(self, public: str | None) -> None:
        self.public, self.name = public or "", ""

    def hear(self, name: str) -> None:
        """Somebody came by a proxy, which asked by that name."""
        if not self.name or self.name != self.public:
            self.name = name

    @property
    def trouble(self) -> str:
        """In one line; "" where all is well, or nothing known."""
        if not self.name or not self.public or self.name == self.public:
            return ""
        return f"the proxy asks for {self.name}, where browsers ask it for {self.public}"
