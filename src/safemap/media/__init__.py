"""Photos in: of places, never of people.

A *photo* is what safemap drew anew from the dots of a file that somebody sent: upright, at most 2,048 dots long, a JPEG
with nothing in it but the picture. The file itself is stored nowhere, and what cannot be drawn anew is refused. Files
are read in a *room apart*, a process with little memory and time, since whoever sends a file chooses its bytes.

A photo is *held* until somebody has looked at it, *shown* or *hidden*; whose it is belongs to upper packages.
"""
