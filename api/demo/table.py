"""The demo's files and their verdicts, as a table for people."""

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.demo.making import Verdict

__all__ = ["show_table"]


def show_table(console: Console, verdicts: tuple[Verdict, ...], folder: Path) -> None:
    """Print one line a file, and where to find them."""
    table = Table(title="钤印演示 · Qianyin demo", title_justify="left")
    table.add_column("")
    for title in ("文件 file", "结论 verdict", "原因 reason"):
        table.add_column(title, overflow="fold")
    for one in verdicts:
        sign, style = ("✔", "green") if one.is_as_expected else ("✘", "bold red")
        table.add_row(
            Text(sign, style=style),
            str(one.path.relative_to(folder).with_suffix("")),
            str(one.indication or "不可读 unreadable"),
            one.reason,
        )
    console.print(table)
    console.print(f"证照 issued   {folder / 'issued'}")
    console.print(f"伪造 tampered {folder / 'tampered'}")
    console.print(f"根证书 roots  {folder / 'trust'}")
