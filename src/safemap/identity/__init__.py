"""Who somebody is and what they may see and do.

A **person** holds **roles**, each within a **scope** (village, community, precinct, county, the whole country) and for
a time. A **viewer** is whoever asks: a person with the roles in force now, or an anonymous visitor. The table in
`permissions` says which role may do what with which kind of record; `service` narrows every query to it.
"""
