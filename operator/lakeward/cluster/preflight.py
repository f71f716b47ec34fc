"""What must be true before the operator starts, checked against the API server and said in one sentence each."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lakeward.api.objects import GROUP, VERSION, kind_info
from lakeward.cluster.kube import NO_ANSWER, KubeError

if TYPE_CHECKING:
    from lakeward.cluster.kube import Kube

NEEDED = (("list", ""), ("watch", ""), ("patch", "status"))
FINALIZER = ("patch", "")
UNAUTHORIZED, NOT_FOUND = 401, 404
SHOWN = 3


class NotReady(Exception):  # noqa: N818 - a state of the cluster that a person mends
    """The operator cannot start; the message says why and what to do."""


async def check(kube: Kube, host: str, plurals: Mapping[str, str]) -> None:
    """The API server answers, serves our kinds and lets us work on them. Raises NotReady."""
    await _served(kube, host, plurals)
    await _allowed(kube, host, plurals)


async def _served(kube: Kube, host: str, plurals: Mapping[str, str]) -> None:
    try:
        served = {item["name"] for item in (await kube.get(f"/apis/{GROUP}/{VERSION}"))["resources"]}
    except KubeError as error:
        if error.status != NOT_FOUND:
            raise _unusable(host, error) from None
        served = set()
    missing = sorted(kind for kind, plural in plurals.items() if plural not in served)
    if missing:
        raise NotReady(
            f"the API server at {host} does not serve {', '.join(missing)} of {GROUP}/{VERSION}: "
            "install the CRDs with `kubectl apply --server-side -k crds`"
        )


async def _allowed(kube: Kube, host: str, plurals: Mapping[str, str]) -> None:
    asked = [(verb, plural, part) for kind, plural in plurals.items() for verb, part in _needed(kind)]
    try:
        answers = await asyncio.gather(*(_may(kube, *question) for question in asked))
    except KubeError as error:
        raise _unusable(host, error) from None
    denied = [
        f"{verb} {plural}{'/' if part else ''}{part}"
        for (verb, plural, part), allowed in zip(asked, answers, strict=True)
        if not allowed
    ]
    if denied:
        more = f" and {len(denied) - SHOWN} more" if len(denied) > SHOWN else ""
        raise NotReady(
            f"the operator's account may not {', '.join(denied[:SHOWN])}{more} in all namespaces: "
            "bind it to the ClusterRole of manifests/install"
        )


def _needed(kind: str) -> tuple[tuple[str, str], ...]:
    info = kind_info(kind)
    return NEEDED if info is not None and not info.guarded else (*NEEDED[:2], FINALIZER, *NEEDED[2:])


async def _may(kube: Kube, verb: str, plural: str, part: str) -> bool:
    attributes = {"group": GROUP, "version": VERSION, "resource": plural, "subresource": part, "verb": verb}
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectAccessReview",
        "spec": {"resourceAttributes": attributes},
    }
    answer = await kube.create("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review)
    return bool(answer["status"]["allowed"])


def _unusable(host: str, error: KubeError) -> NotReady:
    if error.status == NO_ANSWER:
        return NotReady(
            f"the API server at {host} does not answer ({error.message}): check the network and --kubeconfig"
        )
    if error.status == UNAUTHORIZED:
        return NotReady(f"the API server at {host} refuses the login: renew the token or the kubeconfig")
    return NotReady(f"the API server at {host} answered {error.status} at the start: {error.message}")
