"""MSAL Python on a cache file. Arguments: file, authority, client id, then `silent` and a user name, or `device`.

Says what it does line by line: `code <user code>` where a person has to enter one, and at the end a JSON object
with the account's name, where the token came from, the error if there was one, and the seconds that reading and the
token have taken. The CA is in REQUESTS_CA_BUNDLE.
"""

import json
import os
import sys
import time

import msal

path, authority, client, way, *rest = sys.argv[1:]
begun = time.perf_counter()
cache = msal.SerializableTokenCache()
if os.path.exists(path):
    with open(path, encoding="utf-8") as file:
        cache.deserialize(file.read())
app = msal.PublicClientApplication(client, authority=authority, instance_discovery=False, token_cache=cache)
scopes = ["User.Read"]
if way == "silent":
    accounts = app.get_accounts(rest[0])
    answer = app.acquire_token_silent_with_error(scopes, accounts[0]) if accounts else {"error": "no account"}
else:
    flow = app.initiate_device_flow(scopes)
    print("code", flow["user_code"], flush=True)
    answer = app.acquire_token_by_device_flow(flow)
seconds = time.perf_counter() - begun
answer = answer or {"error": "no token"}
with open(path, "w", encoding="utf-8") as file:
    file.write(cache.serialize())
names = [account["username"] for account in app.get_accounts()]
source, error = answer.get("token_source"), answer.get("error")
print(json.dumps({"names": names, "source": source, "error": error, "seconds": seconds}))
