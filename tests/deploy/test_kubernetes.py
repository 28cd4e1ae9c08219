"""The manifests: valid by Kubernetes' own schemas, and true of what they start.

No cluster is needed: that the pods start is not among what these tests say.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from sensors_app.cli.root import cli
from sensors_app.model.locations import Role
from sensors_app.settings import Settings

FOLDER = Path(__file__).parents[2] / "deploy" / "kubernetes"
FILES = sorted(FOLDER.glob("*.yaml"))
ROLES = [role.value for role in Role]
WORKERS = [f"quickstart-{role}" for role in ROLES]
OURS = ["beat", "listener", *WORKERS, "web"]
EXAMPLES = {"secret.example.yaml", "autoscaling.example.yaml"}

Manifest = Mapping[str, Any]


def manifests(path: Path) -> Iterator[Manifest]:
    yield from yaml.safe_load_all(path.read_text())


EVERYTHING = {
    (manifest["kind"], manifest["metadata"]["name"]): manifest
    for path in FILES
    if path.name != "kustomization.yaml"
    for manifest in manifests(path)
}


def pod(name: str, kind: str = "Deployment") -> Manifest:
    spec: Manifest = EVERYTHING[kind, name]["spec"]["template"]["spec"]
    return spec


def container(name: str, kind: str = "Deployment") -> Manifest:
    (found,) = pod(name, kind)["containers"]
    return dict(found)


@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("name", EVERYTHING, ids=lambda name: "/".join(name))
def test_they_are_valid(name: tuple[str, str], version: str):
    """Strictly: a field that does not exist is an error."""
    kubernetes_validate.validate(dict(EVERYTHING[name]), version, strict=True)


def test_one_command_applies_all_but_the_examples():
    """``kubectl apply -k``."""
    (kustomization,) = manifests(FOLDER / "kustomization.yaml")
    listed = set(kustomization["resources"])
    assert listed == {path.name for path in FILES} - EXAMPLES - {"kustomization.yaml"}


def test_each_process_is_there():
    """And each may be taken from its node, one at a time."""
    assert {name for kind, name in EVERYTHING if kind == "Deployment"} == set(OURS)
    assert {name for kind, name in EVERYTHING if kind == "PodDisruptionBudget"} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_what_selects_pods_finds_them(name: str):
    """Deployment, disruption budget, spread over nodes, and the way in for the pages."""
    deployment = EVERYTHING["Deployment", name]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    chosen = {"app.kubernetes.io/name": name}
    assert chosen.items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"] == chosen
    budget = EVERYTHING["PodDisruptionBudget", name]["spec"]
    assert budget["selector"]["matchLabels"] == chosen
    (spread,) = pod(name)["topologySpreadConstraints"]
    assert spread["labelSelector"]["matchLabels"] == chosen
    assert EVERYTHING["Service", "web"]["spec"]["selector"] == {"app.kubernetes.io/name": "web"}


@pytest.mark.parametrize("name", OURS)
def test_an_update_leaves_nobody_out(name: str):
    """New pods come first."""
    strategy = EVERYTHING["Deployment", name]["spec"]["strategy"]
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0
    assert EVERYTHING["Deployment", name]["spec"]["replicas"] >= 2


@pytest.mark.parametrize("name", [*OURS, "valkey"])
def test_they_are_confined(name: str):
    """As the namespace demands, and with a file system that cannot be written."""
    kind = "StatefulSet" if name == "valkey" else "Deployment"
    assert pod(name, kind)["securityContext"]["runAsNonRoot"] is True
    assert pod(name, kind)["automountServiceAccountToken"] is False
    assert container(name, kind)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container(name, kind)["resources"]["limits"]


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name: str):
    """And each probe asks for the process that its pod runs."""
    program, command, *_ = container(name)["command"]
    assert program == "sensors"
    assert command in cli.commands
    process = name.rpartition("-")[2]
    if name != "web":
        for probe in ("startupProbe", "livenessProbe"):
            assert container(name)[probe]["exec"]["command"][:3] == ["sensors", "alive", process]


@pytest.mark.parametrize("role", ROLES)
def test_workers_have_time_to_finish(role: str):
    """More than a sensor's usual limit with its margin; runs may take long."""
    name = f"quickstart-{role}"
    command = container(name)["command"]
    assert command[command.index("--role") + 1] == role
    usual_s = 60 + Settings().hard_limit_margin_seconds
    assert pod(name)["terminationGracePeriodSeconds"] > usual_s


def test_pages_are_probed_where_no_login_is_needed():
    """Whether it is ready depends on the store; whether it is to be started anew does not."""
    web = container("web")
    assert web["readinessProbe"]["httpGet"]["path"] == "/healthz"
    assert web["livenessProbe"]["httpGet"]["path"] == "/static/icon.svg"
    assert {port["containerPort"] for port in web["ports"]} == {Settings().web_port}


def test_the_server_keeps_everything():
    """On a disk, every second, and it evicts nothing."""
    valkey = EVERYTHING["StatefulSet", "valkey"]["spec"]
    (script,) = container("valkey", "StatefulSet")["args"]
    for option in ("--dir /data", "--appendonly yes", "--maxmemory-policy noeviction"):
        assert option in script
    assert valkey["replicas"] == 1
    assert [claim["metadata"]["name"] for claim in valkey["volumeClaimTemplates"]] == ["data"]


def test_secrets_and_settings_exist():
    """What a pod asks for is in the examples, by the names that settings have."""
    known = {f"SENSORS_{field.upper()}" for field in Settings.model_fields}
    secret = EVERYTHING["Secret", "sensors"]["stringData"]
    assert set(EVERYTHING["ConfigMap", "sensors"]["data"]) <= known
    assert set(secret) - known == {"VALKEY_PASSWORD"}
    for name in OURS:
        for variable in container(name)["env"]:
            assert variable["name"] in known | {"QUICKSTART_DIR"}
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                assert reference == {"name": "sensors", "key": variable["name"]}
                assert variable["name"] in secret


def test_who_reaches_the_server():
    """Our own processes and nobody else: whoever may write there may do everything."""
    (rule,) = EVERYTHING["NetworkPolicy", "valkey"]["spec"]["ingress"]
    (source,) = rule["from"]
    (label,) = source["podSelector"]["matchLabels"].items()
    for name in OURS:
        labels = EVERYTHING["Deployment", name]["spec"]["template"]["metadata"]["labels"]
        assert label in labels.items()


def test_no_document_leans_on_another():
    """Anchors of YAML end with a document, and not every tool knows merge keys."""
    for path in FILES:
        for line in path.read_text().splitlines():
            code = line.partition("#")[0]
            assert ": &" not in code
            assert ": *" not in code
            assert "<<:" not in code
