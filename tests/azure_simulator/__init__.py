"""A rehearsal world: Entra ID, Azure Resource Manager and Windows hosts over real sockets, described by a scenario."""
