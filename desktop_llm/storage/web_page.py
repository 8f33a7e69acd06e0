"""A conversation as one HTML file: light and dark, nothing fetched, no script, every stranger's text escaped."""

from __future__ import annotations

from html import escape

from markdown_it import MarkdownIt

from desktop_llm.storage.page import Page, Section

_STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c1d1f; --faint: #6b6f76; --box: #f3f4f6; --line: #d9dce1 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #1b1c1e; --ink: #e8e9eb; --faint: #9aa0a8; --box: #292b2f; --line: #3d4046 } }
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: anywhere }
p, li, h1, h2, h3, h4, h5, h6, td, th, .said { unicode-bidi: plaintext; text-align: start }
section > h2 { font-size: .9rem; color: var(--faint); margin: 2rem 0 .4rem }
.said { white-space: pre-wrap; background: var(--box); border-radius: .6rem; padding: .7rem 1rem }
.remark, details, blockquote { color: var(--faint) }
pre, code { font-family: ui-monospace, Consolas, monospace; font-size: .92em; background: var(--box) }
pre { padding: .8rem 1rem; border-radius: .4rem; overflow-x: auto }
details > div { white-space: pre-wrap }
blockquote { margin-inline: 0; padding-inline-start: 1rem; border-inline-start: 3px solid var(--line) }
table { border-collapse: collapse; display: block; overflow-x: auto }
td, th { border: 1px solid var(--line); padding: .3rem .6rem }
"""


def markdown_reader() -> MarkdownIt:
    """CommonMark with tables; no HTML, and no images, which a reader's browser would fetch."""
    return MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")


def web_page(page: Page) -> str:
    reader = markdown_reader()
    title = escape(page.title)
    tags = _remark(page.tags) if page.tags else ""
    sections = "\n".join(_section(section, reader) for section in page.sections)
    return (
        f'<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; style-src \'unsafe-inline\'">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body>\n<h1>{title}</h1>\n{tags}{sections}\n</body>\n</html>\n"
    )


def _section(section: Section, reader: MarkdownIt) -> str:
    parts = [f"<h2>{escape(section.heading)}</h2>"]
    if section.thoughts:
        parts.append(f"<details><summary>…</summary><div>{escape(section.thoughts)}</div></details>")
    if section.markdown:
        parts.append(reader.render(section.text))
    elif section.text:
        parts.append(f'<div class="said">{escape(section.text)}</div>')
    parts += [_remark(remark) for remark in section.remarks]
    return "<section>\n" + "\n".join(parts) + "\n</section>"


def _remark(text: str) -> str:
    return f'<p class="remark">{escape(text)}</p>'
