"""Jobs: what Site Recovery does over time, with tasks and errors, and the operation whose id a job's name is."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..arm import ArmError, ArmRequest, ArmResponse
from . import times
from .errors import JobFailure

if TYPE_CHECKING:
    from ..world import World
    from .vaults import Vault

JOB_TYPE = "Microsoft.RecoveryServices/vaults/replicationJobs"
FILTERS = ("StartTime", "EndTime", "FabricId", "AffectedObjectTypes", "JobStatus", "JobOutputType", "JobName",
           "TimezoneOffset")

# Unlike recorded tasks, whose customDetails say only "TaskDetails" (a value the published API does not declare), a task
# without details of its own is shown with none.
_NO_DETAILS = None


@dataclass
class Kind:
    """What a job is called, and what its one task is called."""

    scenario: str
    friendly_name: str
    task: str
    task_friendly_name: str
    target_type: str = "Server"


# ProcessServerFailover and its task are recorded names; the others follow their manner.
REFRESH = Kind("RefreshServer", "Refresh server", "RefreshServerTask", "Refreshing the server")
CONSISTENCY = Kind("ConsistencyCheck", "Consistency check", "ConsistencyCheckTask", "Checking the consistency")
FAILOVER = Kind("ProcessServerFailover", "Process server failover", "ProcessServerFailoverTask",
                "Changing the process server")


@dataclass
class Job:
    """One job with one task."""

    vault_id: str
    kind: Kind
    target_id: str
    target_name: str
    started: datetime
    activity: str
    name: str = field(default_factory=lambda: str(uuid.uuid4()))
    state: str = "InProgress"
    ended: datetime | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    affected: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return f"{self.vault_id}/replicationJobs/{self.name}"

    def end(self, now: datetime, failure: JobFailure | None = None) -> None:
        self.ended = now
        self.state = "Failed" if failure else "Succeeded"
        if failure:
            self.errors.append({
                "serviceErrorDetails": {
                    "code": failure.code, "message": failure.message, "possibleCauses": failure.causes,
                    "recommendedAction": failure.action, "activityId": self.activity},
                "providerErrorDetails": {"errorCode": 0, "errorMessage": None, "errorId": str(uuid.uuid4()),
                                         "possibleCauses": "", "recommendedAction": ""},
                "errorLevel": "Error", "creationTime": times.to_ticks(now), "taskId": self.kind.task})

    def body(self) -> dict[str, Any]:
        description = "Completed" if self.state == "Succeeded" else self.state
        started = times.to_ticks(self.started)
        ended = times.to_ticks(self.ended) if self.ended else times.UNSET
        task = {
            "taskId": self.kind.task, "name": self.kind.task, "startTime": started, "endTime": ended,
            "allowedActions": [], "friendlyName": self.kind.task_friendly_name, "state": self.state,
            "stateDescription": description, "taskType": "TaskDetails", "customDetails": _NO_DETAILS,
            "groupTaskCustomDetails": None, "errors": []}
        return {
            "id": self.id,
            "name": self.name,
            "type": JOB_TYPE,
            "properties": {
                "activityId": self.activity,
                "scenarioName": self.kind.scenario,
                "friendlyName": self.kind.friendly_name,
                "state": self.state,
                "stateDescription": description,
                "tasks": [task],
                "errors": list(self.errors),
                "startTime": started,
                "endTime": ended,
                "allowedActions": [],
                "targetObjectId": self.target_id,
                "targetObjectName": self.target_name,
                "targetInstanceType": self.kind.target_type,
                "customDetails": {"instanceType": "AsrJobDetails", "affectedObjectDetails": dict(self.affected)},
            },
        }

    def result(self) -> dict[str, Any]:
        """What `operationresults` answers: the job, with the operation's fields beside it."""
        return {**self.body(), "status": self.state, "error": None, "startTime": times.to_ticks(self.started),
                "endTime": times.to_ticks(self.ended) if self.ended else None}

    def matches(self, wanted: dict[str, str]) -> bool:
        """Whether the job passes the list's filter (`FILTERS`, names in lower case)."""
        begin, end = times.parse(wanted.get("starttime")), times.parse(wanted.get("endtime"))
        states = [state.strip().lower() for state in wanted.get("jobstatus", "").split(",") if state.strip()]
        types = [name.strip().lower() for name in wanted.get("affectedobjecttypes", "").split(",") if name.strip()]
        return ((begin is None or self.started >= begin) and (end is None or self.started <= end)
                and (not states or self.state.lower() in states)
                and (not types or self.kind.target_type.lower() in types)
                and wanted.get("jobname", self.name).lower() in (self.name.lower(), self.kind.friendly_name.lower())
                and wanted.get("fabricid", self.affected.get("FabricId", "")).lower()
                == self.affected.get("FabricId", "").lower())


def start(world: World, vault: Vault, request: ArmRequest, kind: Kind, *, resource: str, target: tuple[str, str],
          seconds: float, work: Callable[[], None], affected: dict[str, str] | None = None,
          location: bool = True) -> ArmResponse:
    """Accept work: 202 without a body, its operation named as the job is.

    resource   path of what is worked on: `operationresults` stands under it
    target     (id, name) of what the job says it is about
    work       done after `seconds`; JobFailure ends the job, and the operation, as failed
    location   False: no Location header, as reassociateGateway has none
    """
    client = request.headers.get("x-ms-client-request-id", "") or str(uuid.uuid4())
    job = Job(vault.recovery_id, kind, *target, world.clock.now(), f"{client} ActivityId: {uuid.uuid4()}",
              affected=dict(affected or {}))
    vault.jobs[job.name.lower()] = job

    def finish() -> None:
        try:
            work()
        except JobFailure as failure:
            job.end(world.clock.now(), failure)
            raise ArmError(200, failure.code, failure.message) from failure
        job.end(world.clock.now())

    operation = world.operations.start("recovery", seconds, finish, request=request, resource=resource, name=job.name,
                                       result=lambda: ArmResponse(200, job.result()))
    headers = dict(operation.headers)
    if not location:
        headers.pop("Location", None)
    return ArmResponse(202, None, headers)
