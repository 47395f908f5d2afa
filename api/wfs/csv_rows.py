"""CSV of the WFS: the library's, in which no text is a formula for whoever opens it in a spreadsheet."""

from typing import Any

from gisserver.output import DBCSVRenderer

from api.exports.texts import dead


class CsvOfRows(DBCSVRenderer):
    """Writes an apostrophe before what a spreadsheet would run, as the files of the page « Télécharger » do."""

    def get_row(self, *arguments: Any, **options: Any) -> list:
        """Give the values of a row, its texts dead."""
        return [
            dead(value) if isinstance(value, str) else value
            for value in super().get_row(*arguments, **options)
        ]
