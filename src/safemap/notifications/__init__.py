"""Letters out: to addresses and not to people, who belong to upper packages.

A *letter* is what somebody wants said, in the reader's language, by e-mail or LINE; a *message* is its row in the
outbox, written in the transaction that causes it, with the job that hands it over: so no letter tells of what was
rolled back. A *courier* hands it over with an id that stays the same however often it must be repeated, so that the
other side knows it again; what may be repeated, the letter says. Its text is wiped then, since it may hold a sign-in
link. Without a mail server letters wait where an operator can read them out.
"""
