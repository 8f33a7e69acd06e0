"""Other programs' conversations: ChatGPT, Open WebUI, LM Studio, llama.cpp; what has no place here becomes a note."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from desktop_llm.storage.assembling import (
    About,
    Imported,
    Node,
    assembled,
    fenced,
    items,
    joined,
    key,
    mapping,
    note,
    seconds,
    speaker,
    string,
)

_CITATION = re.compile("\ue200(?:file)?cite[^\ue200\ue201]*\ue201")
_DETAILS = re.compile(r'<details type="(reasoning|tool_calls|code_interpreter)"([^<>]*)>')
_SUMMARY = re.compile(r"\s*<summary>[^<]*</summary>")
_NAME = re.compile(r'name="([^"]*)"')
_QUOTE = re.compile(r"^> ?", re.MULTILINE)


def reader_of(item: Any) -> Callable[[dict[str, Any]], Imported] | None:
    """Who reads this item of an export, told by its shape; nothing where nobody does."""
    known, messages = mapping(item), items(mapping(item).get("messages"))
    if isinstance(known.get("mapping"), dict):
        return _chatgpt
    if isinstance(mapping(known.get("chat", known)).get("history"), dict):
        return _open_webui
    if isinstance(known.get("conv"), dict):
        return _llama_cpp
    if any("versions" in mapping(message) for message in messages):
        return _lm_studio
    return _flat if any("role" in mapping(message) for message in messages) else None


def sessions(records: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """llama.cpp's lines put together as its JSON has them: {"conv": ..., "messages": [...]}.

    Since https://github.com/ggml-org/llama.cpp/pull/24688 an export is JSONL, a {"type": "session"} line before the
    {"type": "message"} lines of each (https://huggingface.co/docs/hub/session-traces-format).
    """
    current: dict[str, Any] = {"conv": {}, "messages": []}
    for record in map(mapping, records):
        if record.get("type") == "session":
            yield from [current] if current["messages"] else []
            current = {"conv": record, "messages": []}
        elif record.get("type") == "message":
            current["messages"].append(record.get("message"))
    yield from [current] if current["messages"] else []


# ---- ChatGPT


def _chatgpt(item: dict[str, Any]) -> Imported:
    """`mapping`: id -> {message, parent, children}; `current_node` ends the branch shown.

    As described in docs/chatgpt-data-export-format.md of https://github.com/mitkury/chatgpt-export-parser.
    """
    nodes = []
    for id, found in item["mapping"].items():
        message = mapping(mapping(found).get("message"))
        hidden = mapping(message.get("content")).get("content_type") == "user_editable_context"
        said = "system" if hidden else speaker(mapping(message.get("author")).get("role"))
        parts = (mapping(part) for part in items(mapping(message.get("content")).get("thoughts")))
        thoughts = joined(*(joined(string(part.get("summary")), string(part.get("content"))) for part in parts))
        nodes.append(Node(id, key(mapping(found).get("parent")), said, _chatgpt_text(message), thoughts))
    about = About(
        string(item.get("title")), seconds(item.get("update_time"), item.get("create_time")),
        key(item.get("current_node")), pinned=item.get("is_starred") is True,
    )  # fmt: skip
    return assembled(about, nodes)


def _chatgpt_text(message: dict[str, Any]) -> str:
    """How long it thought ("reasoning_recap") and where a search found something (its citation marks) are left out."""
    content = mapping(message.get("content"))
    kind = string(content.get("content_type"))
    own = string(content.get("text")) or string(content.get("result"))
    if kind in ("thoughts", "reasoning_recap"):
        return ""
    if kind == "code":
        return fenced(own, string(content.get("language")).replace("unknown", ""))
    if kind == "execution_output":
        return fenced(own)
    if kind == "user_editable_context":
        return joined(string(content.get("user_profile")), string(content.get("user_instructions")))
    attached = (mapping(part) for part in items(mapping(message.get("metadata")).get("attachments")))
    files = (note("attached file", string(part.get("name"))) for part in attached)
    said = joined(string(content.get("title")), _text(content.get("parts")) or own or _unknown(content))
    return joined(*files, _CITATION.sub("", said))


def _unknown(content: dict[str, Any]) -> str:
    known = string(content.get("content")) or string(content.get("model_set_context"))
    kind = string(content.get("content_type"))
    return known or (note(kind) if kind not in ("", "text", "multimodal_text", "model_editable_context") else "")


# ---- Open WebUI


def _open_webui(item: dict[str, Any]) -> Imported:
    """`chat.history`: {messages: id -> {parentId, role, content, files}, currentId}.

    As src/lib/components/layout/Sidebar/ChatMenu.svelte of https://github.com/open-webui/open-webui exports it.
    """
    chat = mapping(item.get("chat", item))
    nodes = []
    for id, found in mapping(chat["history"].get("messages")).items():
        message = mapping(found)
        thoughts, text = _unfolded(_text(message.get("content")))
        said = joined(*_webui_files(message), text, _webui_failure(message))
        nodes.append(Node(id, key(message.get("parentId")), speaker(message.get("role")), said, thoughts))
    system = string(chat.get("system")) or string(mapping(chat.get("params")).get("system"))
    about = About(
        string(item.get("title")) or string(chat.get("title")),
        seconds(item.get("updated_at"), item.get("created_at"), chat.get("timestamp")),
        key(chat["history"].get("currentId")), system, item.get("pinned") is True,
    )  # fmt: skip
    return assembled(about, nodes)


def _webui_files(message: dict[str, Any]) -> Iterator[str]:
    for file in map(mapping, items(message.get("files"))):
        yield note(f"attached {_kind(file)}", string(file.get("name")))


def _webui_failure(message: dict[str, Any]) -> str:
    error = message.get("error")
    return note("failed", string(mapping(error).get("content"))) if error else ""


def _unfolded(text: str) -> tuple[str, str]:
    """Its thoughts and its answer: reasoning and the use of tools are folded HTML within the text."""
    first, *folded = _DETAILS.split(text)
    thoughts, parts = [], [first.rstrip("\n")]
    for kind, about, rest in zip(*(iter(folded),) * 3, strict=True):
        body, _, after = rest.partition("</details>")
        body = html.unescape(_SUMMARY.sub("", body, count=1)).strip()
        if kind == "reasoning":
            thoughts.append(_QUOTE.sub("", body))
        else:
            name = _NAME.search(about)
            parts += [note("tool call", html.unescape(name.group(1)) if name else ""), body]
        parts.append(after.strip("\n"))
    return joined(*thoughts), joined(*parts)


# ---- LM Studio


def _lm_studio(item: dict[str, Any]) -> Imported:
    """`messages`: each with `versions`, of which the next message follows the one that is `currentlySelected`.

    As script.js of https://github.com/YorkieDev/lm-studio-conversation-converter and convert-conversation.js of
    https://github.com/zeveck/json_to_md read the files of LM Studio 0.3.
    """
    nodes: list[Node] = []
    last = ""
    for place, message in enumerate(map(mapping, items(item.get("messages")))):
        versions = [mapping(version) for version in items(message.get("versions"))]
        for number, version in enumerate(versions):
            text, thoughts = _lm_studio_text(version, False), _lm_studio_text(version, True)
            nodes.append(Node(f"{place}.{number}", last, speaker(version.get("role")), text, thoughts))
        chosen = message.get("currentlySelected")
        if versions:
            last = f"{place}.{chosen if isinstance(chosen, int) and 0 <= chosen < len(versions) else 0}"
    about = About(
        string(item.get("name")),
        seconds(item.get("assistantLastMessagedAt"), item.get("userLastMessagedAt"), item.get("createdAt")),
        last, string(item.get("systemPrompt")) or _system_field(item), item.get("pinned") is True,
    )  # fmt: skip
    return assembled(about, nodes)


def _system_field(item: dict[str, Any]) -> str:
    fields = map(mapping, items(mapping(item.get("perChatPredictionConfig")).get("fields")))
    found = (field.get("value") for field in fields if field.get("key") == "llm.prediction.systemPrompt")
    return string(next(found, ""))


def _lm_studio_text(version: dict[str, Any], thoughts: bool) -> str:
    """Of an answer in several steps either those that think or the others."""
    if version.get("type") != "multiStep":
        return "" if thoughts else _text(version.get("content"))
    parts = []
    for step in map(mapping, items(version.get("steps"))):
        content = [part for part in items(step.get("content")) if mapping(part).get("isStructural") is not True]
        thinks = mapping(step.get("style")).get("type") == "thinking"
        parts += [_text(content)] if thinks == thoughts else []
    return joined(*parts)


# ---- llama.cpp


def _llama_cpp(item: dict[str, Any]) -> Imported:
    """{conv: {name, currNode, lastModified}, messages: [{id, parent, role, type, content, ...}]}, a tree below `root`.

    As in tools/ui/src/lib/types/database.d.ts of https://github.com/ggml-org/llama.cpp; before, in tools/server/webui.
    """
    conversation = item["conv"]
    nodes = [
        Node(key(said.get("id")), key(said.get("parent")),
             "nobody" if said.get("type") == "root" else speaker(said.get("role")), _llama_cpp_text(said),
             string(said.get("reasoningContent")) or string(said.get("thinking")))
        for said in map(mapping, items(item.get("messages")))
    ]  # fmt: skip
    about = About(
        string(conversation.get("name")), seconds(conversation.get("lastModified")), key(conversation.get("currNode")),
        pinned=conversation.get("pinned") is True,
    )  # fmt: skip
    return assembled(about, nodes)


def _llama_cpp_text(message: dict[str, Any]) -> str:
    attached = (_attached(mapping(extra)) for extra in items(message.get("extra")))
    return joined(*attached, _text(message.get("content")), _tool_calls(message.get("toolCalls")))


def _attached(extra: dict[str, Any]) -> str:
    said = note(f"attached {_kind(extra)}", string(extra.get("name")))
    return joined(said, fenced(string(extra.get("content"))))


# ---- messages one after another


def _flat(item: dict[str, Any]) -> Imported:
    """{"messages": [{"role", "content"}]}, as of OpenAI's API; LM Studio before 0.3 and llama.cpp's first page."""
    nodes: list[Node] = []
    for place, said in enumerate(map(mapping, items(item.get("messages")))):
        text = joined(_text(said.get("content")), _tool_calls(said.get("tool_calls")))
        before, thoughts = nodes[-1].key if nodes else "", string(said.get("reasoning_content"))
        nodes.append(Node(f"{place}", before, speaker(said.get("role")), text, thoughts))
    title = string(item.get("title")) or string(item.get("name"))
    changed = seconds(item.get("updated_at"), item.get("lastModified"), item.get("createdAt"))
    return assembled(About(title, changed, system=string(item.get("systemPrompt"))), nodes)


# ---- what a message holds


def _text(content: Any) -> str:
    """A message's content: a text, or a list of texts and other things."""
    if isinstance(content, list):
        return joined(*(part if isinstance(part, str) else _part(mapping(part)) for part in content))
    return string(content)


def _part(part: dict[str, Any]) -> str:
    kind = string(part.get("type")) or string(part.get("content_type"))
    if "tool" in kind.lower():
        return note("tool call", _tool(part))
    text = part.get("text")
    if isinstance(text, str):
        return text
    name = string(part.get("name")) or string(part.get("fileIdentifier"))
    return note(f"attached {_kind(part)}", name) if part else ""


def _kind(part: dict[str, Any]) -> str:
    """In a word what it is, whatever the program calls it: "image_asset_pointer", "imageFile", "IMAGE"."""
    told = " ".join(string(part.get(name)) for name in ("type", "content_type", "fileType", "mimeType")).lower()
    return next((word for word in ("image", "audio", "video", "pdf") if word in told), "file")


def _tool_calls(value: Any) -> str:
    """A list of them, or, as llama.cpp keeps them, a text that is such a list in JSON."""
    if isinstance(value, str) and value.strip():
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return note("tool call", value)
    return joined(*(note("tool call", _tool(mapping(call))) for call in items(value)))


def _tool(call: dict[str, Any]) -> str:
    function = mapping(call.get("function")) or mapping(call.get("toolCallRequest")) or call
    words = (function.get(name) for name in ("name", "arguments", "parameters", "content", "text"))
    return " ".join(word if isinstance(word, str) else json.dumps(word) for word in words if word)
