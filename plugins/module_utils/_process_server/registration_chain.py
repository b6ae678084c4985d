# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Takes one server from a machine that is being made to a process server with a heartbeat. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import compute
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, AsrTimeout, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server import registration_steps as steps
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.machine_readiness import judge_machine
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._process_server.unfinished import Mark
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._wait import wait_for
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._windows import channel as channels

# A gather or a short step that takes longer than this hangs; downloads and extractions have the task's own limit.
SHORT_SCRIPT_SECONDS = 300

# What a port says behind which no service listens yet, and how long that is put down to a machine that still boots (our inference).
NOT_YET_LISTENING = ("ConnectionRefused", "ConnectionTimeout", "ConnectionFailed")
LISTENING_SECONDS = 180
# The documented port of WinRM over HTTPS, on which the script that makes a listener makes it.
HTTPS_PORT = 5986


def register(azure, params, entry, target, view, progress):
    """Do what is left to do for one server and return the `Sighting` that proves it; ``view`` is shared by all servers."""
    machine = wait_for_machine(azure, params, entry, progress)
    mark = Mark(azure, entry, machine, view.vault_id, progress)
    if entry["method"] == "configuration_tool":
        sighting = _registered_by_hand(params, entry, view, progress)
        mark.name_vault()
        return sighting
    channel = open_channel(azure, params, entry, progress)
    try:
        finish_setup(channel, params, target, progress, mark)
        return wait_for_heartbeat(channel, params, entry, target, view, progress)
    finally:
        channel.close()


def wait_for_machine(azure, params, entry, progress):
    """Until the machine runs and, where it can be asked, its agent is ready. A machine that was stopped is not waited for."""
    name = entry["name"]

    def read():
        return compute.get_virtual_machine(azure, entry["subscription_id"], entry["resource_group"], name, instance_view=True)

    with progress.step(name, "wait for the machine"):
        return wait_for(read, lambda machine: judge_machine(entry, machine), f"machine {name}", params["timeout"], params["interval"], describe=_machine_words)


def _machine_words(machine):
    properties = (machine or {}).get("properties", {})
    statuses = [status.get("code", "") for status in properties.get("instanceView", {}).get("statuses", [])]
    return ", ".join([properties.get("provisioningState", "not there"), *statuses])


def open_channel(azure, params, entry, progress):
    """A way to the server: WinRM with a certificate that is known beforehand, or Run Command."""
    name = entry["name"]
    over_run_command = channels.open_run_command(azure, entry["subscription_id"], entry["resource_group"], name)
    if entry["channel"] == "run_command":
        return over_run_command
    fingerprint = entry.get("winrm_certificate_fingerprint")
    if not fingerprint and not entry.get("winrm_ca_file"):
        with progress.step(name, "learn the WinRM certificate") as step:
            fingerprint = learn_fingerprint(over_run_command, entry)
            step["detail"] = f"SHA-256 {fingerprint}"
    with progress.step(name, "connect over WinRM"):
        channel = channels.open_winrm(
            entry["private_ip_address"],
            entry["winrm_port"],
            entry["admin_username"],
            entry["admin_password"],
            entry["winrm_transport"],
            fingerprint,
            entry.get("winrm_ca_file"),
            entry.get("winrm_proxy"),
        )
        until_it_answers(channel, params, entry, progress)
    return channel


def until_it_answers(channel, params, entry, progress):
    """The first script over a new channel, so that a wrong account or certificate is told here and not in a later step.

    A machine that was started a moment ago runs before its WinRM service does, so that a port which does not answer yet
    is tried again for a while.
    """
    waiting = []

    def attempt():
        try:
            channel.run("get_winrm_listener", {}, timeout=SHORT_SCRIPT_SECONDS)
        except AsrError as error:
            if error.code not in NOT_YET_LISTENING:
                raise
            if not waiting:
                progress.say(entry["name"], "connect over WinRM", f"{error.code}, trying again")
            waiting.append(error)
            return False
        return True

    try:
        wait_for(attempt, bool, f"WinRM on {entry['name']}", min(params["timeout"], LISTENING_SECONDS), params["interval"])
    except AsrTimeout:
        # What the last attempt said helps more than that the time is over.
        channel.close()
        raise waiting[-1] from None
    except BaseException:
        channel.close()
        raise


def learn_fingerprint(over_run_command, entry):
    """The SHA-256 of the certificate the server's HTTPS listener shows, asked through Azure; a listener is made where none is."""
    if entry["winrm_port"] == HTTPS_PORT:
        # Leaves a listener that is there as it is: one Run Command, which takes half a minute, instead of two.
        answer = over_run_command.run("create_winrm_listener", {"dns_name": entry["name"]}, timeout=SHORT_SCRIPT_SECONDS)
        return answer["sha256"].lower()
    listeners = over_run_command.run("get_winrm_listener", {}, timeout=SHORT_SCRIPT_SECONDS)["listeners"]
    for listener in listeners:
        if listener["transport"].upper() == "HTTPS" and int(listener["port"]) == entry["winrm_port"] and listener["sha256"]:
            return listener["sha256"].lower()
    raise Refusal(
        "making a WinRM listener",
        on=entry["name"],
        said=f"port {entry['winrm_port']} was asked for, and the server does not listen there",
        cure="Leave winrm_port out, or make the listener by hand",
    )


def finish_setup(channel, params, target, progress, mark):
    """Look, take one step, look again, until the server is set up and its services run; ``mark`` tells later runs that it is not."""
    known = steps.Known()
    # Also one that another run handed over: whoever sees the set-up fail takes it back.
    passphrase_is_there = False
    try:
        while True:
            state = channel.run("get_server_state", steps.GATHER, timeout=SHORT_SCRIPT_SECONDS)
            passphrase_is_there = steps.holds_passphrase(state)
            step = steps.next_step(target, state, known)
            if step is steps.DONE:
                mark.clear()
                return
            if passphrase_is_there or step.script == "write_secret_file":
                mark.set()
            with progress.step(target.name, step.name) as entry:
                if step is steps.FOLLOW:
                    failure = steps.setup_failure(target, follow(channel, params, target.name, known.started))
                    if failure:
                        raise failure
                else:
                    # A step that fails may have done its work all the same.
                    passphrase_is_there |= step.script == "write_secret_file"
                    entry["detail"] = _take(channel, params, target, step, known)
    except Exception:
        if passphrase_is_there:
            _take_passphrase_back(channel, target, progress)
        raise


def _take(channel, params, target, step, known):
    """Run one step's script, remember what this run has now seen for itself, and say what a person should know of it."""
    answer = channel.run(step.script, step.parameters, timeout=params["timeout"])
    detail = ""
    if step.script == "download_file":
        known.downloaded = True
        detail = f"{answer['size_bytes']} bytes"
    elif step.script == "get_file_hash":
        _verify(channel, target, answer, known)
        detail = "SHA-256 as wanted" if known.verified else "not the file wanted, downloading it again"
    elif step.script == "extract_installer":
        if answer["exit_code"] != 0:
            raise AsrError("extracting the installer", on=target.name, code=f"exit code {answer['exit_code']}", cure=steps.READ_LOGS)
        known.extracted = True
    elif step.script == "write_secret_file":
        known.handed_over = True
    elif step.script == "start_setup_task":
        known.started = True
    elif step.script == "start_services":
        services_run(target.name, answer)
    return detail


def _verify(channel, target, answer, known):
    refusal = steps.hash_refusal(target.name, target.installer_sha256, answer)
    if refusal is None:
        known.verified = True
        return
    channel.run("remove_setup_files", {"task_name": steps.TASK_NAME, "paths": [steps.INSTALLER]}, timeout=SHORT_SCRIPT_SECONDS)
    # A file from an earlier run may be a broken one: only what this run downloaded itself speaks against the source.
    if known.downloaded:
        raise refusal


def services_run(name, answer):
    stopped = [f"{service['name']} is {service['status']}" for service in answer["services"] if service["status"] != "Running"]
    if stopped:
        raise AsrError("starting the services", on=name, said=", ".join(stopped), cure="Look for the cause in the server's event log, then run again")


def follow(channel, params, name, started):
    """Until a set-up has ended, one that this run ``started`` or another one did; what ``get_setup_task`` says then."""
    return wait_for(
        lambda: channel.run("get_setup_task", steps.TASK_QUESTION, timeout=SHORT_SCRIPT_SECONDS),
        lambda answer: not steps.is_running(answer, started),
        f"Unified Setup on {name}",
        params["timeout"],
        params["interval"],
        describe=lambda answer: f"the task is {answer['state']}",
    )


def _take_passphrase_back(channel, target, progress):
    """The passphrase leaves the server whatever happened, but not from under a set-up that still runs and may yet read it.

    When it stays for that reason or because the server cannot be reached, the administrator is told.
    """
    try:
        task = channel.run("get_setup_task", steps.TASK_QUESTION, timeout=SHORT_SCRIPT_SECONDS)
        if steps.is_running(task):
            progress.say(target.name, "remove the passphrase", "the set-up still runs; the next run follows it and removes the passphrase then")
            return
        channel.run("remove_setup_files", {"task_name": steps.TASK_NAME, "paths": [steps.PASSPHRASE_FILE]}, timeout=SHORT_SCRIPT_SECONDS)
    except AsrError:
        progress.say(target.name, "remove the passphrase", f"{steps.PASSPHRASE_FILE} could not be removed; the next run removes it")


def _registered_by_hand(params, entry, view, progress):
    """The gallery image is registered by a person in its own tool (site-recovery-vmware-register-process-server)."""
    what = (
        f"sign in to {entry['private_ip_address']} over remote desktop as {entry['admin_username']}, open cspsconfigtool on the desktop, give "
        f"{view.configuration_server_address} port 443, the passphrase and data transfer port {params['data_transfer_port']}, and choose Save"
    )
    with progress.step(entry["name"], "wait for the registration by hand", what):
        return view.wait_until_registered(entry, params["timeout"])


def wait_for_heartbeat(channel, params, entry, target, view, progress):
    """Until the vault shows the server; a server that is up and unknown to it is looked at once more for the reason."""
    with progress.step(entry["name"], "wait for the heartbeat"):
        try:
            return view.wait_until_registered(entry, min(params["timeout"], view.LIMIT_SECONDS))
        except AsrTimeout as late:
            raise why_no_heartbeat(channel, target.configuration_server_address, late) from late


def why_no_heartbeat(channel, address, late):
    """The error for a server whose services run and of which nothing is heard; ``address``: the configuration server's."""
    probe = {"host": address, "port": 443, "timeout_seconds": 10}
    answer = channel.run("test_tcp", probe, timeout=SHORT_SCRIPT_SECONDS)
    if answer["reachable"]:
        cure = (
            f"The server reaches {address}:443, so it was most likely registered with another passphrase or "
            "configuration server: "
            "open cspsconfigtool on it, give the present passphrase and save"
        )
    else:
        cure = (
            f"The server does not reach {address} on TCP 443 ({answer['error']}): "
            "mend the connection to on-premises, then run again"
        )
    return AsrTimeout(late.tried, on=late.on, code="no heartbeat", said=f"all services run, but {late.said}", cure=cure)
