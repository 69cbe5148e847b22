"""Pods of deploy/kubernetes can do and reach little, and lose nothing when they are stopped."""

import re

import pytest

from tests.unit.project._manifests import BUILT, VARIANTS, Pod, list_pods, of_kind, read_objects
from tests.unit.project.test_deployment import DOCKERFILE, EMULATOR_VARIABLES, SERVICES

every_variant = pytest.mark.parametrize("variant", VARIANTS)
UNITS = {"Mi": 1, "Gi": 1024}


def mebibytes(text: str) -> int:
    return int(text[:-2]) * UNITS[text[-2:]]


@every_variant
def test_no_container_is_root_writes_to_its_root_or_may_become_more(variant: str) -> None:
    [image_user] = set(re.findall(r"^USER (\d+):(\d+)$", DOCKERFILE, re.MULTILINE))
    for pod in list_pods(variant):
        context = pod.spec["securityContext"]
        assert context["runAsNonRoot"] is True
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        user = (str(context["runAsUser"]), str(context["runAsGroup"]))
        assert user == (("999", "1000") if pod.name == "redis" else image_user)
        # The volumes belong to the group that writes to them.
        assert context["fsGroup"] == context["runAsGroup"]
        for container in pod.containers:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }


@every_variant
def test_no_pod_gets_a_token_of_the_cluster(variant: str) -> None:
    silent = {
        each["metadata"]["name"]
        for each in of_kind(variant, "ServiceAccount")
        if each["automountServiceAccountToken"] is False
    }
    for pod in list_pods(variant):
        account = pod.spec.get("serviceAccountName")
        assert account in silent or pod.spec.get("automountServiceAccountToken") is False


@every_variant
def test_kubernetes_puts_no_variables_of_its_own_beside_the_settings(variant: str) -> None:
    # For a Service that someone calls `redraw` it would set REDRAW_PORT to an address.
    assert [p.name for p in list_pods(variant) if p.spec.get("enableServiceLinks", True)] == []


@every_variant
def test_where_containers_write_a_volume_is_mounted_that_exists(variant: str) -> None:
    for pod in list_pods(variant):
        volumes = {each["name"] for each in pod.spec.get("volumes", [])} | {
            each["metadata"]["name"] for each in pod.owner["spec"].get("volumeClaimTemplates", [])
        }
        for container in pod.containers:
            mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
            assert set(mounts.values()) <= volumes
            assert {"/data"} | (set() if pod.name == "redis" else {"/tmp"}) <= set(mounts)


@every_variant
def test_a_container_says_what_it_needs_and_cannot_eat_the_node(variant: str) -> None:
    for pod in list_pods(variant):
        for container in pod.containers:
            needs = container["resources"]
            assert "cpu" in needs["requests"]
            assert mebibytes(needs["requests"]["memory"]) <= mebibytes(needs["limits"]["memory"])
        for volume in pod.spec.get("volumes", []):
            assert "emptyDir" not in volume or volume["emptyDir"]["sizeLimit"], pod.name


def test_a_worker_has_as_long_to_finish_a_run_as_under_compose() -> None:
    [worker] = [pod for pod in list_pods("files") if pod.name == "worker"]
    [minutes] = re.findall(r"^stop_grace_period: (\d+)m$", SERVICES["worker"], re.MULTILINE)
    assert worker.spec["terminationGracePeriodSeconds"] == int(minutes) * 60


def reaches(variant: str, pod: Pod, port: int) -> bool:
    """Whether a policy lets these pods open connections to this port."""
    return any(
        port in {each.get("port") for each in rule.get("ports", [])}
        for policy in of_kind(variant, "NetworkPolicy")
        if pod.selected_by(policy["spec"]["podSelector"])
        for rule in policy["spec"].get("egress", [])
    )


@pytest.mark.parametrize("variant", BUILT)
def test_processes_reach_what_they_need_and_beat_reaches_redis_alone(variant: str) -> None:
    [closed] = [
        each
        for each in of_kind(variant, "NetworkPolicy")
        if each["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ]
    assert closed
    for pod in list_pods(variant):
        part = pod.labels["app.kubernetes.io/component"]
        assert reaches(variant, pod, 53)
        queues = {"service", "worker", "collector", "beat"}
        assert reaches(variant, pod, 6379) is (part in queues)
        google = part in {"service", "worker", "collector", "baseline"}
        assert reaches(variant, pod, 443) is google
        if variant == "emulators":
            assert reaches(variant, pod, 8080)


def test_production_knows_no_emulator_and_holds_no_secret() -> None:
    objects = read_objects("production")
    assert [name for name in EMULATOR_VARIABLES if name in str(objects)] == []
    assert [each for each in objects if each["kind"] == "Secret"] == []


def test_the_namespace_refuses_pods_that_ask_for_more() -> None:
    [namespace] = of_kind("files", "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
