"""The two looks of the program: their colours, and how Qt's widgets take them on."""

from __future__ import annotations

import contextlib
import gc
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from string import Template

from PySide6.QtCore import QLocale
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from desktop_llm.settings import resource

_SMALLEST_TEXT = 10.5
_POINTS = re.compile(r"([0-9.]+)pt\b")
_LINUX_FAMILIES = ("Inter", "Noto Sans", "Cantarell", "Ubuntu")
_HAN_FAMILIES = {
    "zh_CN": ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI", "PingFang SC"),
    "zh_TW": ("Noto Sans CJK TC", "Source Han Sans TC", "Microsoft JhengHei UI", "PingFang TC"),
    "zh_HK": ("Noto Sans CJK HK", "Source Han Sans HC", "Microsoft JhengHei UI", "PingFang HK"),
    "ja_JP": ("Noto Sans CJK JP", "Source Han Sans", "Yu Gothic UI", "Hiragino Sans"),
    "ko_KR": ("Noto Sans CJK KR", "Source Han Sans K", "Malgun Gothic", "Apple SD Gothic Neo"),
}
"""Chinese characters are drawn otherwise in each of these languages."""


@dataclass(frozen=True)
class Theme:
    """Colours as "#rrggbb". `muted` and what is written on any ground here reads at 4.5 : 1 at least."""

    dark: bool
    window: str
    side: str
    card: str
    text: str
    muted: str
    line: str
    field_line: str
    hover: str
    selected: str
    accent: str
    accent_hover: str
    accent_text: str
    link: str
    bubble: str
    code: str
    code_head: str
    danger: str
    warning: str
    notice: str
    good: str
    good_notice: str
    scroll: str
    disabled: str
    keyword: str
    name: str
    string: str
    number: str
    comment: str


LIGHT = Theme(
    dark=False,
    window="#ffffff",
    side="#f4f5f7",
    card="#ffffff",
    text="#1b1d22",
    muted="#5a606b",
    line="#dfe2e7",
    field_line="#c9cdd5",
    hover="#e9ebef",
    selected="#e0e7f8",
    accent="#2f60dd",
    accent_hover="#2450c4",
    accent_text="#ffffff",
    link="#2453c6",
    bubble="#e8eefb",
    code="#f7f8fa",
    code_head="#eef0f3",
    danger="#b3261e",
    warning="#8a5300",
    notice="#fff4dc",
    good="#1a6e3c",
    good_notice="#e8f4ec",
    scroll="#c6cad2",
    disabled="#8a909b",
    keyword="#7b3fc4",
    name="#1f55b5",
    string="#1a6e3c",
    number="#a44a00",
    comment="#656b76",
)

DARK = Theme(
    dark=True,
    window="#1f2125",
    side="#191b1e",
    card="#26282d",
    text="#e4e6ea",
    muted="#a0a6b1",
    line="#363940",
    field_line="#454952",
    hover="#2c2f36",
    selected="#2c3448",
    accent="#7198ff",
    accent_hover="#8aabff",
    accent_text="#10131b",
    link="#8fb0ff",
    bubble="#2b3142",
    code="#17181b",
    code_head="#25272c",
    danger="#ff8b80",
    warning="#f0bf6a",
    notice="#3a3122",
    good="#92ca86",
    good_notice="#22332a",
    scroll="#4a4e57",
    disabled="#767c87",
    keyword="#c594ea",
    name="#8fb8ff",
    string="#92ca86",
    number="#f2a06e",
    comment="#9198a3",
)


def apply(app: QApplication, theme: Theme, text_size: int = 100) -> None:
    """`text_size`: in percent of the system's own."""
    with _nothing_collected():
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setFont(_font(text_size))
        app.setPalette(palette(theme))
        app.setStyleSheet(style_sheet(theme, text_size))


def resize(app: QApplication, theme: Theme, text_size: int) -> None:
    """Only the letters."""
    with _nothing_collected():
        app.setFont(_font(text_size))
        app.setStyleSheet(style_sheet(theme, text_size))


def has_fonts_of_language(app: QApplication) -> bool:
    return app.font().families() == _font().families()


@contextlib.contextmanager
def _nothing_collected() -> Iterator[None]:
    """Qt goes through all widgets there are: one that Python collects meanwhile would be a crash."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _font(text_size: int = 100) -> QFont:
    """The system's own font; on Linux the best of those that are common, for its default may be anything."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    there = set(QFontDatabase.families())
    first = _LINUX_FAMILIES if sys.platform == "linux" else ()
    han = _HAN_FAMILIES.get(QLocale().name(), _HAN_FAMILIES["zh_CN"])
    font.setFamilies([*filter(there.__contains__, first), font.family(), *filter(there.__contains__, han)])
    if 0 < font.pointSizeF() < _SMALLEST_TEXT:
        font.setPointSizeF(_SMALLEST_TEXT)
    if font.pointSizeF() > 0:
        font.setPointSizeF(font.pointSizeF() * text_size / 100)
    return font


def palette(theme: Theme) -> QPalette:
    made = QPalette()
    for role, colour in _roles(theme).items():
        made.setColor(role, QColor(colour))
    kind, disabled = QPalette.ColorRole, QPalette.ColorGroup.Disabled
    for faded in (kind.WindowText, kind.Text, kind.ButtonText, kind.PlaceholderText, kind.HighlightedText):
        made.setColor(disabled, faded, QColor(theme.disabled))
    made.setColor(disabled, kind.Highlight, QColor(theme.line))
    return made


def _roles(theme: Theme) -> dict[QPalette.ColorRole, str]:
    role = QPalette.ColorRole
    return {
        role.Window: theme.window,
        role.WindowText: theme.text,
        role.Base: theme.card,
        role.AlternateBase: theme.side,
        role.Text: theme.text,
        role.PlaceholderText: theme.muted,
        role.Button: theme.card,
        role.ButtonText: theme.text,
        role.BrightText: theme.danger,
        role.ToolTipBase: theme.card,
        role.ToolTipText: theme.text,
        role.Highlight: theme.accent,
        role.HighlightedText: theme.accent_text,
        role.Accent: theme.accent,
        role.Link: theme.link,
        role.LinkVisited: theme.link,
        role.Light: theme.hover,
        role.Midlight: theme.line,
        role.Mid: theme.line,
        role.Dark: theme.field_line,
        role.Shadow: theme.side,
    }


def style_sheet(theme: Theme, text_size: int = 100) -> str:
    pictures = {"arrow": "combo", "check": "checked_dark" if theme.dark else "checked_light"}
    paths = {name: resource(f"icons/{file}.svg").as_posix() for name, file in pictures.items()}
    sheet = Template(_SHEET).substitute(asdict(theme), **paths)
    return _POINTS.sub(lambda found: f"{float(found[1]) * text_size / 100:g}pt", sheet)


_SHEET = """
QMainWindow, QDialog { background: $window; }
QLabel { background: transparent; }
QLabel#muted { color: $muted; }
QLabel#danger { color: $danger; }
QLabel#heading { font-size: 18pt; font-weight: 600; }
QLabel#fact { color: $text; }
QLabel#warning { color: $warning; }
QLabel#changed { color: $accent; }
QLabel#origin { color: $link; font-size: 9pt; }
QLabel#strong { font-weight: 600; }
QLabel#badge { background: $selected; color: $link; border-radius: 8px; padding: 1px 8px; font-size: 9.5pt; }
QToolTip { background: $card; color: $text; border: 1px solid $field_line; padding: 4px 7px; }
QStatusBar { background: $window; color: $muted; }
QSplitter::handle { background: $line; }

QFrame#top { background: $window; border: none; border-bottom: 1px solid $line; }
QFrame#sidebar { background: $side; border: none; border-right: 1px solid $line; }
QLabel#program { font-size: 12pt; font-weight: 700; padding: 3px 2px; }

QPushButton {
    background: $card; color: $text; border: 1px solid $field_line; border-radius: 8px; padding: 6px 14px;
}
QPushButton:hover { background: $hover; }
QPushButton:pressed { background: $selected; }
QPushButton:focus { border: 2px solid $accent; padding: 5px 13px; }
QPushButton:disabled { color: $disabled; border-color: $line; }
QPushButton:default, QPushButton#primary { background: $accent; color: $accent_text; border-color: $accent; }
QPushButton:default:hover, QPushButton#primary:hover { background: $accent_hover; border-color: $accent_hover; }
QPushButton#primary:focus, QPushButton:default:focus { border: 2px solid $text; }
QPushButton:default:disabled, QPushButton#primary:disabled {
    background: $line; color: $disabled; border-color: $line;
}
QPushButton#new { text-align: left; font-weight: 600; padding: 8px 10px; border-color: $line; }
QPushButton#new:focus { border: 2px solid $accent; padding: 7px 9px; }
QPushButton#model { font-weight: 600; padding: 7px 26px 7px 12px; border-color: $line; }
QPushButton#model:focus { border: 2px solid $accent; padding: 6px 25px 6px 11px; }
QPushButton#model::menu-indicator { subcontrol-position: right center; right: 10px; width: 9px; }
QPushButton#flat {
    background: transparent; color: $muted; border: 1px solid transparent; border-radius: 6px; padding: 2px 7px;
}
QPushButton#flat:hover { background: $hover; color: $text; }
QPushButton#flat:focus { border: 1px solid $accent; color: $text; }

QPushButton#toggle { border-radius: 12px; padding: 3px 12px; color: $muted; }
QPushButton#toggle:checked { background: $selected; color: $link; border-color: $accent; }
QPushButton#toggle:focus { border: 2px solid $accent; padding: 2px 11px; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 5px; color: $text; }
QToolButton::menu-indicator { image: none; }
QToolButton:hover { background: $hover; }
QToolButton:pressed, QToolButton:checked { background: $selected; }
QToolButton:focus { border: 2px solid $accent; padding: 4px; }
QToolButton#send { background: $accent; border: none; border-radius: 16px; padding: 0; }
QToolButton#send:hover { background: $accent_hover; }
QToolButton#send:focus { border: 2px solid $text; }
QToolButton#send:disabled { background: $line; }
QToolButton#end { background: $card; border: 1px solid $field_line; border-radius: 17px; padding: 0; }
QToolButton#end:hover { background: $hover; }
QToolButton#end:focus { border: 2px solid $accent; }

QFrame#popup { background: $card; border: 1px solid $field_line; border-radius: 12px; }
QFrame#focusline { background: transparent; border: none; }
QFrame#focusline[focused="true"] { background: $accent; }
QFrame#palette { background: $card; border: 1px solid $field_line; border-radius: 12px; }
QFrame#card { background: $card; border: 1px solid $line; border-radius: 10px; }
QFrame#chip { background: $code; border: 1px solid $line; border-radius: 8px; }
QScrollArea#chips > QWidget > QWidget { background: transparent; }
QPushButton#attachment { border-color: $line; padding: 3px 10px; text-align: left; }
QPushButton#attachment:focus { border: 2px solid $accent; padding: 2px 9px; }
QFrame#rule { background: $line; border: none; }
QScrollArea#downloads { background: $side; border-top: 1px solid $line; }
QScrollArea#downloads > QWidget > QWidget { background: $side; }
QScrollArea#panel { background: $side; border-left: 1px solid $line; }
QScrollArea#panel > QWidget > QWidget { background: $side; }
QLabel#section { color: $muted; font-weight: 700; font-size: 9.5pt; }
QFrame#foot QToolButton { padding: 6px 10px; color: $muted; }
QFrame#foot QToolButton:checked { color: $text; font-weight: 600; }

QFrame#composer { background: $card; border: 1px solid $field_line; border-radius: 16px; }
QFrame#composer QTextEdit, QFrame#composer QTextEdit:focus {
    background: transparent; border: none; padding: 0; border-radius: 0;
}
QFrame#composer[focused="true"] { border: 1px solid $accent; }
QFrame#notice { background: $notice; border: none; border-bottom: 1px solid $line; }
QFrame#notice[inside="true"] { border: 1px solid $line; border-radius: 10px; }
QFrame#notice[good="true"] { background: $good_notice; }
QFrame#notice QLabel#mark { color: $warning; }
QFrame#notice[good="true"] QLabel#mark { color: $good; }
QFrame#notice QPushButton { padding: 4px 12px; }

QListView, QTreeView, QTableView {
    background: transparent; border: none; outline: none; color: $text; placeholder-text-color: $muted;
}
QListView::item { padding: 7px 10px; border-radius: 8px; border: 1px solid transparent; }
QListView::item:hover { background: $hover; }
QListView::item:selected { background: $selected; color: $text; }
QListView::item:focus { border: 1px solid $accent; }
QListView#completions { background: $card; border: 1px solid $field_line; padding: 3px; }
QListView QLineEdit { border-radius: 6px; padding: 2px 6px; }
QTableView { gridline-color: $line; border: 1px solid $line; border-radius: 8px; background: $card; }
QTableView::item:selected { background: $selected; color: $text; }
QTableView::item:focus { border: 1px solid $accent; }
QHeaderView::section {
    background: $code_head; color: $muted; border: none; border-bottom: 1px solid $line; padding: 6px 10px;
}

QTabWidget::pane { border: none; border-top: 1px solid $line; }
QTabBar { background: transparent; border: none; }
QTabBar::tab {
    background: transparent; color: $muted; border: none; border-bottom: 2px solid transparent;
    padding: 9px 14px 8px 14px; margin: 0 2px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom: 2px solid $accent; font-weight: 600; }
QTabBar[away="true"]::tab:selected { color: $muted; border-bottom: 2px solid transparent; font-weight: 400; }
QTabBar::tab:focus { background: $selected; border-top-left-radius: 8px; border-top-right-radius: 8px; }

QLineEdit, QComboBox, QSpinBox, QDoubleSpinBox, QPlainTextEdit, QTextEdit {
    background: $card; color: $text; border: 1px solid $field_line; border-radius: 8px; padding: 5px 8px;
    selection-background-color: $accent; selection-color: $accent_text; placeholder-text-color: $muted;
}
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus, QPlainTextEdit:focus, QTextEdit:focus {
    border: 1px solid $accent;
}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled { color: $disabled; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: url("$arrow"); width: 14px; height: 14px; }
QComboBox QAbstractItemView { background: $card; border: 1px solid $field_line; padding: 4px; }
QFrame#codeblock { background: $code; border: 1px solid $line; border-radius: 8px; }
QFrame#codehead {
    background: $code_head; border: none; border-bottom: 1px solid $line;
    border-top-left-radius: 7px; border-top-right-radius: 7px;
}
QPlainTextEdit#code, QPlainTextEdit#code:focus { background: transparent; border: none; border-radius: 0; padding: 0; }
QPushButton#madeby { background: transparent; border: 1px solid transparent; border-radius: 3px; padding: 0;
    color: $muted; }
QPushButton#madeby:hover { text-decoration: underline; }
QPushButton#madeby:focus { border-color: $accent; }
QToolButton#fold { color: $muted; padding: 3px 8px 3px 4px; }
QToolButton#fold:checked { background: transparent; }
QToolButton#fold:hover { background: $hover; }
QToolButton#fold:focus { border: 1px solid $accent; padding: 3px 8px 3px 4px; }
QTextBrowser#said, QTextBrowser#said:focus { background: transparent; border: none; border-radius: 0; padding: 0; }
QProgressBar { background: $line; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; }
QProgressBar::chunk { background: $accent; border-radius: 3px; }
QSlider:horizontal { min-height: 20px; }
QSlider::groove:horizontal { background: $line; height: 4px; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: 2px; }
QSlider::handle:horizontal {
    background: $card; border: 2px solid $accent; width: 12px; height: 12px; margin: -6px 0; border-radius: 8px;
}
QSlider::handle:horizontal:focus { background: $accent; }
QCheckBox, QRadioButton { spacing: 8px; padding: 2px; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid $accent; }
QCheckBox::indicator, QListView::indicator {
    width: 16px; height: 16px; border: 1px solid $muted; border-radius: 4px; background: $card;
}
QCheckBox::indicator:checked, QListView::indicator:checked {
    background: $accent; border-color: $accent; image: url("$check");
}
QGroupBox { border: 1px solid $line; border-radius: 8px; margin-top: 10px; padding: 10px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: $muted; }

QMenu { background: $card; border: 1px solid $field_line; padding: 5px; }
QMenu::item { padding: 6px 24px 6px 12px; border-radius: 6px; }
QMenu::item:selected { background: $selected; color: $text; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 6px; }
QMenu::item:checked { font-weight: 600; }
QMenuBar { background: $side; }
QMenuBar::item { padding: 5px 9px; background: transparent; border-radius: 6px; }
QMenuBar::item:selected { background: $hover; }

QScrollArea { background: transparent; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 2px; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 2px; }
QScrollBar::handle { background: $scroll; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 36px; }
QScrollBar::handle:horizontal { min-width: 36px; }
QScrollBar::handle:hover { background: $muted; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""
