"""The stack of infra/cdk, synthesised and deployed on the emulator."""

import io
import json
import os
import subprocess
import zipfile
from pathlib import Path

from emulator import REGION
from issuer import AUDIENCE

ROOT = Path(__file__).resolve().parents[2]
CDK = ROOT / "infra" / "cdk"
ASSEMBLY = CDK / ".build" / "emulator"
STACK = "upline-emulator"
VERSION_PARAMETER = "/cdk-bootstrap/hnb659fds/version"


class NotReady(Exception):
    """What has to be done before; its message says what."""


def config():
    """What `emulator.json` deploys."""
    return json.loads((CDK / "config" / "emulator.json").read_text())


def of_issuer(issuer):
    """The same, with an API that takes the tokens of an issuer in place of a user pool."""
    usual = config()
    limits = {name: value for name, value in usual["api"].items() if name != "cognito"}
    return usual | {"api": limits | {"issuer": issuer, "audience": [AUDIENCE]}}


def synthesise(configuration):
    """Writes the template and lists its assets; the message of a refusal names the way on.
    UPLINE_ARTIFACTS names another folder of binaries."""
    if not (CDK / "node_modules").is_dir():
        raise NotReady("infra/cdk/node_modules is not there: run `make e2e`, which installs it")
    ASSEMBLY.parent.mkdir(exist_ok=True)
    adapted = ASSEMBLY.with_suffix(".json")
    adapted.write_text(json.dumps(configuration))
    context = {"config": str(adapted)}
    if "UPLINE_ARTIFACTS" in os.environ:
        context["artifacts"] = str(Path(os.environ["UPLINE_ARTIFACTS"]).resolve())
    environment = os.environ | {
        "UPLINE_ENVIRONMENT": "emulator", "CDK_OUTDIR": str(ASSEMBLY), "CDK_VALIDATION": "false",
        "CDK_CONTEXT_JSON": json.dumps(context),
    }
    result = subprocess.run(
        ["npm", "run", "--silent", "synth"], cwd=CDK, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
    )
    if result.returncode != 0:
        raise NotReady(result.stdout.strip())


def deploy(emulator):
    """Uploads the assets, makes the stack by a change set, and returns its outputs."""
    account = emulator.client("sts").get_caller_identity()["Account"]
    assets = json.loads((ASSEMBLY / f"{STACK}.assets.json").read_text())
    template_url = None
    for asset in assets["files"].values():
        for destination in asset["destinations"].values():
            bucket, key = filled_in(destination["bucketName"], account), destination["objectKey"]
            upload(emulator, bucket, key, asset["source"])
            if asset["source"]["path"] == f"{STACK}.template.json":
                template_url = f"{emulator.url}/{bucket}/{key}"
    # What `cdk bootstrap` leaves, and the template asks for.
    emulator.client("ssm").put_parameter(Name=VERSION_PARAMETER, Value="30", Type="String")
    formation = emulator.client("cloudformation")
    change = {"StackName": STACK, "ChangeSetName": "first"}
    formation.create_change_set(
        **change, ChangeSetType="CREATE", TemplateURL=template_url,
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    formation.get_waiter("change_set_create_complete").wait(
        **change, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    formation.execute_change_set(**change)
    formation.get_waiter("stack_create_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    stack = formation.describe_stacks(StackName=STACK)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}


def filled_in(text, account):
    """A name of the assembly for the account and region of the emulator."""
    return text.replace("${AWS::AccountId}", account).replace("${AWS::Region}", REGION)


def upload(emulator, bucket, key, source):
    """Puts one asset where the template looks for it."""
    storage = emulator.client("s3")
    storage.create_bucket(Bucket=bucket)
    path = ASSEMBLY / source["path"]
    body = zipped(path) if source["packaging"] == "zip" else path.read_bytes()
    storage.put_object(Bucket=bucket, Key=key, Body=body)


def zipped(folder):
    """The files of a folder with their modes: a function has to be executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return buffer.getvalue()
