"""Every role against every request: what the listing of infra/cdk says it may do is let through,
and all else is refused."""

import json
import unittest
from functools import partial

import permissions
from deploy import CDK, STACK
from running import OnTheStack, say

# What the emulator refuses and AWS does not, by its documentation: for logs it wants the ARN of the
# group without the `:*` that AWS wants, and for the list of streams a permission for all.
STRICTER = {"logs:CreateLogStream", "logs:PutLogEvents", "dynamodb:ListStreams"}
LISTING = CDK / "test" / "permissions.dev.snapshot"


def listed():
    """By the beginning of a role's id: pairs of a resource of the template and an action."""
    found = {}
    for part in LISTING.read_text().split("\n\n"):
        head, *statements = part.strip().splitlines()
        found[head.split("DefaultPolicy")[0]] = {
            (where(statement["Resource"]), action)
            for statement in map(json.loads, statements)
            for action in as_list(statement["Action"])
        }
    return found


def where(resource):
    """What a statement is about: the logical id and the attribute, or the text as it is."""
    match resource:
        case {"Fn::GetAtt": [logical_id, attribute]}:
            return f"{logical_id}.{attribute}"
        case {"Fn::Join": [separator, parts]}:
            return separator.join(part if isinstance(part, str) else where(part) for part in parts)
    return str(resource)


def as_list(value):
    """One or several."""
    return value if isinstance(value, list) else [value]


class Permissions(OnTheStack):
    """As the roles themselves."""

    def test_each_role_may_do_what_is_listed_and_nothing_else(self):
        """Hundreds of requests; all that are answered otherwise are shown."""
        wrong, tried = [], 0
        for role, allowed in listed().items():
            for (resource, action), call in self.requests(self.clients(role)).items():
                expected, got = (resource, action) in allowed, permissions.may(call)
                tried += 1
                if got != expected and not (expected and action in STRICTER):
                    wrong.append(f"{role}: {action} on {resource} is "
                                 f"{'let through' if got else 'refused'}")
        self.stack.table.delete_item(TableName=self.stack.table_name, Key=permissions.NOBODY)
        self.assertEqual(wrong, [], f"{len(wrong)} of {tried}")
        self.assertGreater(tried, 300)
        say(f"{tried} requests of {len(listed())} roles")

    def clients(self, beginning):
        """What makes clients with the credentials of a role; its trust is widened meanwhile, since
        nobody but Lambda may take it on."""
        [role] = [one["PhysicalResourceId"] for one in self.resources()
                  if one["ResourceType"] == "AWS::IAM::Role"
                  and one["LogicalResourceId"].startswith(beginning)]
        about = self.stack.roles.get_role(RoleName=role)["Role"]
        trust = about["AssumeRolePolicyDocument"]
        account = {"Effect": "Allow", "Action": "sts:AssumeRole",
                   "Principal": {"AWS": about["Arn"].split(":")[4]}}
        self.trust(role, trust | {"Statement": [*trust["Statement"], account]})
        try:
            taken = self.stack.emulator.client("sts").assume_role(
                RoleArn=about["Arn"], RoleSessionName="permissions")["Credentials"]
        finally:
            self.trust(role, trust)
        return partial(
            self.stack.emulator.client, aws_access_key_id=taken["AccessKeyId"],
            aws_secret_access_key=taken["SecretAccessKey"],
            aws_session_token=taken["SessionToken"])

    def trust(self, role, document):
        """Who may take a role on."""
        self.stack.roles.update_assume_role_policy(
            RoleName=role, PolicyDocument=json.dumps(document))

    def requests(self, client):
        """By resource and action, all that is tried."""
        found = {("*", action): call for action, call in permissions.account(client).items()}
        for resource in self.resources():
            of_kind = permissions.OF_KIND.get(resource["ResourceType"])
            if of_kind:
                parts = of_kind(client, resource["PhysicalResourceId"])
                found |= {(f"{resource['LogicalResourceId']}.{part}", action): call
                          for (part, action), call in parts.items()}
        return found

    def resources(self):
        """Of the deployed stack."""
        formation = self.stack.emulator.client("cloudformation")
        return formation.describe_stack_resources(StackName=STACK)["StackResources"]


if __name__ == "__main__":
    unittest.main()
