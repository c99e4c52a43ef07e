"""Starts an emulator, deploys the stack on it and leaves it running; `down.py` ends it. A number
asks for so many orders."""

import json
import secrets
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from deploy import NotReady, config, deploy, synthesise
from emulator import Emulator
from shop import Shop, plan_items
from stack import DeployedStack

STATE = Path(__file__).parent / ".venv" / "emulator.json"
DEMO = Shop("demo")
DISTRIBUTORS = 20
BUYERS = 200


def main(orders):
    """Prints what a client needs to reach it."""
    if STATE.exists():
        sys.exit(f"{STATE} says that one is running: end it with `make down`")
    try:
        synthesise(config())
    except NotReady as error:
        sys.exit(str(error))
    with ExitStack() as if_it_fails:
        emulator = if_it_fails.enter_context(Emulator.start("http"))
        stack = started(emulator)
        print(use(stack))
        if_it_fails.pop_all()
    STATE.write_text(json.dumps({"port": emulator.port, "pid": emulator.pid,
                                 "folder": str(emulator.folder), "scheme": emulator.scheme}))
    if orders:
        play(stack, orders)


def started(emulator):
    """The stack with a plan."""
    stack = DeployedStack(emulator, deploy(emulator))
    stack.publish(plan_items(DEMO.tenant))
    return stack


def use(stack):
    """What to do with it."""
    emulator, outputs = stack.emulator, stack.outputs
    return USE.format(
        url=f"{emulator.url}/_aws/execute-api/{outputs['ApiId']}/$default",
        token=token(emulator, outputs), emulator=emulator, bus=stack.bus_name)


def token(emulator, outputs):
    """The ID token of an admin of the demo, made as docs/deploy.md says; it holds for an hour."""
    pools, user = emulator.client("cognito-idp"), "admin"
    pool = {"UserPoolId": outputs["UserPoolId"]}
    said = {"tenant": DEMO.tenant, "role": "admin", "subject": user}
    password = f"Aa1!{secrets.token_urlsafe(24)}"
    # AWS makes one up where there is none; that of the emulator breaks the rules of the pool.
    pools.admin_create_user(
        **pool, Username=user, MessageAction="SUPPRESS", TemporaryPassword=password,
        UserAttributes=[{"Name": f"custom:{name}", "Value": text} for name, text in said.items()])
    pools.admin_set_user_password(**pool, Username=user, Password=password, Permanent=True)
    answer = pools.admin_initiate_auth(
        **pool, ClientId=outputs["UserPoolClientId"], AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": user, "PASSWORD": password})
    return answer["AuthenticationResult"]["IdToken"]


def play(stack, orders):
    """A tree of distributors, buyers, and orders of them in turn; waits until all is posted."""
    began = time.monotonic()
    stack.send([DEMO.registered(f"d{each}", f"d{each}",
                                **({"invite_code": f"D{(each - 1) // 2}"} if each else {}))
                for each in range(DISTRIBUTORS)])
    stack.send([DEMO.bound(f"b{each}", f"b{each}", f"D{each % DISTRIBUTORS}")
                for each in range(BUYERS)])
    stack.send([DEMO.paid(f"o{each}", f"O{each}", f"b{each % BUYERS}", [f"{1 + each % 500}.90"])
                for each in range(orders)])
    stack.quiet()
    stack.posted()
    print(f"{orders} orders of {BUYERS} buyers under {DISTRIBUTORS} distributors, posted after "
          f"{time.monotonic() - began:.0f} seconds: try /v1/distributors/d0/balance")


USE = """The stack runs on {emulator.url}; its log is {emulator.log}. `make down` ends it.

  export UPLINE_URL='{url}'
  export UPLINE_TOKEN={token}

The token is that of an admin of the tenant "demo", for an hour. What README sends to `upline dev`
can be sent here as well:

  upline event send first.jsonl
  curl -H "Authorization: Bearer $UPLINE_TOKEN" "$UPLINE_URL/v1/distributors/bob/balance"
  curl -H "Authorization: Bearer $UPLINE_TOKEN" "$UPLINE_URL/v1/orders/A1"

Or on the bus, with any client of AWS:

  export AWS_ENDPOINT_URL={emulator.url} AWS_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
  aws events put-events --entries '[{{"EventBusName": "{bus}", "Source": "shop", "DetailType":
    "OrderCompleted", "Detail": "{{\\"metadata\\": …, \\"data\\": …}}"}}]'
"""

if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
