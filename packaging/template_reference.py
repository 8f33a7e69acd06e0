"""Makes tests/data/template_reference.json anew: hashes of what transformers renders with llama.cpp's chat templates.

    python -m venv /tmp/t && /tmp/t/bin/pip install transformers jinja2
    /tmp/t/bin/python packaging/template_reference.py llama_cpp_python-0.3.36.tar.gz
"""

import hashlib
import json
import sys
import tarfile
from pathlib import Path

import transformers
from transformers.utils import chat_template_utils

DATE = "26 November 2026"
SYSTEM = {"role": "system", "content": "You are \"Élise\", an expert.\nBe brief: 简短 & <clear>."}
FIRST = {"role": "user", "content": "What's 2 + 2?\n\n* in \"words\"\n* as {{ number }}"}
ANSWER = {"role": "assistant", "content": "Four, that is 4.\n\n```\n2 + 2\n```"}
SECOND = {"role": "user", "content": "And in مرحبا?"}
SHAPES = {"user": [FIRST], "system": [SYSTEM, FIRST], "turns": [SYSTEM, FIRST, ANSWER, SECOND]}
TOKENS = {"bos_token": "<s>", "eos_token": "</s>"}


def templates(sdist: Path) -> dict[str, str]:
    with tarfile.open(sdist) as archive:
        members = [m for m in archive if "/models/templates/" in m.name and m.name.endswith(".jinja")]
        return {Path(m.name).name: archive.extractfile(m).read().decode() for m in members}


def rendered(source: str, messages: list[dict[str, str]], prompt: bool) -> str:
    compiled = chat_template_utils._compile_jinja_template(source)
    compiled.environment.globals["strftime_now"] = lambda _form: DATE
    (text,), _ = chat_template_utils.render_jinja_template(
        [messages], chat_template=source, add_generation_prompt=prompt, **TOKENS
    )
    return text


def hashed(source: str, messages: list[dict[str, str]], prompt: bool) -> str:
    try:
        return hashlib.sha256(rendered(source, messages, prompt).encode()).hexdigest()
    except Exception:  # whatever a template trips over
        return "refused"


def main() -> None:
    sdist = Path(sys.argv[1])
    hashes = {
        name: {f"{shape}{'+prompt' * prompt}": hashed(source, said, prompt) for shape, said in SHAPES.items()
               for prompt in (False, True)}
        for name, source in sorted(templates(sdist).items())
    }  # fmt: skip
    made = {"sdist": sdist.name, "transformers": transformers.__version__, "date": DATE, "shapes": SHAPES} | TOKENS
    target = Path(__file__).parent.parent / "tests" / "data" / "template_reference.json"
    lines = ",\n".join(f'  {json.dumps(name)}: {json.dumps(values)}' for name, values in hashes.items())
    head = json.dumps(made, indent=1, ensure_ascii=False).removesuffix("\n}")
    target.write_text(f'{head},\n "hashes": {{\n{lines}\n }}\n}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
