"""The file of a place: which place, what happened there, what is known of it, who reads what.

``identity`` says which codes are the place; each other module is a source of events and facts for a place already
found; ``file`` puts them together. A new source is one function in ``file.SOURCES``.
"""
