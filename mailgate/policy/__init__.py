"""The support policy: what a support manager may change, as frozen data. Pure, but that `load.py` reads files."""
