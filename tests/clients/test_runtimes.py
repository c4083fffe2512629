"""Agent runtimes, versions, endpoints and tags, as boto3 uses them."""

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from conftest import AGENTS
from servers import ROLE, archive_of, artifact, request, upload, wait, wait_for_runtime

KEY = "runtimes.zip"


@pytest.fixture(scope="module", autouse=True)
def _code(server):
    upload(archive_of(AGENTS / "probe"), KEY)


@pytest.fixture
def create(control):
    """Creates runtimes that do not outlive the test."""
    made = []

    def create(name, **more):
        created = control.create_agent_runtime(**request(name, KEY, **more))
        made.append(created["agentRuntimeId"])
        return created

    yield create
    for identifier in made:
        try:
            control.delete_agent_runtime(agentRuntimeId=identifier)
            wait(lambda: control.get_agent_runtime(agentRuntimeId=identifier))
        except control.exceptions.ResourceNotFoundException:
            pass


def refused(call, **parameters):
    with pytest.raises(ClientError) as refusal:
        call(**parameters)
    return refusal.value.response


def test_a_runtime_from_its_creation_to_its_end(control, create):
    created = create("whole_life", description="first", environmentVariables={"COLOUR": "red"})
    identifier = created["agentRuntimeId"]
    assert created["status"] == "CREATING"
    assert created["agentRuntimeVersion"] == "1"
    assert created["agentRuntimeArn"].endswith(f":runtime/{identifier}")

    shown = wait_for_runtime(control, identifier)
    assert shown["status"] == "READY", shown.get("failureReason")
    assert shown["agentRuntimeArtifact"] == artifact(KEY)
    assert (shown["description"], shown["environmentVariables"]) == ("first", {"COLOUR": "red"})
    assert shown["roleArn"] == ROLE
    assert shown["lifecycleConfiguration"] == {"idleRuntimeSessionTimeout": 900, "maxLifetime": 28800}
    listed = control.list_agent_runtimes()["agentRuntimes"]
    assert [row["agentRuntimeName"] for row in listed if row["agentRuntimeId"] == identifier] == ["whole_life"]

    deleted = control.delete_agent_runtime(agentRuntimeId=identifier)
    assert deleted["status"] == "DELETING"
    with pytest.raises(control.exceptions.ResourceNotFoundException):
        wait(lambda: control.get_agent_runtime(agentRuntimeId=identifier))


def test_an_update_is_a_version_and_old_versions_stay(control, create):
    identifier = create("versioned", description="first")["agentRuntimeId"]
    wait_for_runtime(control, identifier)
    update = {k: v for k, v in request("", KEY).items() if k != "agentRuntimeName"}
    updated = control.update_agent_runtime(agentRuntimeId=identifier, description="second", **update)
    assert updated["agentRuntimeVersion"] == "2"
    assert wait_for_runtime(control, identifier)["status"] == "READY"
    newest = control.get_agent_runtime(agentRuntimeId=identifier)
    first = control.get_agent_runtime(agentRuntimeId=identifier, agentRuntimeVersion="1")
    assert (newest["agentRuntimeVersion"], newest["description"]) == ("2", "second")
    assert (first["agentRuntimeVersion"], first["description"]) == ("1", "first")
    pages = control.get_paginator("list_agent_runtime_versions").paginate(
        agentRuntimeId=identifier, PaginationConfig={"PageSize": 1}
    )
    versions = [row["agentRuntimeVersion"] for page in pages for row in page["agentRuntimes"]]
    assert sorted(versions) == ["1", "2"]
    default = wait(lambda: control.get_agent_runtime_endpoint(agentRuntimeId=identifier, endpointName="DEFAULT"))
    assert default["liveVersion"] == "2"


def test_a_named_endpoint_stays_with_its_version(control, create):
    identifier = create("pinned")["agentRuntimeId"]
    wait_for_runtime(control, identifier)
    get = lambda: control.get_agent_runtime_endpoint(agentRuntimeId=identifier, endpointName="stable")  # noqa: E731
    control.create_agent_runtime_endpoint(agentRuntimeId=identifier, name="stable", agentRuntimeVersion="1")
    assert wait(get)["liveVersion"] == "1"
    update = {k: v for k, v in request("", KEY).items() if k != "agentRuntimeName"}
    control.update_agent_runtime(agentRuntimeId=identifier, **update)
    wait_for_runtime(control, identifier)
    assert get()["liveVersion"] == "1"
    control.update_agent_runtime_endpoint(
        agentRuntimeId=identifier, endpointName="stable", agentRuntimeVersion="2"
    )
    assert wait(get)["liveVersion"] == "2"
    pages = control.get_paginator("list_agent_runtime_endpoints").paginate(
        agentRuntimeId=identifier, PaginationConfig={"PageSize": 1}
    )
    assert sorted(row["name"] for page in pages for row in page["runtimeEndpoints"]) == ["DEFAULT", "stable"]
    control.delete_agent_runtime_endpoint(agentRuntimeId=identifier, endpointName="stable")
    with pytest.raises(control.exceptions.ResourceNotFoundException):
        wait(get)


def test_tags_can_be_added_and_removed(control, create):
    arn = create("tagged", tags={"team": "red"})["agentRuntimeArn"]
    control.tag_resource(resourceArn=arn, tags={"stage": "test", "team": "blue"})
    assert control.list_tags_for_resource(resourceArn=arn)["tags"] == {"team": "blue", "stage": "test"}
    control.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert control.list_tags_for_resource(resourceArn=arn)["tags"] == {"stage": "test"}


def test_pages_hold_every_runtime_once(control, create):
    made = {create(f"page_{number}")["agentRuntimeId"] for number in range(5)}
    pages = control.get_paginator("list_agent_runtimes").paginate(PaginationConfig={"PageSize": 2})
    listed = [row["agentRuntimeId"] for page in pages for row in page["agentRuntimes"]]
    assert made <= set(listed)
    assert len(listed) == len(set(listed))


def test_a_name_is_taken_once(control, create):
    create("taken")
    refusal = refused(control.create_agent_runtime, **request("taken", KEY))
    assert refusal["Error"]["Code"] == "ConflictException"
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 409


def test_a_client_token_makes_a_repetition_harmless(control, create):
    token = "0123456789abcdef0123456789abcdef0123"
    first, again = create("repeated", clientToken=token), create("repeated", clientToken=token)
    assert first["agentRuntimeArn"] == again["agentRuntimeArn"]
    refusal = refused(control.create_agent_runtime, **request("repeated_2", KEY, clientToken=token))
    assert (refusal["Error"]["Code"], refusal["reason"]) == (
        "ValidationException",
        "IdempotentParameterMismatchException",
    )


def test_what_boto3_does_not_check_is_checked_here(control):
    refusal = refused(control.create_agent_runtime, **request("1-not-a-name", KEY))
    assert refusal["Error"]["Code"] == "ValidationException"
    assert [field["name"] for field in refusal["fieldList"]] == ["agentRuntimeName"]


def test_code_that_is_not_there_is_named(control):
    refusal = refused(control.create_agent_runtime, **request("codeless", "absent.zip"))
    assert refusal["Error"]["Code"] in ("ValidationException", "ResourceNotFoundException")
    assert "absent.zip" in refusal["Error"]["Message"]


def test_what_is_absent_is_404(control, data):
    for call, parameters in [
        (control.get_agent_runtime, {"agentRuntimeId": "absent-abcdefghij"}),
        (control.delete_agent_runtime, {"agentRuntimeId": "absent-abcdefghij"}),
        (control.list_tags_for_resource, {"resourceArn": arn("absent-abcdefghij")}),
        (data.invoke_agent_runtime, {"agentRuntimeArn": arn("absent-abcdefghij"), "payload": b"{}"}),
    ]:
        refusal = refused(call, **parameters)
        assert refusal["Error"]["Code"] == "ResourceNotFoundException"
        assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 404


def arn(identifier):
    return f"arn:aws:bedrock-agentcore:us-east-1:000000000000:runtime/{identifier}"


def test_what_is_not_built_says_so(control):
    refusal = refused(control.list_gateways)
    assert refusal["Error"]["Code"] == "NotImplementedException"
    assert refusal["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "ListGateways" in refusal["Error"]["Message"]


def test_a_short_session_id_does_not_leave_the_client(data):
    with pytest.raises(ParamValidationError):
        data.invoke_agent_runtime(agentRuntimeArn=arn("a-abcdefghij"), runtimeSessionId="short", payload=b"")


def test_another_region_is_refused(server):
    elsewhere = boto3.client("bedrock-agentcore-control", region_name="eu-west-1")
    assert refused(elsewhere.list_agent_runtimes)["ResponseMetadata"]["HTTPStatusCode"] == 403

