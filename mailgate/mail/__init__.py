"""Bytes become a `Mail`. Pure: no network, no clock, no database; `parse.py` alone imports mailparser."""
