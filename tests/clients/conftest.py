"""One server for the whole run: every test leaves it as it found it."""

from pathlib import Path

import pytest

from servers import Agent, Server, archive_of, client

AGENTS = Path(__file__).parent / "agents"


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("freehold")).start()
    running.enter_environment()
    yield running
    running.stop()


@pytest.fixture(autouse=True)
def _server_log(server, request):
    """Whatever fails says what the server thought of it."""
    yield
    report = getattr(request.node, "failed_report", None)
    if report is not None:
        report.sections.append(("the end of the server's log", server.log()))


def pytest_collection_modifyitems(items):
    """What has to wait for long begins early in the run and is looked at when all else is done."""
    items.sort(key=lambda item: item.get_closest_marker("late") is not None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if report.when == "call" and report.failed:
        item.failed_report = report
    return report


# Whichever test asks first may have entered a server of its own: these are the shared one's all the same.
@pytest.fixture(scope="session")
def control(server):
    with server.entered():
        return client("bedrock-agentcore-control")


@pytest.fixture(scope="session")
def data(server):
    with server.entered():
        return client("bedrock-agentcore")


@pytest.fixture(scope="session")
def probe(server):
    """An agent that does what it is told and shows what it sees."""
    return Agent.deploy("probe", archive_of(AGENTS / "probe"))


@pytest.fixture
def session(probe):
    """A session of its own, ended afterwards."""
    begun = probe.session()
    yield begun
    begun.stop()
