"""The errors that reading a file ends with."""


class ParseError(Exception):
    """A file that cannot be read as its spec says: what, in which file, row and column, what to do."""
