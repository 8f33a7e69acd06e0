"""Starts the window, the command line or the engine's child; the child before anything of Qt is imported."""

from __future__ import annotations

import signal
import sys


def main() -> int:
    arguments = sys.argv[1:]
    if arguments[:1] == ["--engine"]:
        # Ctrl+C in a terminal reaches the child too, but it is the near end that decides what it stops.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        from desktop_llm.engine.process import main as engine

        return engine()
    if arguments[:1] == ["--bare-bench"]:
        from desktop_llm.engine.process import bare_bench

        return bare_bench(arguments[1])
    if arguments[:1] == ["--read"]:
        from desktop_llm.documents.pdf_child import main as read_pdf

        return read_pdf(arguments[1])
    from desktop_llm.cli import main as command_line

    return command_line(arguments)


if __name__ == "__main__":
    sys.exit(main())
