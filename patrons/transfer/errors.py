"""Why a file is not imported or a report not written, without anything of what stands in them."""


class FileRefused(Exception):
    """The file was not read to its end; nothing was changed.

    `code` is one of:

        empty            no byte, or no line after the headers
        encoding         neither UTF-8 nor CP932, or not what the mapping says
        line_ends        lines end with CR alone
        missing_columns  a required column is missing; `detail` names their headers
        twice            two columns have one header; `detail` names it
        record_too_long  a line, or lines within quotes, longer than any patron
        quotes           a quote that is not closed, or text behind a closed one
        cut_off          the last line has no line end
        rows             another number of rows than expected; `detail` is the number found

    `line` is where, counted from 1, where that is known.
    """

    def __init__(self, code: str, line: int | None = None, detail: str = "") -> None:
        super().__init__(f"{code} {line or ''} {detail}".strip())
        self.code, self.line, self.detail = code, line, detail


class ReportFailed(Exception):
    """The report of an import cannot be written; the text names the file and says why."""
