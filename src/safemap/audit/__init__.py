"""What was done, and who saw whose data: two trails that are only ever added to.

An *entry* says who (a person's number and roles, never a name) did what (a verb) to which record (its public id) and
what for. An *access* says who saw which personal records. Each row carries the hash of the row before it, so a changed,
removed or inserted row shows; each trail's *head* is its last row's number and hash. Written down elsewhere, the head
also shows a trail that was made anew as a whole by somebody with the database owner's rights. What no chain can show:
a deed that was never recorded, and whether what was recorded was true.
"""
