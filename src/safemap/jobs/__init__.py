"""The background queue: what is done later, by whoever works, in the database that everything else is in.

A *task* is a function that a room's ``tasks.py`` registers by name; a *job* is one run of it, put in by the transaction
that wants it, so that a job exists if and only if that transaction was committed. A *worker* takes jobs: each web
process has one, and ``safemap work`` is one alone. A job may run twice when a worker dies over it, so every task does
nothing the second time. The queue is procrastinate's; only this package knows that.
"""
