"""The machine of rounds: one node leads, the others follow, round by round, whatever the algorithm exchanges in them.

`docs/writing-schedulers.md` shows how a scheduler calls it.
"""

from .contractor import RoundsContractor
from .errors import CheckinRefused, LeaderFailed, RoundOver, RoundsError
from .follower import FollowedRound, Follower
from .leader import Leader, Round
from .part import Roles

__all__ = [
    "CheckinRefused",
    "FollowedRound",
    "Follower",
    "Leader",
    "LeaderFailed",
    "Roles",
    "Round",
    "RoundOver",
    "RoundsContractor",
    "RoundsError",
]
