"""Conversations of this and other programs: nothing lost without a word, and no file hangs or breaks the reader."""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest

from desktop_llm.conversation import (
    Attachment,
    Conversation,
    Message,
    Part,
    Reason,
    Receipt,
    Role,
    State,
    Timings,
    TokenCounts,
    branch,
    without_thoughts,
)
from desktop_llm.errors import Problem, StorageError
from desktop_llm.settings import Sampling
from desktop_llm.storage import importing
from desktop_llm.storage import store as storage
from desktop_llm.storage.exporting import VERSION, export
from desktop_llm.storage.importing import Imported, read_export
from desktop_llm.storage.store import Store


def read(value: Any, folder: Path, name: str = "export.json") -> list[Imported]:
    path = folder / name
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    return read_export(path)


def one(value: Any, folder: Path, name: str = "export.json") -> Imported:
    (imported,) = read(value, folder, name)
    return imported


def shown(imported: Imported) -> list[tuple[str, str]]:
    return [(said.role, said.text) for said in branch(imported.messages, imported.conversation.leaf)]


def sound(imported: Imported) -> bool:
    """Ids are positions, and every message follows what leads to it."""
    ids = [message.id for message in imported.messages]
    follows = all(0 <= message.parent < message.id for message in imported.messages)
    return ids == list(range(1, len(ids) + 1)) and follows and 0 <= imported.conversation.leaf <= len(ids)


# ---- this program's own


class Anything:
    """Conversations as a store may hold them, drawn from a seed."""

    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)

    def conversation(self) -> tuple[Conversation, list[Message]]:
        draw = self._draw
        messages = [self._message(position) for position in range(1, draw.randrange(1, 30))]
        told = Conversation(
            0, self._text(), draw.random() * 2e9, draw.random() < 0.5, self._text(), draw.randrange(len(messages) + 1),
            self._text(), draw.choice([{}, self._values()]), draw.choice([0.0, 1e9]),
            tuple(self._text() for _ in range(draw.randrange(3))), self._some(len(messages) + 1), self._text(),
            draw.choice(["", "precise", self._text()]),
        )  # fmt: skip
        return told, messages

    def _message(self, position: int) -> Message:
        draw = self._draw
        return Message(
            draw.choice(get_args(Role)), self._text(), position, draw.randrange(position), draw.choice(get_args(State)),
            draw.choice([None, *get_args(Reason)]),
            draw.choice([None, Problem(self._text(), self._text(), {"a": self._text()}, "retry", self._text())]),
            draw.choice([None, TokenCounts(draw.randrange(9**9), 2, 3)]),
            draw.choice([None, Timings(draw.random(), draw.random(), 1e-9)]),
            draw.choice([None, self._receipt(position)]),
            tuple(self._attachment() for _ in range(draw.choice([0, 0, 1, 3]))),
        )  # fmt: skip

    def _receipt(self, position: int) -> Receipt:
        made = Receipt("m", "/p/\udcff", "a" * 64, self._sampling(), 2**32 - 2, 4096, "CPU", 4, "e")
        made = replace(made, system=self._text(), thinking=self._draw.choice([None, True, False]))
        return replace(made, begun=self._draw.randrange(99), left_out=self._some(position), summary=self._text())

    def _attachment(self) -> Attachment:
        draw = self._draw
        parts = tuple(Part(self._text(), draw.randrange(9), self._text()) for _ in range(draw.randrange(5)))
        given = draw.choice([None, (), tuple(range(len(parts)))])
        return Attachment(f"{self._text()}.pdf", "pdf", parts, draw.randrange(2000), "ab" * 32, given)

    def _some(self, below: int) -> tuple[int, ...]:
        """Messages there are before `below`."""
        return tuple(number for number in range(1, below) if self._draw.random() < 0.3)

    def _sampling(self) -> Sampling:
        draw = self._draw
        texts = {"stop": (self._text(), "\n"), "grammar": self._text(), "dry_breakers": (self._text(),)}
        return Sampling(draw.random(), top_k=draw.randrange(1000), mirostat=draw.choice(["off", "1"]), **texts)

    def _values(self) -> dict[str, Any]:
        """Some of a sampling's."""
        own = vars(self._sampling())
        return {name: own[name] for name in self._draw.sample(sorted(own), self._draw.randrange(1, len(own)))}

    def _text(self) -> str:
        return "".join(self._draw.choices("ab \n\t\"\\{}</>&é汉😀\u202e\u200b</think>", k=self._draw.randrange(40)))


@pytest.mark.parametrize("seed", range(40))
def test_its_own_json_comes_back_without_loss(seed: int, tmp_path: Path) -> None:
    anything = Anything(seed)
    said = [anything.conversation() for _ in range(3)]
    (path,) = export(said, "json", tmp_path / "all.json")
    assert [(found.conversation, found.messages) for found in read_export(path)] == said


def test_ids_become_positions_with_the_same_tree(tmp_path: Path) -> None:
    messages = [Message("user", "q", 70), Message("assistant", "a", 90, 70), Message("assistant", "b", 95, 70)]
    (path,) = export([(Conversation(12, "t", 3.0, leaf=90), messages)], "json", tmp_path / "t.json")
    (imported,) = read_export(path)
    assert [(message.id, message.parent) for message in imported.messages] == [(1, 0), (2, 1), (3, 1)]
    assert imported.conversation == Conversation(0, "t", 3.0, leaf=2)


def ended(messages: list[Message]) -> list[Message]:
    return [replace(m, state="stopped", reason="stopped") if m.state == "writing" else m for m in messages]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_stored_is_what_was_exported(seed: int, tmp_path: Path) -> None:
    anything = Anything(seed)
    said = [anything.conversation() for _ in range(3)]
    as_kept: dict[str, Any] = {"title": "t", "folder": "Work", "tags": ("a b", "c"), "changed": 1e9, "deleted": 0.0}
    with closing(Store(tmp_path / "c.sqlite")) as store:
        store.add(store.create("another").id, Message("user", "so that ids differ"))
        stored = store.import_all([Imported(replace(told, **as_kept), messages) for told, messages in said])
        assert [store.conversation(each.id) for each in stored] == stored
        again = [store.duplicate(each.id) for each in stored]
        for found in (stored, [replace(each, changed=1e9) for each in again]):
            whole = [(each, store.messages(each.id)) for each in found]
            (path,) = export(whole, "json", tmp_path / f"{found[0].id}.json")
            pinned = [replace(told, **as_kept, pinned=told.pinned and found is stored) for told, _ in said]
            assert [each.conversation for each in read_export(path)] == pinned
            assert [each.messages for each in read_export(path)] == [ended(messages) for _, messages in said]


def test_the_first_versions_file_is_still_read(tmp_path: Path) -> None:
    told = {"id": 3, "title": "Old", "changed": 5.0, "pinned": False, "leaf": 0, "system": "", "sampling": None}
    messages = [{"role": "user", "text": "q", "id": 7, "parent": 0, "state": "done"}]
    value = {"format": "desktop-llm conversations", "version": 1,
             "conversations": [{"conversation": told, "messages": messages}]}  # fmt: skip
    assert one(value, tmp_path) == Imported(Conversation(0, "Old", 5.0), [Message("user", "q", 1)])


def test_what_is_imported_comes_where_its_date_puts_it(tmp_path: Path) -> None:
    dates = {"long ago": 5.0, "between": 2000.0, "never": 0.0, "to come": 9e18}
    with closing(Store(tmp_path / "c.sqlite")) as store:
        for each in ({"older": 1000.0, "newer": 3000.0}, dates):
            store.import_all([Imported(Conversation(0, title, when), []) for title, when in each.items()])
        store.create("now")
        kept = {found.title: found.changed for found in store.conversations()}
    assert [*kept] == ["now", "to come", "never", "newer", "between", "older", "long ago"]
    assert (kept["between"], kept["long ago"]) == (2000.0, 5.0) and 1e9 < kept["to come"] <= time.time()


def test_the_order_there_was_stays_as_others_come_whatever_the_clock_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Store(tmp_path / "c.sqlite")) as store:
        for title, when in (("a", 3000.0), ("b", 1000.0), ("c", 2000.0)):
            monkeypatch.setattr("time.time", lambda when=when: when)
            store.create(title)
        monkeypatch.undo()
        store.import_all([Imported(Conversation(0, "x", 1500.0), [])])
        store.create("d")
        assert [found.title for found in store.conversations()] == ["d", "c", "x", "b", "a"]


BROKEN = Message("assistant", "x", 2, 1, state="no such state")  # type: ignore[arg-type]


def test_of_a_file_all_is_stored_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "AT_ONCE", 1000)
    path = tmp_path / "c.sqlite"
    good = [Imported(Conversation(0, f"good {n}", 1.0), [Message("user", "a word", 1)]) for n in range(50)]
    with closing(Store(path)) as store:
        with pytest.raises(StorageError):
            store.import_all([*good, Imported(Conversation(0, "t", 0.0), [Message("user", "q", 1), BROKEN])])
        assert (store.conversations(), store.deleted_conversations(), store.search("word")) == ([], [], [])
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM message").fetchone() == (0,)


def test_what_an_import_is_at_is_not_seen_and_what_comes_meanwhile_is_stored_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "AT_ONCE", 1000)
    messages = [Message("user", f"word {n}", n, n - 1) for n in range(1, 2000)]
    with closing(Store(tmp_path / "c.sqlite")) as store, ThreadPoolExecutor(1) as other:
        chat = store.create("Mine").id
        taken = other.submit(store.import_all, [Imported(Conversation(0, "Theirs", 1.0), messages)])
        turns = 0
        while not taken.done():
            store.add(chat, Message("user", "meanwhile"))
            titles = [found.title for found in (*store.conversations(), *store.deleted_conversations())]
            turns += "Theirs" not in titles
        assert turns > 10
        (theirs,) = taken.result()
        assert [message.text for message in store.messages(theirs.id)] == [message.text for message in messages]


KILLED = """
import sys
from pathlib import Path
from desktop_llm.conversation import Conversation, Message
from desktop_llm.storage import store as storage
from desktop_llm.storage.assembling import Imported

def said():
    for n in range(1, 10_000_000):
        yield Message("user", "secret word", n, n - 1)
        if n % 5000 == 0:
            print(n, flush=True)

storage.Store(Path(sys.argv[1])).import_all([Imported(Conversation(0, "secret", 1.0), said())])
"""


def test_an_import_that_was_killed_is_never_seen_and_goes_with_the_trash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.sqlite"
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline()
        process.kill()
    with closing(Store(path)) as store:
        assert (store.conversations(), store.deleted_conversations(), store.search("secret")) == ([], [], [])
        assert store.purge(9e9) == 0  # it might be going on in another program
        later = time.time() + 2 * storage.IMPORT_SECONDS
        monkeypatch.setattr("time.time", lambda: later)
        assert store.purge(0) == 1
    assert b"secret word" not in path.read_bytes()


def test_numbers_that_lie_lose_no_message(tmp_path: Path) -> None:
    ids = ((5, 5), (5, 9), (9, 5), (-1, 10**30), (0, 0), (7, 0))
    attached = {"name": "\ud800", "kind": "\ud800", "parts": [{"text": "p\ud800"}], "pages": -(10**30)}
    messages = [{"role": "user", "text": f"m{place}", "id": id, "parent": parent, "attachments": [attached]}
                for place, (id, parent) in enumerate(ids)]  # fmt: skip
    value = {"format": "desktop-llm conversations", "version": 2, "conversations": [
        {"conversation": {"id": 1, "title": "t", "changed": float("nan"), "leaf": 5, "left_out": [9, 0, -7, 10**30]},
         "messages": messages}]}  # fmt: skip
    imported = one(value, tmp_path)
    assert sound(imported) and imported.conversation.left_out == (3,)
    assert [message.parent for message in imported.messages] == [0, 0, 1, 0, 0, 0]
    with closing(Store(tmp_path / "c.sqlite")) as store:
        (kept,) = store.import_all([imported])
        said = store.messages(kept.id)
    assert [message.text for message in said] == [f"m{place}" for place in range(6)]
    assert {message.attachments for message in said} == {(Attachment("�", "�", (Part("p�"),)),)}


def test_a_newer_version_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="newer version"):
        read({"format": "desktop-llm conversations", "version": VERSION + 1, "conversations": []}, tmp_path)


# ---- other programs


def chatgpt_node(id: str, parent: str | None, role: str, content: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": id, "parent": parent, "message": {"author": {"role": role}, "content": content, **more}}


def text(*parts: Any) -> dict[str, Any]:
    return {"content_type": "text" if all(isinstance(part, str) for part in parts) else "multimodal_text",
            "parts": list(parts)}  # fmt: skip


CHATGPT = {
    "title": "Rivers", "create_time": 1.6e9, "update_time": 1700000000.5, "current_node": "a3",
    "mapping": {
        "a3": chatgpt_node("a3", "t1", "assistant", text("Done.\ue200cite\ue202turn0\ue201")),
        "root": {"id": "root", "parent": None, "message": None},
        "sys": chatgpt_node("sys", "root", "system", text("")),
        "me": chatgpt_node("me", "sys", "user", {"content_type": "user_editable_context", "user_profile": "I am Ada.",
                                                 "user_instructions": "Be brief."}),
        "u1": chatgpt_node("u1", "me", "user", text({"content_type": "image_asset_pointer"}, "Why?"),
                           metadata={"attachments": [{"name": "map.png"}]}),
        "a1": chatgpt_node("a1", "u1", "assistant", text("Old answer")),
        "a2": chatgpt_node("a2", "u1", "assistant", {"content_type": "thoughts", "thoughts": [
            {"summary": "Looking", "content": "It is a river."}]}),
        "r2": chatgpt_node("r2", "a2", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 3s"}),
        "c1": chatgpt_node("c1", "r2", "assistant", {"content_type": "code", "language": "python", "text": "print(1)"}),
        "t1": chatgpt_node("t1", "c1", "tool", {"content_type": "execution_output", "text": "1"}),
    },
}  # fmt: skip


def test_chatgpt_keeps_branches_thoughts_tools_and_notes(tmp_path: Path) -> None:
    imported = one([CHATGPT], tmp_path, "conversations.json")
    assert sound(imported) and imported.conversation.title == "Rivers" and imported.conversation.changed == 1700000000.5
    assert imported.conversation.system == "I am Ada.\n\nBe brief."
    question, answer = shown(imported)
    assert question == ("user", "(attached file: map.png)\n\n(attached image)\n\nWhy?")
    assert answer[1].startswith("<think>\nLooking\n\nIt is a river.\n</think>")
    assert without_thoughts(answer[1]) == "```python\nprint(1)\n```\n\n```\n1\n```\n\nDone."
    assert [message.text for message in imported.messages if message.parent == 1] == [answer[1], "Old answer"]


def test_chatgpt_is_read_from_the_archive_in_all_its_parts(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("conversations-000.json", "a/conversations-001.json"):
            archive.writestr(name, json.dumps([CHATGPT]))
        archive.writestr("user.json", json.dumps({"messages": [{"role": "user", "content": "not a conversation"}]}))
    assert [found.conversation.title for found in read_export(tmp_path / "export.zip")] == ["Rivers", "Rivers"]


def test_open_webui_keeps_branches_folded_parts_and_files(tmp_path: Path) -> None:
    folded = (
        '<details type="reasoning" done="true" duration="2">\n<summary>Thought for 2 seconds</summary>\n'
        "&gt; is 1 &lt; 2\n&gt; yes\n</details>\nIt is.\n"
        '<details type="tool_calls" done="true" name="search" arguments="{}">\n<summary>T</summary>\n</details>\nSee?'
    )
    messages = {
        "1": {"parentId": None, "role": "user", "content": "q", "files": [{"type": "file", "name": "a.pdf"}]},
        "3": {"parentId": "1", "role": "assistant", "content": "other model", "error": {"content": "no memory"}},
        "2": {"parentId": "1", "role": "assistant", "content": folded},
    }
    chat = {"title": "T", "history": {"messages": messages, "currentId": "2"}, "params": {"system": "S"}}
    item = {"id": "x", "title": "T", "chat": chat, "pinned": True, "updated_at": 1700000000}
    imported = one([item], tmp_path)
    assert sound(imported) and imported.conversation.pinned and imported.conversation.system == "S"
    assert shown(imported) == [
        ("user", "(attached file: a.pdf)\n\nq"),
        ("assistant", "<think>\nis 1 < 2\nyes\n</think>\n\nIt is.\n\n(tool call: search)\n\nSee?"),
    ]
    assert imported.messages[1].text == "other model\n\n(failed: no memory)"
    assert one(chat, tmp_path).messages == imported.messages


def test_lm_studio_keeps_every_version_and_follows_the_one_selected(tmp_path: Path) -> None:
    def version(role: str, *content: Any) -> dict[str, Any]:
        return {"type": "singleStep", "role": role, "content": list(content)}

    said = {"type": "text", "text": "answer"}
    steps = [
        {"type": "contentBlock", "style": {"type": "thinking"}, "content": [
            {"type": "text", "text": "<think>", "isStructural": True}, {"type": "text", "text": "hmm"}]},
        {"type": "contentBlock", "content": [
            {"type": "toolCallRequest", "name": "look", "parameters": {"a": 1}}, said]},
        {"type": "debugInfoBlock", "debugInfo": "noise"},
    ]  # fmt: skip
    conversation = {
        "name": "Chat", "createdAt": 1700000000123, "systemPrompt": "S", "messages": [
            {"currentlySelected": 0, "versions": [
                version("user", {"type": "text", "text": "q"},
                        {"type": "file", "fileIdentifier": "1.png", "fileType": "image"})]},
            {"currentlySelected": 1, "versions": [
                version("assistant", {"type": "text", "text": "first"}),
                {"type": "multiStep", "role": "assistant", "steps": steps}]},
            {"currentlySelected": 0, "versions": [version("user", {"type": "text", "text": "go on"})]}],
    }  # fmt: skip
    imported = one(conversation, tmp_path, "1700.conversation.json")
    assert sound(imported) and imported.conversation.changed == 1700000000.123 and imported.conversation.system == "S"
    assert shown(imported) == [
        ("user", "q\n\n(attached image: 1.png)"),
        ("assistant", '<think>\nhmm\n</think>\n\n(tool call: look {"a": 1})\n\nanswer'),
        ("user", "go on"),
    ]
    assert imported.messages[1] == Message("assistant", "first", 2, 1)


LLAMA_CONVERSATION = {"id": "c", "name": "Llamas", "lastModified": 1700000000000, "currNode": "a2"}
LLAMA_MESSAGES: list[dict[str, Any]] = [
    {"id": "r", "type": "root", "role": "system", "content": "", "parent": None},
    {"id": "s", "type": "system", "role": "system", "content": "S", "parent": "r"},
    {"id": "u", "type": "text", "role": "user", "content": "q", "parent": "s",
     "extra": [{"type": "TEXT", "name": "n.txt", "content": "in ``` it"}, {"type": "IMAGE", "name": "i.png"}]},
    {"id": "a2", "type": "text", "role": "assistant", "content": "two", "parent": "u", "reasoningContent": "hm",
     "toolCalls": [{"function": {"name": "run", "arguments": "{}"}}]},
    {"id": "a3", "type": "text", "role": "assistant", "content": "three", "parent": "u"},
]  # fmt: skip


def llama_lines() -> bytes:
    records = [{"type": "session", "harness": "llama.app", **LLAMA_CONVERSATION}]
    records += [{"type": "message", "message": message} for message in LLAMA_MESSAGES]
    return "\n".join(json.dumps(record) for record in records).encode()


@pytest.mark.parametrize("form", ["one", "all", "lines", "zip"])
def test_llama_cpp_is_read_in_each_of_its_forms(form: str, tmp_path: Path) -> None:
    whole = {"conv": LLAMA_CONVERSATION, "messages": LLAMA_MESSAGES}
    if form == "zip":
        with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
            archive.writestr("one.jsonl", llama_lines())
        (imported,) = read_export(tmp_path / "all.zip")
    else:
        imported = one({"one": whole, "all": [whole], "lines": llama_lines()}[form], tmp_path, "export.jsonl")
    assert sound(imported) and imported.conversation == Conversation(0, "Llamas", 1.7e9, leaf=2, system="S")
    assert shown(imported) == [
        ("user", "(attached file: n.txt)\n\n````\nin ``` it\n````\n\n(attached image: i.png)\n\nq"),
        ("assistant", "<think>\nhm\n</think>\n\ntwo\n\n(tool call: run {})"),
    ]
    assert imported.messages[2].text == "three"


def test_messages_one_after_another_are_a_conversation(tmp_path: Path) -> None:
    said = (("system", "S"), ("user", "Q?\nmore"), ("tool", "r"))
    messages = [{"role": role, "content": content} for role, content in said]
    imported = one({"messages": messages}, tmp_path)
    assert shown(imported) == [("user", "Q?\nmore"), ("assistant", "r")]
    assert (imported.conversation.title, imported.conversation.system) == ("Q?", "S")


# ---- files that mean no good


def circle(length: int) -> dict[str, Any]:
    keys = [f"n{place}" for place in range(length)]
    return {"title": "c", "current_node": keys[0], "mapping": {
        key: chatgpt_node(key, keys[place - 1], "user" if place % 2 else "assistant", text(key))
        for place, key in enumerate(keys)}}  # fmt: skip


@pytest.mark.parametrize("length", [1, 2, 3000])
def test_a_circle_is_cut_and_every_message_kept(length: int, tmp_path: Path) -> None:
    imported = one(circle(length), tmp_path)
    assert sound(imported)
    assert {part for message in imported.messages for part in message.text.split()} == {f"n{n}" for n in range(length)}
    assert len(shown(imported)) >= 1


def test_a_very_long_way_is_walked_without_recursion(tmp_path: Path) -> None:
    mapping = {
        str(n): chatgpt_node(str(n), str(n - 1), "user" if n % 2 else "assistant", text("x"))
        for n in reversed(range(20_000))
    }
    assert len(shown(one({"mapping": mapping, "current_node": "19999"}, tmp_path))) == 20_000


def wrong(value: Any) -> Iterator[Any]:
    """`value` with one thing in it after another of a type it should not have."""
    strange = [None, 0, -1.5, True, "x\x00\ud800", [], {}, [[]], 10**30]
    for key in value if isinstance(value, dict) else range(len(value)):
        for other in strange:
            copy = dict(value) if isinstance(value, dict) else list(value)
            copy[key] = other
            yield copy
        if isinstance(value[key], (dict, list)):
            for inner in wrong(value[key]):
                copy = dict(value) if isinstance(value, dict) else list(value)
                copy[key] = inner
                yield copy


@pytest.mark.parametrize("name", ["chatgpt", "llama", "own"])
def test_values_of_a_wrong_type_neither_break_it_nor_make_a_crooked_tree(name: str, tmp_path: Path) -> None:
    (own,) = export([Anything(3).conversation()], "json", tmp_path / "own.json")
    whole = {
        "chatgpt": CHATGPT, "llama": {"conv": LLAMA_CONVERSATION, "messages": LLAMA_MESSAGES},
        "own": json.loads(own.read_bytes()),
    }[name]  # fmt: skip
    read_ones = 0
    for value in random.Random(1).sample(list(wrong(whole)), 200):
        try:
            found = read(value, tmp_path)
        except StorageError:
            continue
        read_ones += 1
        assert all(sound(imported) for imported in found)
        assert all("\x00" not in m.text and m.text == m.text.encode().decode() for i in found for m in i.messages)
    assert read_ones > 100


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\x00" * 64, b"\xff\xfe\x00", b"[" * 200_000, b'{"a":' * 100_000, b"null", b"[]", b"7" * 5000,
     b'{"messages": []}', b"PK\x03\x04 broken", "Just a letter to you.".encode("utf-16"), b'{"a": 1}\n{"b": 2}'],
)  # fmt: skip
def test_what_is_no_export_says_what_is(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(StorageError) as refused:
        read(content, tmp_path)
    assert "ChatGPT" in str(refused.value) or "damaged" in str(refused.value)


def test_deep_values_within_a_conversation_do_no_harm(tmp_path: Path) -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    said = chatgpt_node("u", None, "user", {"parts": [deep, "hello"], "content_type": deep})
    assert shown(one({"title": deep, "mapping": {"u": said}}, tmp_path)) == [("user", "hello")]


@pytest.mark.parametrize("declared", ["honestly", "falsely"])
def test_an_archive_is_read_no_further_than_a_file_may_be(
    declared: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "LARGEST", 100_000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"conversations-{number:03}.json", b"0" * 60_000)
    if declared == "falsely":
        size, lie = ((number).to_bytes(4, "little") for number in (60_000, 4_000_000_000))
        path.write_bytes(path.read_bytes().replace(size, lie))
    with pytest.raises(StorageError, match=r"more than can be read|damaged"):
        read_export(path)


def test_too_many_values_are_refused_before_they_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "MOST", 1000)
    with pytest.raises(StorageError, match="more than can be read"):
        read(b"[" + b"[]," * 1000 + b"[]]", tmp_path)


def test_one_conversation_that_cannot_be_read_is_told_of_among_the_others(tmp_path: Path) -> None:
    good, strange = read([CHATGPT, {"something": "else"}], tmp_path)
    assert good.conversation.title == "Rivers"
    assert strange.messages[0].text == "(this conversation could not be imported)"


def test_nodes_that_share_a_key_or_have_none_are_all_kept(tmp_path: Path) -> None:
    said = ((1, "a"), (1, "b"), (None, "c"))
    messages = [{"id": id, "role": "user", "content": content, "parent": 1} for id, content in said]
    imported = one({"conv": {}, "messages": messages}, tmp_path)
    assert sound(imported) and sorted(message.text for message in imported.messages) == ["a", "b", "c"]


@pytest.mark.parametrize("unit", [1, 1000, 10**6, 10**9])
def test_a_time_is_known_in_whatever_unit(unit: int, tmp_path: Path) -> None:
    item = {"conv": {"lastModified": 1700000000 * unit}, "messages": [{"id": 1, "role": "user", "content": "q"}]}
    assert one(item, tmp_path).conversation.changed == pytest.approx(1.7e9)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="could not be read"):
        read_export(tmp_path / "nothing.json")
