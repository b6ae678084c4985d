# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads, decides, acts, tells: the same for every module, and the only place that knows check mode. Private to this collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.session import AzureSession
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._errors import AsrError, Refusal
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._fleet import run_all
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._module import Module
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._progress import Progress

# What the entries of a list are called where a module does not say otherwise.
SERVERS = ("process server", "process servers")


def run(thing):
    """Bring all servers of the list to the state asked for, and end the module.

    ``thing`` is a module of ours with:

    ``ARGUMENT_SPEC`` and, where it has some, ``RULES`` (``required_if`` and its kind);
    ``read(azure, params, entries)``: the world, read once for all servers;
    ``plan(params, entries, current)``: a `Plan` for each entry, in their order; raises for bad input;
    ``apply(azure, params, entry, plan, current, progress)``: acts for one server on its own thread, returns what is then;
    ``prepare(params)``: the checked entries of the list; raises for bad input;
    ``RESULT`` and ``WHAT``, where its entries are no process servers: the key of the results, and what one and several are called.
    """
    module = Module(argument_spec=thing.ARGUMENT_SPEC, supports_check_mode=True, **getattr(thing, "RULES", {}))
    progress = Progress(module.params["progress_file"])
    try:
        _refuse_no_time(module.params)
        result = reconcile(lambda: AzureSession(module.params), thing, module.params, module.check_mode, progress)
    except AsrError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), timeline=progress.timeline)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    if result["failed_servers"]:
        module.fail_json(msg=failure_text(result["failed_servers"], *getattr(thing, "WHAT", SERVERS)), **result)
    module.exit_json(**result)


def run_info(thing):
    """Answer a question that changes nothing: ``thing.answer(azure, params, progress)`` returns the result's keys."""
    module = Module(argument_spec=thing.ARGUMENT_SPEC, supports_check_mode=True, **getattr(thing, "RULES", {}))
    progress = Progress(module.params.get("progress_file"))
    try:
        result = thing.answer(AzureSession(module.params), module.params, progress)
    except AsrError as error:
        module.fail_json(msg=str(error), error=error.as_dict(), timeline=progress.timeline)
    for warning in result.pop("warnings", ()):
        module.warn(warning)
    module.exit_json(changed=False, **result)


def reconcile(open_session, thing, params, check_mode, progress):
    """Read, decide, act on all servers at once. Check mode is honoured here and nowhere else."""
    entries = thing.prepare(params)
    azure = open_session()
    current = thing.read(azure, params, entries)
    plans = thing.plan(params, entries, current)
    if check_mode:
        plans = [plan.foretold or plan for plan in plans]
    jobs = list(zip(entries, plans, strict=True))

    def act(job):
        entry, plan = job
        if plan.refusal is not None:
            plan.refusal.step = plan.refusal.step or "decide"
            raise plan.refusal
        if check_mode or not plan.changed:
            return plan.after
        return thing.apply(azure, params, entry, plan, current, progress)

    outcomes = run_all(jobs, act, name=lambda job: job[0]["name"], at_once=len(jobs))
    results = getattr(thing, "RESULT", "process_servers")
    return {
        "changed": any(plan.changed for plan in plans),
        "diff": [_diff(entry, plan, outcome) for (entry, plan), outcome in zip(jobs, outcomes, strict=True)],
        results: [_server(entry, plan, outcome) for (entry, plan), outcome in zip(jobs, outcomes, strict=True)],
        "failed_servers": [dict(outcome.error.as_dict(), name=outcome.name) for outcome in outcomes if outcome.error],
        "timeline": progress.timeline,
        "warnings": list(getattr(thing, "warnings", lambda *_unused: ())(entries, plans, current)),
    }


def _refuse_no_time(params):
    """A limit that is over at once would leave behind whatever was begun, and say that it failed."""
    wrong = [f"{name} is {params[name]}, 1 second is the least" for name in ("timeout", "interval") if params.get(name) is not None and params[name] <= 0]
    if wrong:
        raise Refusal("reading the options", said="; ".join(wrong), cure="Correct the options; nothing was touched")


def failure_text(failed, one=SERVERS[0], several=SERVERS[1]):
    """One text that names every failed server with step, the service's own words and what to do."""
    # What is wrong with all of them alike, a target that is not there for instance, is said once.
    alike = {}
    for server in failed:
        alike.setdefault((server["step"] or "decide", server["message"]), []).append(server["name"])
    lines = [f"{', '.join(names)}, step {step}: {message}" for (step, message), names in alike.items()]
    count = f"1 {one}" if len(failed) == 1 else f"{len(failed)} {several}"
    return "\n".join([f"{count} failed; the others were finished. Running again takes up where this run stopped.", *lines])


def _diff(entry, plan, outcome):
    after = plan.before if outcome.error and plan.refusal else plan.after
    return {"before_header": entry["name"], "after_header": entry["name"], "before": plan.before, "after": after}


def _server(entry, plan, outcome):
    result = {"name": entry["name"], "changed": plan.changed, "action": plan.action, "reasons": list(plan.reasons), "failed": outcome.error is not None}
    done = {**plan.before, **outcome.error.so_far} if outcome.error else outcome.result or {}
    return {**plan.known, **done, **result}
