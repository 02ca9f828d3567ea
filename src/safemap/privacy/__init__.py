"""What the law lets people ask of their own data (個資法), and what becomes of data by itself.

A *notice* says what is collected and why, in versions; a member's *answer* to it is kept. A *request* is somebody's
about their own data (查閱, 複製本, 更正, 停止利用, 刪除) and has a day by which it must be decided. A *holder* is a
domain that keeps something about people: it gives its part of a copy, corrects, stops and erases. *Retention* is the
table of how long each kind of record is kept, and the round that keeps to it. A *breach* is data that came to harm.
"""
