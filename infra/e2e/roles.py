"""The policies of the functions' roles: what is in them, what a test takes away for a while, and
what the emulator wants more than AWS."""

import json
from contextlib import contextmanager


class Roles:
    """The roles of a deployed stack."""

    def __init__(self, stack):
        self.stack, self.roles = stack, stack.roles

    def name(self, function):
        """The role of a function."""
        about = self.stack.functions.get_function(FunctionName=f"upline-{function}")
        return about["Configuration"]["Role"].rsplit("/", 1)[1]

    def policy(self, function):
        """The name of its one policy, and the document."""
        role = self.name(function)
        [name] = self.roles.list_role_policies(RoleName=role)["PolicyNames"]
        document = self.roles.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        return name, document

    @contextmanager
    def without(self, function, *actions):
        """Takes actions away from a function, and gives them back in the end."""
        role, (name, document) = self.name(function), self.policy(function)
        self.put(role, name, document | {
            "Statement": [left for one in document["Statement"]
                          if (left := less(one, actions)) is not None],
        })
        try:
            yield
        finally:
            self.put(role, name, document)

    def let_send_batches(self, *functions):
        """On AWS who may send a message may send several; the emulator asks for an action of its
        own."""
        for function in functions:
            name, document = self.policy(function)
            more = [one | {"Sid": f"{one['Sid']}Batch", "Action": "sqs:SendMessageBatch"}
                    for one in document["Statement"] if one["Action"] == "sqs:SendMessage"]
            self.put(self.name(function), name, document | {
                "Statement": [*document["Statement"], *more]})

    def put(self, role, name, document):
        """Writes a policy."""
        self.roles.put_role_policy(
            RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def less(statement, actions):
    """A statement without some actions; none where nothing is left."""
    allowed = statement["Action"]
    allowed = [allowed] if isinstance(allowed, str) else allowed
    left = [action for action in allowed
            if action not in actions and f"{action.split(':')[0]}:*" not in actions]
    return statement | {"Action": left} if left else None
