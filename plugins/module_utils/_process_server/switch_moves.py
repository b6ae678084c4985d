# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moves machines from one process server to another, and proves it in the vault. Private to this collection."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import threading
import time

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import operations, site_recovery
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._fleet import SharedRead
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import (
    configuration_servers,
    protected_items,
    switch_jobs,
    switch_view,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_view import VaultView
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_checks import count, listed
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_load import stand
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.switch_parties import in_words
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for


class Mover:
    """All switches of one task: what they share, and who waits for whom.

    ``jobs``: those that ran when the world was read. A switch that somebody else began is waited for, and what it left
    is done then.
    """

    def __init__(self, azure, params, fabric, fabrics, jobs):
        self._azure = azure
        self._params = params
        self._fabric = fabric
        self._fabrics = fabrics
        self._vault = (azure, params["vault_resource_group"], params["vault_name"])
        self._view = VaultView(azure, params, fabric)
        self._items = SharedRead(self._list_items, params["interval"])
        self._running = switch_jobs.switches_of(jobs, fabric, fabrics)
        self._joining = threading.Lock()
        self._late = {}
        self._turns = collections.defaultdict(threading.Lock)

    def move(self, switch, standing, progress):
        """Do what is left to do for one switch; what is then, as the vault shows it."""
        with self._turn(switch):
            if self._running or not standing.to_move:
                standing = self._look_again(switch, progress)
            job, moved = self._change(switch, standing, progress) if standing.moves else (None, ())
            return self._prove(switch, job, moved, progress)

    @contextlib.contextmanager
    def _turn(self, switch):
        """Switches that have a process server in common go one after the other: whether the service takes two jobs on
        one server at a time is not documented."""
        with contextlib.ExitStack() as turns:
            # Always in the same order, so that two of them never wait for each other.
            for identifier in sorted((switch.source["id"], switch.target["id"])):
                turns.enter_context(self._turns[identifier])
            yield

    def _look_again(self, switch, progress):
        """Where the machines are after the switches that ran already, and after a refresh."""
        if self._running:
            with progress.step(switch.name, "join the switch that runs already", self._names(self._running)):
                # Who comes while another waits for these jobs waits for him, and then finds none.
                with self._joining:
                    self._until_ended(self._running)
                    self._running = []
        with progress.step(switch.name, "look where the machines are") as step:
            _fabric, standing = self._look(switch, time.monotonic())
            step["detail"] = _left(standing) or "all of them are there"
            if standing.elsewhere:
                said = f"{listed(standing.elsewhere)} went to another process server meanwhile"
                raise AsrError("changing the process server", on=switch.name, said=said, cure="Run again, which tells where they are")
        return standing

    def _until_ended(self, jobs):
        """One that did not end in time for a switch of this task is only looked at by the next ones: the limit is one for all of them."""
        for job in jobs:
            name = job["name"]
            try:
                wait_for(
                    lambda name=name: site_recovery.get_job(*self._vault, name),
                    switch_jobs.has_ended,
                    f"job {name}",
                    0 if name in self._late else self._params["timeout"],
                    self._params["interval"],
                    describe=switch_jobs.state,
                    cure="Look at the job in the portal, and cancel it there if it stands still; then run again",
                )
            except AsrTimeout as late:
                raise self._late.setdefault(name, late) from None

    def _change(self, switch, standing, progress):
        """``(job id, machines)`` of the job that moved them; ``(None, ())`` where another's did."""
        for last in (False, True):
            try:
                with progress.step(switch.name, "change the process server", _what(switch, standing)) as step:
                    return self._run_job(switch, standing, step), standing.to_move
            except AsrError as error:
                if last or error.code != switch_jobs.ANOTHER_JOB_RUNS:
                    raise
            self._running = switch_jobs.switches_of(site_recovery.list_running_jobs(*self._vault), self._fabric, self._fabrics)
            standing = self._look_again(switch, progress)
            if not standing.moves:
                break
        return None, ()

    def _run_job(self, switch, standing, step):
        body = switch_view.request(switch, standing, self._fabric)
        operation = site_recovery.reassociate_gateway(*self._vault, self._fabric["name"], body)
        job = operations.name_of(operation)
        step["detail"] += f", job {job}"
        try:
            operations.wait(self._azure, operation, self._params["timeout"], self._params["interval"])
        except AsrTimeout as error:
            error.on = f"{switch.name}, job {job}"
            raise
        except AsrError as error:
            raise self._explained(error, switch, job) from error
        return job

    def _explained(self, error, switch, job):
        """The error with the causes that the job itself tells; where it cannot be read, as it is."""
        on = f"{switch.name}, job {job}"
        try:
            return switch_jobs.failure(site_recovery.get_job(*self._vault, job), error, on)
        except AsrError:
            return switch_jobs.failure(None, error, on)

    def _prove(self, switch, job, moved, progress):
        """The vault's own word for it, after a refresh of the configuration server."""
        asked = time.monotonic()
        with progress.step(switch.name, "prove it in the vault") as step:
            try:
                fabric, _standing = self._until_shown(switch, asked, job)
            except AsrTimeout as late:
                raise self._unproven(late, switch, job) from None
            counts = switch_view.counts_after(switch, fabric)
            step["detail"] = f"{in_words(switch.target)} carries {count(counts['to']['machines_after'] or 0, 'machine')}"
        shown = switch_view.shown(switch, self._items.get(not_before=asked))
        return {**shown, "counts": counts, "job_id": job, "machines": sorted(map(protected_items.friendly_name, moved))}

    def _until_shown(self, switch, asked, job):
        cure = "look at the machines in the portal, then run again"
        return wait_for(
            lambda: self._look(switch, asked),
            lambda seen: _is_done(seen[1]),
            f"machines of {in_words(switch.source)} at {in_words(switch.target)}",
            min(self._params["timeout"], VaultView.LIMIT_SECONDS),
            self._params["interval"],
            describe=lambda seen: self._words(seen[1]),
            cure=f"The job ended well, but the vault does not show it: {cure}" if job else cure.capitalize(),
        )

    def _unproven(self, late, switch, job):
        """The error of a proof that did not come, with what the job says of itself where it can be read."""
        if job is None:
            return late
        try:
            return switch_jobs.unproven(site_recovery.get_job(*self._vault, job), late, f"{switch.name}, job {job}")
        except AsrError:
            return late

    def _look(self, switch, asked):
        """``(fabric, standing)`` as the vault shows them after a refresh that began at ``asked`` or later."""
        fabric = self._view.refreshed(asked)
        now = {server.get("id"): server for server in configuration_servers.process_servers(fabric or {})}
        seen = dataclasses.replace(switch, source=now.get(switch.source["id"], switch.source))
        return fabric, stand(seen, self._items.get(not_before=asked))

    def _list_items(self):
        return [item for item in site_recovery.list_protected_items(*self._vault) if protected_items.belongs_to(item, self._fabric)]

    def _words(self, standing):
        error = self._view.refresh_error
        return _left(standing) + (f"; refreshing the configuration server failed: {error}" if error else "")

    @staticmethod
    def _names(jobs):
        return ", ".join(f"job {job['name']}" for job in jobs)


def _is_done(standing):
    return not standing.moves and not standing.elsewhere


def _left(standing):
    """What has not arrived, in words; nothing where all has."""
    left = [*standing.to_move, *standing.elsewhere]
    if left:
        return f"not there are {listed(left)}"
    counted = f"{count(standing.counted_machines, 'machine')} and {count(standing.counted_pairs, 'replication pair')}"
    return f"the source still counts {counted}" if standing.moves else ""


def _what(switch, standing):
    machines = "everything" if switch.is_whole else count(len(standing.to_move), "machine")
    return f"{machines} from {in_words(switch.source)} to {in_words(switch.target)}"
