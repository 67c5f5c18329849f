"""The support policy: what a support manager may change, as frozen data. Pure, but that `load.py` reads files.

`policy.py` and `service.py` are its shape; `as_written.py` gives it back as its file would have it. `load.py` reads
files, and refuses what does not go together (`contradictions.py`, `time_contradictions.py`). Time: `hours.py` (the
calendar, the only date arithmetic) stands on `week.py` (working hours), `days_off.py` (holidays) and `wall_clock.py`
(local time and UTC); `duration.py` says what "2 business hours" are.
"""
