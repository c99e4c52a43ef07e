"""The HTTP API as a client sees it."""

import json
import ssl
import urllib.error
import urllib.request


class Api:
    """Requests with the tokens of one tenant."""

    def __init__(self, stack, issuer, tenant):
        # The emulator serves it on its own port, and not at ApiUrl.
        self.url = f"{stack.emulator.url}/_aws/execute-api/{stack.outputs['ApiId']}/$default"
        self.trusted = ssl.create_default_context(cafile=stack.emulator.certificate)
        self.issuer, self.tenant, self.tokens = issuer, tenant, {}

    def get(self, path, role="admin", subject=None, token=None):
        """The status, and the answer."""
        return self.ask("GET", path, token or self.token(role, subject))

    def post(self, path, body, role="admin"):
        """The status, and the answer."""
        return self.ask("POST", path, self.token(role, None), body)

    def token(self, role, subject):
        """A token, made once."""
        if (role, subject) not in self.tokens:
            self.tokens[role, subject] = self.issuer.token(self.tenant, role, subject)
        return self.tokens[role, subject]

    def ask(self, method, path, token, body=None):
        """The status, and the answer; no token where it is none."""
        request = urllib.request.Request(
            self.url + path, method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({} if token is None else {"Authorization": f"Bearer {token}"}))
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.trusted) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")
