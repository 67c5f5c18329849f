"""A policy is played on a clock that is turned by hand, and no letter leaves.

stage       a whole house whose clock stands still until it is turned, and whose relay only writes down
scenario    the scenario file: its shape, and what is wrong in it (`fixtures/README.md` explains it to people)
moments     "+5 minutes", "10:30", "Tue 10:30": what a scenario means by them
mails       the mails that customers and their machines write in a scenario
record      what a play came to: letters, cases, breaches, held mails
play        plays a scenario, step by step
compare     what a play came to, beside what its scenario expects
past        plays a mailbox of past mail
trial       plays the mail of a store through two policies, side by side
story       tells a play so that people like to read it
"""
