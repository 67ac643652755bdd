"""The errors that reading a file ends with."""


class ParseError(Exception):
    """A file that cannot be read as its spec says: what, in which file, row and column, what to do."""


class OtherHeader(ParseError):
    """Its columns are not those that are described."""


class OtherCodes(ParseError):
    """Its columns are as described, and a code in them is not."""


class EmptyFile(ParseError):
    """It is as described and holds no row."""
