# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes one server from its version to another, through as many installers and restarts as that needs. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import configuration_servers, versions
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as setup
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import upgrade_steps as steps
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.configuration_server_channel import GIVEN_WRONGLY
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.registration_chain import (
    SHORT_SCRIPT_SECONDS,
    follow,
    open_channel,
    services_run,
    wait_for_machine,
    why_no_heartbeat,
)
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.unfinished import Mark
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for

# Seconds until a restart begins, so that the answer to its command still comes back; Run Command fetches answers slowly.
RESTART_DELAYS = {"winrm": 3, "run_command": 60}
# shutdown.exe's exit codes are Windows' own: 1115 and 1190 say that the server is going down already.
RESTART_BEGUN = (0, 1115, 1190)

NOT_FINISHED = "Should this run be killed, nothing tells later runs that the upgrade is not finished"


def upgrade(azure, params, entry, goal, view, turn, progress):
    """Do what is left to do for one server and return the `Sighting` that proves it; ``turn``: its place among the others."""
    try:
        machine = wait_for_machine(azure, params, entry, progress)
    except Refusal:
        turn.does_not_run()
        raise
    channel = open_channel(azure, params, entry, progress)
    try:
        server = _Server(channel, params, entry, goal, turn, progress, Mark(azure, entry, machine, view.vault_id, progress))
        server.bring_to_version()
        sighting = prove(channel, params, entry, goal, view, progress)
        server.mark.clear()
        return sighting
    finally:
        channel.close()


class _Server:
    """One server while it is being upgraded."""

    def __init__(self, channel, params, entry, goal, turn, progress, mark):
        self._channel = channel
        self._params = params
        self._entry = entry
        self._goal = goal
        self._turn = turn
        self._progress = progress
        self.mark = mark

    def bring_to_version(self):
        """Look, take one step, look again, until the server runs the version with all its services."""
        known = steps.Known()
        while True:
            state = self._run("get_server_state", steps.GATHER)
            boot = self._run("get_boot_time", {}) if steps.wants_restart(state) else None
            step = steps.next_step(self._goal, state, boot is not None and steps.has_restarted(state["task"], boot), known)
            if step is steps.DONE:
                return
            if self._be_down_for(step):
                # Its turn was hours later, maybe: what was seen before it is old, and another run may have begun meanwhile.
                continue
            with self._progress.step(self._goal.name, step.name) as entry:
                entry["detail"] = self._take(step, boot, known) or ""

    def _be_down_for(self, step):
        """Whoever takes a server down has its turn, and leaves a mark for the run that may have to go on from here; whether it had to wait."""
        waited = False
        if step is steps.FOLLOW:
            self._turn.is_down()
        elif step is steps.RESTART or step.program:
            waited = self._turn.take_down()
        else:
            return False
        self.mark.set(otherwise=NOT_FINISHED)
        return waited

    def _take(self, step, boot, known):
        """Take the step; returns what a person should know of it."""
        if step is steps.FOLLOW:
            return steps.note_end(self._goal, follow(self._channel, self._params, self._goal.name, bool(known.running)), known)
        if step is steps.RESTART:
            return self._restart(boot)
        if step.version and not step.program:
            return self._prepare(step.version, known)
        answer = self._run(step.script, step.parameters, self._params["timeout"])
        if step.program:
            known.running = (step.version, step.program)
        elif step.script == "start_services":
            services_run(self._goal.name, answer)
        return ""

    def _prepare(self, version, known):
        """The installer, checked on the server before anything of it is run, and unpacked there."""
        installer = self._goal.installers[version]
        path = steps.installer_path(version)
        limit = self._params["timeout"]
        found = self._run("get_file_hash", {"path": path}, limit)
        if setup.hash_refusal(self._goal.name, installer["sha256"], found):
            self._run("download_file", {"url": installer["url"], "path": path}, limit)
            found = self._run("get_file_hash", {"path": path}, limit)
            refusal = setup.hash_refusal(self._goal.name, installer["sha256"], found)
            if refusal:
                self._run("remove_setup_files", {"task_name": setup.TASK_NAME, "paths": [path]})
                raise refusal
        answer = self._run("extract_installer", {"path": path, "directory": steps.extracted(version)}, limit)
        if answer["exit_code"] != 0:
            raise AsrError("extracting the installer", on=self._goal.name, code=f"exit code {answer['exit_code']}", cure=setup.READ_LOGS)
        known.prepared.add(version)
        return f"{found['size_bytes']} bytes, SHA-256 as wanted"

    def _restart(self, boot):
        """Restart the server and return when it answers again, started after ``boot`` was read: a time of its own clock."""
        try:
            answer = self._run("restart_server", {"delay_seconds": RESTART_DELAYS[self._entry["channel"]]})
        except AsrError as error:
            if not _may_be_restarting(error):
                raise
            self._progress.say(self._goal.name, steps.RESTART.name, f"{error} Looking whether it restarts")
        else:
            if answer["exit_code"] not in RESTART_BEGUN:
                code = f"exit code {answer['exit_code']}"
                raise AsrError("restarting the server", on=self._goal.name, code=code, cure="Restart it by hand, then run again")
        back = wait_for(
            self._boot_time,
            lambda now: "boot_utc" in now and steps.is_later(now["boot_utc"], boot["utc"]),
            f"{self._goal.name} to come back from its restart",
            self._params["timeout"],
            self._params["interval"],
            describe=lambda now: now.get("problem") or f"it runs since {now['boot_utc']}",
            cure="Look at the machine's boot diagnostics, get it to start, and run again, which goes on from there",
        )
        return f"back since {back['boot_utc']}"

    def _boot_time(self):
        """What the server says of its start, or the problem with asking it."""
        try:
            return self._run("get_boot_time", {})
        except AsrError as error:
            if not _may_be_restarting(error):
                raise
            # What comes next has to be a new connection.
            self._channel.close()
            return {"problem": f"{error.code} {error.said}".strip()}

    def _run(self, script, parameters, timeout=SHORT_SCRIPT_SECONDS):
        return self._channel.run(script, parameters, timeout=timeout)


def _may_be_restarting(error):
    """Whether an error can come of a server that goes down or comes up: not one that says that the access was given wrongly."""
    return not isinstance(error, Refusal) and error.code not in GIVEN_WRONGLY


def prove(channel, params, entry, goal, view, progress):
    """Until the vault shows the version, and a heartbeat later than the first that it showed after the upgrade."""
    proof = Proof(goal.version)
    with progress.step(goal.name, "wait for version and heartbeat"):
        try:
            return view.wait_until(entry, proof, f"version {goal.version} and a new heartbeat", min(params["timeout"], view.LIMIT_SECONDS))
        except AsrTimeout as late:
            if proof.alive:
                late.cure = "The configuration server hears of the server and has not taken note of its version yet. Run again, which looks again"
                raise
            raise why_no_heartbeat(channel, view.configuration_server_address, late) from late


class Proof:
    """Says of one `Sighting` after the other whether it proves the version. ``alive``: whether a new heartbeat has come."""

    def __init__(self, version):
        self._version = version
        self._first = []
        self.alive = False

    def __call__(self, sighting):
        heartbeat = configuration_servers.parse_time(sighting.server.get("lastHeartbeat"))
        self._first = self._first or [heartbeat]
        self.alive = sighting.status == "registered" and (self._first[0] is None or heartbeat > self._first[0])
        return self.alive and versions.are_same(sighting.server.get("agentVersion"), self._version)
