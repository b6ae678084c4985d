# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Requests to Microsoft.Compute, one function each: dicts as on the wire in and out. Decides nothing; private to this
collection."""

from __future__ import annotations

from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure import operations
from ansible_collections.azure_dr.site_recovery.plugins.module_utils._azure.errors import guarded


def list_virtual_machines(session, subscription_id):
    """All virtual machines of a subscription, without their instance views."""
    client = session.compute(subscription_id).virtual_machines
    return guarded(
        "listing virtual machines",
        f"subscription {subscription_id}",
        lambda: [item.as_dict() for item in client.list_all()],
    )


def list_virtual_machine_statuses(session, subscription_id):
    """All virtual machines of a subscription with their instance views; what else they carry is not promised."""
    client = session.compute(subscription_id).virtual_machines
    return guarded(
        "listing the states of virtual machines",
        f"subscription {subscription_id}",
        lambda: [item.as_dict() for item in client.list_all(status_only="true")],
    )


def get_virtual_machine(session, subscription_id, resource_group, name, instance_view=True):
    """One virtual machine or `None`; with ``properties.instanceView`` unless that is not wanted."""
    client = session.compute(subscription_id).virtual_machines
    expand = "instanceView" if instance_view else None
    return _dict(
        guarded(
            "reading the virtual machine",
            f"{resource_group}/{name}",
            lambda: client.get(resource_group, name, expand=expand),
            absent=True,
        )
    )


def create_virtual_machine(session, subscription_id, resource_group, name, body):
    """PUT a virtual machine; the `Operation` to follow, `None` where Azure was done at once."""
    begin = session.compute(subscription_id).virtual_machines.begin_create_or_update
    return operations.submit(
        begin, resource_group, name, body, what="creating virtual machine", on=f"{resource_group}/{name}"
    )[0]


def update_tags(session, subscription_id, resource_group, name, tags):
    """Replace all tags of a virtual machine; the `Operation` or `None`."""
    begin = session.compute(subscription_id).virtual_machines.begin_update
    return operations.submit(
        begin, resource_group, name, {"tags": tags}, what="tagging virtual machine", on=f"{resource_group}/{name}"
    )[0]


def delete_virtual_machine(session, subscription_id, resource_group, name):
    """Delete a virtual machine; the `Operation`, or `None` where there was none."""
    begin = session.compute(subscription_id).virtual_machines.begin_delete
    return operations.submit(
        begin, resource_group, name, what="deleting virtual machine", on=f"{resource_group}/{name}", absent=True
    )[0]


def list_disks(session, subscription_id):
    """All managed disks of a subscription."""
    client = session.compute(subscription_id).disks
    return guarded(
        "listing disks", f"subscription {subscription_id}", lambda: [item.as_dict() for item in client.list()]
    )


def get_disk(session, subscription_id, resource_group, name):
    """One managed disk or `None`."""
    client = session.compute(subscription_id).disks
    return _dict(
        guarded("reading the disk", f"{resource_group}/{name}", lambda: client.get(resource_group, name), absent=True)
    )


def delete_disk(session, subscription_id, resource_group, name):
    """Delete a managed disk; the `Operation`, or `None` where there was none."""
    begin = session.compute(subscription_id).disks.begin_delete
    return operations.submit(
        begin, resource_group, name, what="deleting disk", on=f"{resource_group}/{name}", absent=True
    )[0]


def list_usages(session, subscription_id, region):
    """Quota and use of a region: ``{"limit", "currentValue", "name": {"value", …}}``, in cores for families."""
    client = session.compute(subscription_id).usage
    return guarded("reading the quota", f"region {region}", lambda: [item.as_dict() for item in client.list(region)])


def list_sizes(session, subscription_id, region):
    """What a region offers: resource SKUs of virtual machines, with family, capabilities and restrictions."""
    client = session.compute(subscription_id).resource_skus

    def request():
        skus = client.list(filter=f"location eq '{region}'")
        return [sku.as_dict() for sku in skus if (sku.get("resourceType") or "").lower() == "virtualmachines"]

    return guarded("listing virtual machine sizes", f"region {region}", request)


def get_image(session, subscription_id, region, publisher, offer, sku, version="latest"):
    """A marketplace image version, with ``plan`` in its properties where terms must be accepted, or `None`.

    ``latest`` is looked up first, which costs one request more.
    """
    client = session.compute(subscription_id).virtual_machine_images
    on = f"{publisher}:{offer}:{sku}:{version} in {region}"

    def request():
        wanted = version
        if not wanted or wanted.lower() == "latest":
            newest = client.list(region, publisher, offer, sku, top=1, orderby="name desc")
            if not newest:
                return None
            wanted = newest[0].name
        return client.get(region, publisher, offer, sku, wanted)

    return _dict(guarded("reading the image", on, request, absent=True))


def put_run_command(session, subscription_id, resource_group, machine, name, body):
    """Start a managed Run Command; the `Operation` or `None`. Its success says nothing of the script's: read the
    instance view."""
    begin = session.compute(subscription_id).virtual_machine_run_commands.begin_create_or_update
    return operations.submit(
        begin, resource_group, machine, name, body, what="starting Run Command", on=f"{resource_group}/{machine}/{name}"
    )[0]


def get_run_command(session, subscription_id, resource_group, machine, name):
    """A managed Run Command with its instance view, or `None`."""
    client = session.compute(subscription_id).virtual_machine_run_commands
    on = f"{resource_group}/{machine}/{name}"
    return _dict(
        guarded(
            "reading Run Command",
            on,
            lambda: client.get_by_virtual_machine(resource_group, machine, name, expand="instanceView"),
            absent=True,
        )
    )


def delete_run_command(session, subscription_id, resource_group, machine, name):
    """Delete a managed Run Command, which also ends its script; the `Operation`, or `None` where there was none."""
    begin = session.compute(subscription_id).virtual_machine_run_commands.begin_delete
    return operations.submit(
        begin,
        resource_group,
        machine,
        name,
        what="deleting Run Command",
        on=f"{resource_group}/{machine}/{name}",
        absent=True,
    )[0]


def _dict(model):
    return None if model is None else model.as_dict()
