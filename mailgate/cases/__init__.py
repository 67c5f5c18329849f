"""What does a mail, an action, or the passing of time, mean for a case? Pure: values in, a `Decision` out.

The statuses, and everything that moves between them (`moves.py` says the same in code; nothing else sets a status):

                ┌─────────────── our people ──────────────────┐
                │                                             ▼
    (mail) ──▶ new ──ours──▶ open ◀────customer writes──── waiting
                │             │ │ └───────────ours────────────▲ │
                │             │ │                             │ │
                │             │ └──ours──▶ resolved ◀──ours───┼─┤
                │             │              │ │ └──ours──────┘ │
                │             │              │ └─customer writes─▶ open
                ▼             ▼              ▼                  ▼
              closed ◀──ours──┴──────ours, customer confirms────┴── nobody answers, the notice was accepted (time)
                │
                └──customer writes within closing.reopen_days, or ours──▶ open

Our people (`EngineerActed`: mail, page, `mailgate case set`) may go every arrow but those of mails and time; nothing
becomes new again, and what is closed is opened before anything else. The customer may close his case at any time.
Time closes what is resolved and unconfirmed, and what waits in vain. Automatic mail never moves anything. A mail to a
case closed for longer opens a new case that follows the old one.

The clocks of a case run while it is new or open; they stand still while it waits for the customer (by policy), end
when it is resolved, and begin afresh when it is opened again. What is due when: `agenda.py`.
"""
