"""Statistics on aligned arrays: numbers in, frozen dataclasses out.

Nothing here knows Django, the database or a screen. Every function checks what it is given and raises
ValueError for what it cannot answer; none returns NaN or an infinity.
"""
