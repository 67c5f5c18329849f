"""mailgate: the gate between a support mailbox and a case desk. This docstring is the map of the house.

One message walks through it so (`pipeline.py`, every line a step):

    receive    a door (`intake/`) takes the bytes; `intake/accept.py` makes them durable; only then 250
    parse      bytes become a `Mail` (`mail/`, `reading.py`), in a child process that may be killed (`reader.py`;
               `pickled.py` is how values go there and back)
    examine    may it come in? (`checks/`): each check finds, the policy decides, the trace is stored (`story.py`)
    match      which case is it about? (`cases/match.py`; `understand.py` asks the store for both); what our own letters
               said is then taken out of its new words (`own_words.py`)
    decide     what does it mean? (`cases/decide.py`, under the case's policy by `deciding.py`): the only place where a
               status changes; who may do what is ruled by `cases/may.py`; our own people's mail is
               `cases/desk_mail.py`, their words on the way out `cases/relaying.py` and `cases/guard.py`, what they
               hear of it all `cases/notices.py`
    render     what do we say? (`writing.py`, `outbox/render.py` and `templates/`)
    keep       case, history, thread ids, outbox rows: one commit (`store/keep.py`)
    deliver    the outbox goes out over the relay (`outbox/deliver.py`); of what does not arrive its case is told
               (`delivery.py`, `cases/undelivered.py`)

`mail/ checks/ cases/ policy/` are pure: values in, values out, `now` is a parameter.
`intake/ outbox/ store/ web/ cli/` are the shell: they touch the network, the disk and the clock.
What is built and started: `app.py` builds the `House` (`house.py`); `daemon.py`, one for a SQLite file (`only.py`),
starts the roles: doors, acceptor, worker, sender, timekeeper; `jobs.py` is the table of what recurs.

    worker.py           walks mails; `leases.py` holds what it has in hand as who `holder.py` says, `parents.py` decides
                        answers after what they answer, `unwritten.py` keeps a batch together
    authenticating.py   waits for what `intake/verify.py` finds out of a sender, in children (`child.py`)
    timekeeper.py       what is due to cases
    nodes.py            that each daemon on one database lives, and how their configurations differ (`fingerprint.py`)
    books.py            goes through the books each night; `figures.py` what we count; `operator.py` whom we tell
    forgetting.py       forgets what is over, or erased by request; `tidying.py` deletes that from an object store, too
    exporting.py        hands out what is one person's
    indexing.py         keeps what cases are found by (`store/search.py`); `reckoning.py` counts days for pictures
    systemd.py          what systemd and we say to each other

What people do, other than by mail:

    web/                health and metrics, the customer's page, the desk's window; `links.py` signs the links to them,
                        `page_codes.py` mails the codes that acting there may take, `signing_in.py` lets our people in
    by_hand/            what people do with mails, letters and senders; `rehearsing.py` says what a mail would come to
    accounts.py         changes and escalates accounts; `account_requests.py` is how somebody comes to one,
                        `organisation.py` what an organisation's admin may do, `directory.py` finds whose an address is
    outages.py          tells an account's people of outages
    rearranging.py      makes one case of two or two of one by hand; `parting.py` finds what a split is to take
    explaining/         why a mail came to what it came to

What is configured: `settings.py` reads the deployment file (`settings_rules.py`, `fetching_rules.py`,
`object_rules.py`, `trust_rules.py` what must hold in it, `roster_file.py` changes who of ours answers in it),
`contacts_file.py` and `contacts_csv.py` who our customers are, `policy/load.py` the policies; `shipped.py` knows where
our own files lie.

`simulate/` plays all of it on a clock that is turned by hand.
Import-linter holds the walls (`pyproject.toml`). Why things are as they are: `mailgate/DECISIONS.md`.

This module imports nothing, so that `mailgate deliver` can answer 75 even where an import would fail.
"""

__version__ = "0.1.0"
