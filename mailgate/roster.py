"""The engineers of the roster, as the settings name them: who of ours answers customers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["engineer", "operator"]


@dataclass(frozen=True, slots=True)
class Engineer:
    """One of ours who answers customers. `public` is the name that they read: `name`, unless another is chosen. An
    operator sees and does on the desk's pages what an engineer does, and what is the gate's own."""

    address: str
    name: str
    level: int = 1
    public: str = ""
    role: Role = "engineer"

    @property
    def key(self) -> str:
        """For comparing, as `Address.key`."""
        return self.address.casefold()

    @property
    def public_name(self) -> str:
        return self.public or self.name
