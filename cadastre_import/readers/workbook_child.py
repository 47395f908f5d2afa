"""Reads a workbook, alone in a process: ``python workbook_child.py FILE`` writes JSON lines, values as text.

A small file may announce a billion cells: memory and processor time are bounded here, and what goes past the bound
takes this process only. A formula is the value that was stored with it; a macro or a link is never looked at.
Dates are written as administrations do, ``31/12/2025``. Hidden sheets are left out.
"""

import json
import resource
import sys
from datetime import date, datetime, time, timedelta

MEMORY = 3 * 1024**3
CPU_SECONDS = 900


def say(line):
    """Write one line for the parent."""
    sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")


def text(value):
    """Give a cell as a person would type it."""
    if isinstance(value, bool):
        return "Oui" if value else "Non"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        midnight = value.time() == time()
        return value.strftime("%d/%m/%Y" if midnight else "%d/%m/%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return "" if value is None or isinstance(value, timedelta) else str(value)


def main(path):
    """Write, for each visible sheet, its name, then each row that holds something, numbered as in the sheet."""
    import python_calamine as calamine

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    workbook = calamine.CalamineWorkbook.from_path(path)
    for sheet in workbook.sheets_metadata:
        if (
            sheet.visible != calamine.SheetVisibleEnum.Visible
            or sheet.typ != calamine.SheetTypeEnum.WorkSheet
        ):
            continue
        say(sheet.name)
        for number, row in enumerate(workbook.get_sheet_by_name(sheet.name).iter_rows(), 1):
            cells = [text(value) for value in row]
            if any(cells):
                say([number, cells])


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main(sys.argv[1])
