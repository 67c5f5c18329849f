"""The support policy: what a support manager may change, as frozen data. Pure, but that `load.py` reads files.

`policy.py` is its shape. Time: `hours.py` (the calendar, the only date arithmetic) stands on `week.py` (working hours),
`days_off.py` (holidays) and `wall_clock.py` (local time and UTC); `duration.py` says what "2 business hours" are.
"""
