"""Hundreds of random operations on real microVMs, with machines and servers killed in between: nothing is lost, doubled
or leaked, and no second is billed twice.

FREEHOLD_ENDURANCE_OPERATIONS and FREEHOLD_ENDURANCE_SEED choose how many and which.
"""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

import ours
from conftest import AGENTS
from servers import Agent, Server, archive_of, machines

pytestmark = pytest.mark.vm

OPERATIONS = int(os.environ.get("FREEHOLD_ENDURANCE_OPERATIONS", "500"))
SEED = int(os.environ.get("FREEHOLD_ENDURANCE_SEED", "20261121"))
MOST_LIVE = 4
MOST_SESSIONS = 12
# The only suspensions are those that are asked for; and every machine is somebody's from its start, so that one can be
# told from another.
SETTINGS = "[limits]\nsuspend-after-seconds = 0\nmachines-ahead = 0\n"


@dataclass
class Known:
    """A session as it has to be."""

    session: object
    # Turns that the agent has in memory; None where there is no memory of it: the next turn is the first.
    turns: int | None = None
    machine: int | None = None
    # When its machine began, at the earliest.
    since: float = 0.0
    suspended: bool = False
    lived: bool = False
    checkpoints: int = 0


def wait_until(holds, what):
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            pytest.fail(f"not within a minute: {what}")
        time.sleep(0.01)


class World:
    def __init__(self, server, agent, random):
        self.server, self.agent, self.random = server, agent, random
        self.known = []
        # Turns kept by name of a checkpoint, and whose it is.
        self.checkpoints = {}
        self.lives = 0
        # Seconds that machines have lived, at most.
        self.lived = 0.0
        self.history = []

    def live(self):
        return [known for known in self.known if known.machine]

    def pick(self, fits=lambda known: True):
        fitting = [known for known in self.known if fits(known)]
        return self.random.choice(fitting) if fitting else None

    def begins(self, known, act):
        """Something that starts a machine, unless there is one already."""
        if known.machine:
            return act()
        before = machines(self.server.data)
        known.since = time.monotonic()
        answer = act()
        (known.machine,) = machines(self.server.data) - before
        self.lives += 1
        known.lived = True
        known.suspended = False
        return answer

    def ends(self, known):
        if known.machine:
            self.lived += time.monotonic() - known.since
        known.machine = None

    def invoke(self):
        known = self.pick()
        if known is None or len(self.live()) >= MOST_LIVE and not known.machine:
            known = self.pick(lambda known: known.machine)
        if known is None:
            return
        turn = self.begins(known, lambda: known.session.ask({}))["turn"]
        assert turn == (known.turns or 0) + 1, f"{known.session.id} forgot or doubled a turn"
        known.turns = turn

    def invoke_twice_at_once(self):
        known = self.pick(lambda known: known.suspended)
        if known is None or len(self.live()) >= MOST_LIVE:
            return

        def both():
            with ThreadPoolExecutor(2) as pool:
                return sorted(pool.map(lambda _: known.session.ask({})["turn"], range(2)))

        # Two threads of one agent count before either of them answers, at times.
        assert self.begins(known, both)[-1] == known.turns + 2, "both were to reach the same machine"
        known.turns += 2

    def begin(self):
        if len(self.live()) < MOST_LIVE and len(self.known) < MOST_SESSIONS:
            known = Known(self.agent.session())
            self.known.append(known)
            assert self.begins(known, lambda: known.session.ask({}))["turn"] == 1
            known.turns = 1

    def suspend(self):
        known = self.pick(lambda known: known.machine)
        if known is not None:
            assert ours.suspend(self.server, known.session)["state"] == "SUSPENDED"
            self.ends(known)
            known.suspended = True

    def resume(self):
        known = self.pick(lambda known: known.suspended)
        if known is not None and len(self.live()) < MOST_LIVE:
            self.begins(known, lambda: ours.resume(self.server, known.session))

    def stop(self):
        known = self.pick(lambda known: known.machine or known.suspended)
        if known is not None:
            known.session.stop()
            self.ends(known)
            known.suspended, known.turns = False, None

    def checkpoint(self):
        known = self.pick(lambda known: (known.machine or known.suspended) and known.checkpoints < 5)
        if known is None:
            return
        name = f"at-{known.turns}-{known.checkpoints}"
        ours.checkpoint(self.server, known.session, name)
        known.checkpoints += 1
        self.checkpoints[known.session.id, name] = (known, known.turns)
        shown = ours.sessions(self.server)[known.session.id]
        # A live session may have been suspended for it.
        if known.machine and shown["state"] == "SUSPENDED":
            self.ends(known)
            known.suspended = True

    def fork(self):
        if self.checkpoints and len(self.known) < MOST_SESSIONS:
            (_, name), (origin, turns) = self.random.choice(list(self.checkpoints.items()))
            new = Known(self.agent.session(), turns=turns, suspended=True)
            ours.fork(self.server, origin.session, name, new.session)
            self.known.append(new)

    def rewind(self):
        if self.checkpoints:
            (_, name), (known, turns) = self.random.choice(list(self.checkpoints.items()))
            ours.rewind(self.server, known.session, name)
            self.ends(known)
            known.turns, known.suspended = turns, True

    def kill_machine(self):
        known = self.pick(lambda known: known.machine)
        if known is None:
            return
        os.kill(known.machine, signal.SIGKILL)
        self.ends(known)
        known.turns = None
        wait_until(lambda: known.session.id not in ours.sessions(self.server), "the session ended with its machine")

    def kill_server(self):
        self.server.kill()
        self.server.start()
        self.server.enter_environment()
        for known in self.known:
            known.session.client = self.agent.session().client
            if known.machine:
                self.ends(known)
                known.turns = None
        wait_until(lambda: not machines(self.server.data), "the machines of the killed server are gone")

    def check(self):
        shown = ours.sessions(self.server)
        here = {known.session.id for known in self.known if known.machine or known.suspended}
        assert set(shown) == here, "lost or doubled"
        for known in self.known:
            if known.session.id in shown:
                state = shown[known.session.id]["state"]
                assert (state == "SUSPENDED") == known.suspended, f"{known.session.id} is {state}"
        assert machines(self.server.data) == {known.machine for known in self.live()}, "leaked machines"
        suspended = sum(known.suspended for known in self.known)
        kept = [path.name for path in (self.server.data / "sandboxes/snapshots").iterdir()]
        assert len(kept) == suspended + len(self.checkpoints), f"leaked snapshots: {kept}"


WEIGHTS = {
    "begin": 8, "invoke": 40, "invoke_twice_at_once": 6, "suspend": 24, "resume": 10, "stop": 4, "checkpoint": 8,
    "fork": 8, "rewind": 4, "kill_machine": 3, "kill_server": 2,
}  # fmt: skip


@pytest.fixture
def own_server(tmp_path):
    """Killing is not for the server that the other tests share."""
    with Server(tmp_path, SETTINGS).running() as own:
        yield own


def test_nothing_is_lost_doubled_leaked_or_billed_twice(own_server):
    agent = Agent.deploy("endurance", archive_of(AGENTS / "probe"))
    world = World(own_server, agent, random.Random(SEED))
    for number in range(OPERATIONS):
        (name,) = world.random.choices(list(WEIGHTS), WEIGHTS.values())
        world.history.append(name)
        try:
            getattr(world, name)()
            if number % 10 == 0 or name.startswith("kill"):
                world.check()
        except (AssertionError, ClientError, ours.Refused) as error:
            raise AssertionError(f"seed {SEED}, operation {number}: {world.history[-12:]}") from error
    for known in world.known:
        if known.machine or known.suspended:
            known.session.stop()
            world.ends(known)
            known.suspended = False
    world.check()
    check_bill(own_server, world)


def check_bill(server, world):
    """Every life is billed, none for longer than it lasted; each second begun counts as a whole one."""
    bills = [ours.call(server, "GET", f"usage?by={by}") for by in ("agent", "session")]
    total, sessions = bills[0]["total"], bills[1]["lines"]
    for sum_of in ("seconds", "cpuMilliseconds", "memoryKibSeconds"):
        assert total[sum_of] == sum(line[sum_of] for line in sessions), sum_of
    assert {line["sessionId"] for line in sessions} == {known.session.id for known in world.known if known.lived}
    assert total["seconds"] <= world.lived + world.lives, "billed for longer than anything lived"
    assert total["seconds"] >= world.lived / 2, "lives are missing"
    assert total["cpuMilliseconds"] <= 1000 * total["seconds"] * 2, "more than there are processors"
