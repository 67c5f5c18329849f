"""What does a mail, or the passing of time, mean for a case? Pure: values in, a `Decision` out.

The statuses, and everything that moves between them (`decide.py` draws the same in code):

    (new mail) ──▶ new ──engineer──▶ open ◀──customer writes── waiting
                    │                 │ └──engineer waits──────────▲
                    │                 ▼
                    └──engineer──▶ resolved ──engineer──▶ closed
                                      │                     │
                                      └──customer writes────┴─(within closing.reopen_days)──▶ open

The arrows of an engineer are the usual ones: by hand he may set any status (`mailgate case set`).
Automatic mail never moves anything. A mail to a case closed for longer opens a new case that follows the old one.
"""
