"""Letters out: to addresses and not to people, who belong to upper packages.

A *letter* is what somebody wants said, in the reader's language; a *message* is its row in the outbox, written in the
transaction that causes it, so that no letter tells of what was rolled back. It is handed to the mail server at most
once, and its text is wiped then, since it may hold a sign-in link. Without a mail server letters wait where an operator
can read them out.
"""
