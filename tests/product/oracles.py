"""Asks for tokens as Microsoft's own Python libraries do. Each line on standard input is a case; each line on standard
output says what came of it. The simulator's journal shows what was sent."""
import json
import os
import sys

import azure.identity as identity
import msal
import requests

OWN = set(os.environ)


def managed(case):
    chosen = {name: case[name] for name in ("client_id", "object_id", "resource_id") if name in case}
    if not chosen:
        return identity.ManagedIdentityCredential()
    return identity.ManagedIdentityCredential(identity_config=chosen)


def workload(case):
    # The simulator is no cloud that a discovery knows of.
    return identity.WorkloadIdentityCredential(disable_instance_discovery=True, enable_azure_proxy=True)


def pipelines(case):
    return identity.AzurePipelinesCredential(
        tenant_id=os.environ["AZURESUBSCRIPTION_TENANT_ID"],
        client_id=os.environ["AZURESUBSCRIPTION_CLIENT_ID"],
        service_connection_id=os.environ["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"],
        system_access_token=os.environ["SYSTEM_ACCESSTOKEN"],
        authority=case["login"],
        disable_instance_discovery=True,
    )


class Msal:
    """MSAL's own client for managed identities, without azure-identity around it."""

    def __init__(self, case):
        chosen = {name: case[name] for name in ("client_id", "object_id", "resource_id") if name in case}
        who = msal.UserAssignedManagedIdentity(**chosen) if chosen else msal.SystemAssignedManagedIdentity()
        self.client = msal.ManagedIdentityClient(who, http_client=requests.Session())

    def get_token(self, scope):
        answer = self.client.acquire_token_for_client(resource=scope.removesuffix("/.default"))
        if "access_token" not in answer:
            raise RuntimeError(answer.get("error_description"))


LIBRARIES = {"managed": managed, "workload": workload, "pipelines": pipelines, "msal": Msal}


def run(case):
    for name in set(os.environ) - OWN:
        del os.environ[name]
    os.environ.update(case["variables"])
    try:
        LIBRARIES[case["library"]](case).get_token(case["scope"])
        return "token"
    except Exception as error:  # whatever it is, the test wants to read it
        return "%s: %s" % (type(error).__name__, " ".join(str(error).split()))


print("ready", flush=True)
for line in sys.stdin:
    print(run(json.loads(line)), flush=True)
