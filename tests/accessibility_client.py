"""Does with the window what a screen reader could: an AT-SPI client, run by the system's Python, which alone has `gi`.

`accessibility_client.py DRIVE` finds the program on the accessibility bus, drives it, and prints what it met as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

PATIENCE_MS, LOOK_AGAIN_MS = 60_000, 50
PROGRAM = "desktop-llm"
QUESTION = "What is the capital of France?"
NO_ROLE = frozenset({"invalid", "unknown", "filler", "redundant object"})


class NotFoundError(Exception):
    pass


def until(condition: Callable[[], Any], what: str) -> Any:
    """What `condition` answers once that is something; the bus is heard meanwhile."""
    loop, over = GLib.MainContext.default(), []
    late = GLib.timeout_add(PATIENCE_MS, lambda: over.append(True))
    tick = GLib.timeout_add(LOOK_AGAIN_MS, lambda: True)
    try:
        while not (met := condition()):
            if over:
                raise NotFoundError(what)
            loop.iteration(True)
        return met
    finally:
        if not over:
            GLib.source_remove(late)
        GLib.source_remove(tick)


def children(node: Atspi.Accessible) -> Iterator[Atspi.Accessible]:
    """What goes away while one looks is let go."""
    try:
        found = [node.get_child_at_index(index) for index in range(node.get_child_count())]
    except GLib.Error:
        return
    yield from filter(None, found)


def has(node: Atspi.Accessible, state: Atspi.StateType) -> bool:
    try:
        return bool(node.get_state_set().contains(state))
    except GLib.Error:
        return False


def tree(node: Atspi.Accessible) -> Iterator[Atspi.Accessible]:
    """It and all that is shown in it."""
    yield node
    for child in children(node):
        if has(child, Atspi.StateType.SHOWING):
            yield from tree(child)


def actions(node: Atspi.Accessible) -> list[str]:
    if "Action" not in node.get_interfaces():
        return []
    return [Atspi.Action.get_action_name(node, index) for index in range(node.get_n_actions())]


def press(node: Atspi.Accessible) -> None:
    Atspi.Action.do_action(node, actions(node).index("Press"))


def text_of(node: Atspi.Accessible) -> str:
    return str(Atspi.Text.get_text(node, 0, Atspi.Text.get_character_count(node)))


def told(node: Atspi.Accessible) -> str:
    return f"{node.get_role_name()} {node.get_name()!r} {actions(node)}"


def labels(node: Atspi.Accessible) -> list[str]:
    found = [one for one in node.get_relation_set() if one.get_relation_type() == Atspi.RelationType.LABELLED_BY]
    return [one.get_target(index).get_name() for one in found for index in range(one.get_n_targets())]


def faults(node: Atspi.Accessible) -> list[str]:
    """What keeps somebody who cannot see it from using it."""
    role, can = node.get_role_name(), set(actions(node))
    if role == "scroll bar" or not (has(node, Atspi.StateType.FOCUSABLE) or can - {"SetFocus"}):
        return []
    found = {
        "no name": not node.get_name().strip(),
        "no role": role in NO_ROLE,
        # Qt names it by what is chosen in it, on Linux.
        "no label": role == "combo box" and not any(labels(node)),
        # Qt's `InstantPopup`, of which this action does nothing.
        "no action": role == "push button" and can == {"ShowMenu"},
    }
    return [f"{fault}: {told(node)}" for fault, is_so in found.items() if is_so]


class Program:
    """The program as the accessibility bus tells of it."""

    def __init__(self) -> None:
        self.announced: list[str] = []
        self.menus: list[Atspi.Accessible] = []
        self._written: list[Any] = []
        self._listeners = [
            self._listen("object:announcement", lambda event: self.announced.append(str(event.any_data))),
            self._listen("object:state-changed:showing", self._note_menu),
            self._listen("object:text-changed", self._written.append),
        ]
        self.root = until(self._sought, f"no program {PROGRAM}")
        # Qt does not tell of all that this library would keep in mind: it is to ask each time.
        self.root.set_cache_mask(Atspi.Cache.NONE)
        until(self._is_heard, "the program tells of nothing that happens in it")

    def _is_heard(self) -> bool:
        """A program is told late that somebody listens now; so something is done until it tells of that."""
        if editor := self.look("text", "Message"):
            for text in ("?", ""):
                Atspi.EditableText.set_text_contents(editor, text)
        return bool(self._written)

    def _listen(self, event: str, hear: Callable[[Any], None]) -> Atspi.EventListener:
        listener = Atspi.EventListener.new(hear)
        listener.register(event)
        return listener

    def _note_menu(self, event: Any) -> None:
        if event.detail1 and event.source.get_role_name() == "popup menu":
            self.menus.append(event.source)

    def _sought(self) -> Atspi.Accessible | None:
        programs = children(Atspi.get_desktop(0))
        return next((one for one in programs if one.get_name() == PROGRAM and one.get_child_count()), None)

    def look(self, role: str, name: str) -> Atspi.Accessible | None:
        return next((one for one in tree(self.root) if (one.get_role_name(), one.get_name()) == (role, name)), None)

    def find(self, role: str, name: str) -> Atspi.Accessible:
        return until(lambda: self.look(role, name), f"no {role} {name!r}")

    def press(self, role: str, name: str) -> None:
        def usable() -> Atspi.Accessible | None:
            button = self.look(role, name)
            return button if button and "Press" in actions(button) else None

        press(until(usable, f"no {role} {name!r} that can be pressed"))

    def write(self, name: str, text: str) -> None:
        editor = self.find("text", name)
        Atspi.EditableText.set_text_contents(editor, text)
        until(lambda: text_of(editor) == text, f"{name!r} does not take a text")

    def faults(self) -> list[str]:
        return [fault for node in tree(self.root) for fault in faults(node)]


def chat(program: Program) -> dict[str, Any]:
    window = program.find("frame", "Desktop LLM")
    program.write("Message", QUESTION)
    program.press("push button", "Send")
    until(lambda: program.announced, "no answer is announced")
    program.find("push button", "Regenerate")
    question, answer = program.find("label", "You, message 1"), program.find("label", "Assistant, message 2")
    return {
        "window": window.get_name(),
        "asked": text_of(question),
        "answered": text_of(answer),
        "announced": program.announced,
        "left": text_of(program.find("text", "Message")),
        "faults": program.faults(),
    }


def panel(program: Program) -> dict[str, Any]:
    """The settings of the chat, all unfolded, one of them changed."""
    program.press("check box", "Settings of this chat")
    temperature = program.find("spin button", "Temperature")
    folded = [one for one in tree(program.root) if one.get_name().endswith(", More")]
    for fold in folded:
        press(fold)
    program.find("list", "Order of the samplers")
    was, wanted = temperature.get_current_value(), 0.3
    Atspi.Value.set_current_value(temperature, wanted)
    until(lambda: abs(temperature.get_current_value() - wanted) < 1e-6, "the temperature cannot be set")
    program.find("push button", "Temperature: back to the usual value")
    return {"folded": len(folded), "was": was, "shown": text_of(temperature), "faults": program.faults()}


def menu(program: Program) -> dict[str, Any]:
    program.press("push button", "Appearance")
    until(lambda: program.menus, "no menu opens")
    shown = program.menus[-1]
    items = {item.get_name(): item for item in children(shown)}
    press(items["Dark"])
    until(lambda: has(items["Dark"], Atspi.StateType.CHECKED), "nothing is chosen in the menu")
    return {"menu": shown.get_name(), "items": list(items)}


def pages(program: Program) -> dict[str, Any]:
    """What is wrong on each page."""
    met = {}
    for role, button, mark in (
        ("check box", "Models", ("page tab", "Get models")),
        ("page tab", "Get models", ("text", "Search the Hugging Face Hub")),
        ("page tab", "Summarize", ("page tab", "New summary")),
        ("check box", "Settings", ("text", "Search all settings")),
    ):
        program.press(role, button)
        program.find(*mark)
        met[button] = program.faults()
    program.write("Search all settings", "e")
    program.find("combo box", "Enter")
    return {**met, "all settings": program.faults()}


DRIVES = {drive.__name__: drive for drive in (chat, panel, menu, pages)}

if __name__ == "__main__":
    print(json.dumps(DRIVES[sys.argv[1]](Program())))
