"""What kind of thing assistive technology is told a widget is, where Qt would tell it nothing."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QWidget

_ROLES = {"Transcript": QAccessible.Role.Grouping}


def tell_roles() -> None:
    """Once, before there is a window."""
    QAccessible.installFactory(_interface)


def _interface(kind: str, of: QObject) -> QAccessibleInterface | None:
    role = _ROLES.get(kind)
    return QAccessibleWidget(of, role) if role and isinstance(of, QWidget) else None
