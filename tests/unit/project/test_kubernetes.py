"""The manifests of deploy/kubernetes are valid, and name what exists in them and in Redraw."""

import re
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from pipeline.settings_reading import list_settings
from pipeline.starting import Role, find_start_problems
from service.routes.health import router
from tests.unit.project._manifests import (
    BUILT,
    CONFIG,
    SECRETS,
    VARIANTS,
    Object,
    Pod,
    list_pods,
    of_kind,
    read_objects,
)
from tests.unit.project.test_deployment import DOCKERFILE, command_of, refers_to_what_exists
from workers.names import COLLECT_QUEUE

OLDEST, NEWEST = "1.30", "1.34"
"""Versions of Kubernetes whose schemas are asked."""
GOOGLES = {
    "FIRESTORE_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
    "GOOGLE_APPLICATION_CREDENTIALS",
}
SECRET_TEXTS = {"REDRAW_TRUSTED_KEYS", "REDRAW_REDIS_URL"}
"""Settings that change together with secret ones, or may hold a password."""

every_variant = pytest.mark.parametrize("variant", VARIANTS)


def names_of(settings: dict[str, Any], where: str) -> set[str]:
    known = {name for name, _ in list_settings()} | GOOGLES
    assert settings.keys() <= known, f"{where}: {settings.keys() - known}"
    return set(settings)


@pytest.mark.parametrize(
    ("variant", "version"),
    [
        ("files", NEWEST),
        *(
            pytest.param(variant, version, marks=pytest.mark.slow)
            for variant in BUILT
            for version in (OLDEST, NEWEST)
        ),
    ],
)
def test_every_object_is_valid_by_the_schema_of_kubernetes(variant: str, version: str) -> None:
    seen = set()
    for each in read_objects(variant):
        if each["apiVersion"].startswith("keda.sh/"):
            continue  # KEDA's own kind, which Kubernetes has no schema of
        kubernetes_validate.validate(each, version, strict=True)
        seen.add(each["kind"])
    assert {"Deployment", "StatefulSet", "NetworkPolicy", "HorizontalPodAutoscaler"} <= seen


def test_a_field_that_kubernetes_does_not_know_would_be_found() -> None:
    [service, *_] = of_kind("files", "Service")
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**service, "sepc": {}}, NEWEST, strict=True)


@every_variant
def test_nothing_is_named_twice(variant: str) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in read_objects(variant)]
    assert len(names) == len(set(names))


@every_variant
def test_what_the_containers_are_told_are_settings(variant: str) -> None:
    told = {each["metadata"]["name"]: each["data"] for each in of_kind(variant, "ConfigMap")}
    for name, data in told.items():
        names_of(data, name)
    for pod in list_pods(variant):
        for container in pod.containers:
            variables = {each["name"]: each for each in container.get("env", [])}
            names_of(variables, pod.name)
            for source in container.get("envFrom", []):
                name = source["configMapRef"]["name"]
                assert name in told or (variant == "files" and name == CONFIG)


@every_variant
def test_secrets_come_from_the_secret_under_their_own_names(variant: str) -> None:
    secret = {
        name for name, field in list_settings() if "SecretStr" in str(field.annotation)
    } | SECRET_TEXTS
    for pod in list_pods(variant):
        for container in pod.containers:
            for each in container.get("env", []):
                if each["name"] not in secret:
                    continue
                reference = each["valueFrom"]["secretKeyRef"]
                assert reference["name"].startswith(SECRETS)
                assert reference["key"] == each["name"]
                required = each["name"] in {"REDRAW_PLAYER_KEY", "REDRAW_REDIS_URL"}
                assert reference.get("optional", False) is not required


@pytest.mark.parametrize("variant", ["emulators", "production"])
@pytest.mark.parametrize(
    ("name", "role"), [("service", Role.SERVICE), ("worker", Role.WORKER), ("beat", Role.BEAT)]
)
def test_a_process_starts_with_what_its_container_is_told(
    variant: str, name: str, role: Role, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [config] = of_kind(variant, "ConfigMap")
    for setting in [each for each, _ in list_settings()]:
        monkeypatch.delenv(setting, raising=False)
    for setting, value in config["data"].items():
        monkeypatch.setenv(setting, value)
    [pod] = [each for each in list_pods(variant) if each.name == name]
    given = {each["name"] for each in pod.spec["containers"][0]["env"]}
    monkeypatch.setenv("REDRAW_PLAYER_KEY", "x" * 32)
    assert "REDRAW_PLAYER_KEY" in given
    _, problems = find_start_problems(role, _env_file=None, data_dir=tmp_path)
    assert [each for each in problems if "credentials" not in each] == []


@every_variant
def test_commands_are_those_of_the_compose_file_or_exist(variant: str) -> None:
    pods = {pod.name: pod for pod in list_pods(variant)}
    for name, pod in pods.items():
        for container in pod.containers:
            words = container["command"]
            if name == "collector":
                assert words == [*command_of("worker"), f"--queues={COLLECT_QUEUE}"]
            elif name in {"service", "worker", "beat", "emulators", "redis"}:
                assert words == command_of(name)
            else:
                refers_to_what_exists(
                    [word.replace("$(REDRAW_SAMPLES_PER_CLASS)", "2000") for word in words]
                )
    assert {"service", "worker", "collector", "beat"} <= set(pods)


@every_variant
def test_images_are_those_that_the_dockerfile_makes(variant: str) -> None:
    assert {"run", "baseline"} <= set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    for pod in list_pods(variant):
        for container in pod.containers:
            name = container["image"].rpartition("/")[2].partition(":")[0]
            trains = container["name"] == "baseline" or (variant == "keda" and pod.name == "worker")
            expected = "redis" if pod.name == "redis" else "redraw"
            assert name == ("redraw-baseline" if trains else expected)


@every_variant
def test_probes_ask_for_routes_and_ports_that_exist(variant: str) -> None:
    routes = {route.path for route in router.routes}  # type: ignore[attr-defined]
    asked = set()
    for pod in list_pods(variant):
        for container in pod.containers:
            ports = {each["name"] for each in container.get("ports", [])}
            for kind in ("startupProbe", "readinessProbe", "livenessProbe"):
                probe = container.get(kind, {})
                for way in ("httpGet", "tcpSocket"):
                    if way in probe:
                        assert probe[way]["port"] in ports
                        asked.add(probe[way].get("path", "/healthz"))
    assert asked == {"/healthz", "/readyz"}
    assert asked <= routes


@every_variant
def test_every_process_that_goes_on_is_asked_whether_it_lives(variant: str) -> None:
    for pod in list_pods(variant):
        if pod.owner["kind"] != "Job":
            assert "livenessProbe" in pod.spec["containers"][0], pod.name


def one_of(pods: list[Pod], selector: Object) -> list[Pod]:
    found = [pod for pod in pods if pod.selected_by(selector)]
    assert found, selector
    return found


@every_variant
def test_selectors_find_pods_and_services_find_their_ports(variant: str) -> None:
    pods = list_pods(variant)
    for pod in pods:
        if pod.owner["kind"] != "Job":
            assert one_of(pods, pod.owner["spec"]["selector"]) == [pod]
        for spread in pod.spec.get("topologySpreadConstraints", []):
            assert one_of(pods, spread["labelSelector"]) == [pod]
    for service in of_kind(variant, "Service"):
        [pod] = one_of(pods, {"matchLabels": service["spec"]["selector"]})
        ports = {each["name"] for each in pod.spec["containers"][0].get("ports", [])}
        assert {each["targetPort"] for each in service["spec"].get("ports", [])} <= ports
        assert pod.owner["spec"].get("serviceName", pod.name) == service["metadata"]["name"]
    for budget in of_kind(variant, "PodDisruptionBudget"):
        one_of(pods, budget["spec"]["selector"])
    for policy in of_kind(variant, "NetworkPolicy"):
        one_of(pods, policy["spec"]["podSelector"])


@every_variant
def test_an_autoscaler_sets_the_number_of_a_deployment_that_names_none(variant: str) -> None:
    scaled = {
        each["spec"]["scaleTargetRef"]["name"]
        for kind in ("HorizontalPodAutoscaler", "ScaledObject")
        for each in of_kind(variant, kind)
    }
    for pod in list_pods(variant):
        if pod.owner["kind"] != "Job":
            assert ("replicas" in pod.owner["spec"]) is (pod.name not in scaled), pod.name
    assert scaled == {"service", "collector"}


def test_keda_counts_the_batches_that_wait_in_the_redis_of_the_base() -> None:
    [scaled] = of_kind("files", "ScaledObject")
    [trigger] = scaled["spec"]["triggers"]
    assert trigger["metadata"]["listName"] == COLLECT_QUEUE
    [redis] = [each for each in of_kind("files", "Service") if each["metadata"]["name"] == "redis"]
    host, _, port = trigger["metadata"]["address"].partition(":")
    assert host == "redis.redraw.svc.cluster.local"
    assert int(port) == redis["spec"]["ports"][0]["port"]


@every_variant
def test_accounts_and_claims_that_pods_name_are_there(variant: str) -> None:
    accounts = {each["metadata"]["name"] for each in of_kind(variant, "ServiceAccount")}
    claims = {each["metadata"]["name"] for each in of_kind(variant, "PersistentVolumeClaim")}
    for pod in list_pods(variant):
        assert pod.spec.get("serviceAccountName") in {None, *accounts}
        used = {
            each["persistentVolumeClaim"]["claimName"]
            for each in pod.spec.get("volumes", [])
            if "persistentVolumeClaim" in each
        }
        assert used <= claims
