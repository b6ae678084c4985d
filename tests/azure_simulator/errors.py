"""The errors of the rehearsal world itself (not the ones it answers with: those are in arm.py)."""


class ScenarioError(Exception):
    """A scenario that cannot be used: unknown name, broken reference, missing value."""


class WorldError(Exception):
    """Something inside the rehearsal world broke: a bug in the simulator, never a failure it was asked to play."""
