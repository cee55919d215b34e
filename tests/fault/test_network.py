"""The network between the program and PostgreSQL goes bad while 200 messages a second come in, and gets well again.
Whatever it does, a message that was acknowledged is stored exactly once (the checker of the kills looks), and the desk
is itself again within seconds: it acknowledges, routes, answers its agents and says that it is ready.

To see it fail, let common/postgres wait for ever: give the Watchdog of Database an hour of patience, and a connection
that falls silent holds its thread until the kernel gives up."""

import pytest

import gate as gates
import program
from trial import SETTINGS, Fault, Trial

ACCOUNTS = 4
RECOVERY_MAX_S = 10
GROWTH_MAX_MIB = 64

# By name: what the gate does, for how many seconds, and how the test sees that it did it.
LOUD = {
    "two seconds late": (lambda gate: gate.delay(2), 6, lambda gate, trial: trial.slowest_s > 2),
    "reset": (lambda gate: gate.reset(), 0, lambda gate, trial: gate.cut > 0),
    "commits in doubt": (lambda gate: gate.doubt(8), 4, lambda gate, trial: gate.doubts >= 20),
    "byte by byte": (lambda gate: gate.slice(), 4, lambda gate, trial: gate.crumbs > 10_000),
    "refused": (lambda gate: gate.refuse(), 4, lambda gate, trial: not trial.was_ready),
}
SILENT = {
    "silent for a moment": (lambda gate: gate.fall_silent(), 1, lambda gate, trial: gate.silenced > 0),
    "silent for long": (lambda gate: gate.fall_silent(), 9, lambda gate, trial: not trial.was_ready),
}


@pytest.mark.parametrize("faults", [LOUD, SILENT], ids=["loud", "silent"])
def test_a_network_that_goes_bad_loses_and_doubles_nothing_and_is_forgotten(faults, tmp_path):
    with gates.running_gate(program.Cluster().settings["PGPORT"]) as gate:
        with program.running_desk(gates.GatedCluster(gate), tmp_path, **SETTINGS) as desk:
            trial = Trial(desk, ACCOUNTS)
            trial.run(*[made(gate, name, *fault) for name, fault in faults.items()])
            print(f"{gate.cut} cut, {gate.silenced} silenced, {gate.doubts} commits in doubt, {gate.crumbs} crumbs")
            trial.judge(RECOVERY_MAX_S)
            assert program.IS_SANITIZED or trial.growth_mib <= GROWTH_MAX_MIB


def made(gate, name, do_harm, seconds, has_happened):
    return Fault(name, lambda: do_harm(gate), gate.heal, seconds, lambda trial: has_happened(gate, trial))
