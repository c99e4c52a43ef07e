"""The HTTP API as a client sees it."""

import json
import ssl
import threading
from http.client import HTTPSConnection

SECONDS = 30
HELD = threading.local()


class Api:
    """Requests with the tokens of one tenant."""

    def __init__(self, stack, issuer, tenant):
        self.emulator = stack.emulator
        # The emulator serves it on its own port, and not at ApiUrl.
        self.base = f"/_aws/execute-api/{stack.outputs['ApiId']}/$default"
        self.issuer, self.tenant, self.tokens = issuer, tenant, {}

    def get(self, path, role="admin", subject=None):
        """The status, and the answer."""
        return self.ask("GET", path, self.token(role, subject))

    def post(self, path, body, role="admin"):
        """The status, and the answer."""
        return self.ask("POST", path, self.token(role, None), body)

    def token(self, role, subject):
        """A token, made once."""
        if (role, subject) not in self.tokens:
            self.tokens[role, subject] = self.issuer.token(self.tenant, role, subject)
        return self.tokens[role, subject]

    def ask(self, method, path, token, body=None):
        """The status, and the answer; without a token where it is none."""
        headers = {"Content-Type": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = (method, self.base + path, None if body is None else json.dumps(body), headers)
        try:
            return self.answer(request)
        except ConnectionError:
            # The emulator closes what was at rest for long; whatever is asked may be asked again.
            hang_up()
            return self.answer(request)

    def answer(self, request):
        """The status, and the answer, on the connection of this thread."""
        connection = self.connection()
        connection.request(*request)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read() or b"null")

    def connection(self):
        """One for each thread, kept."""
        if not hasattr(HELD, "connection"):
            trusted = ssl.create_default_context(cafile=self.emulator.certificate)
            HELD.connection = HTTPSConnection(
                "127.0.0.1", self.emulator.port, timeout=SECONDS, context=trusted)
        return HELD.connection


def hang_up():
    """Ends the connection of this thread: the emulator would wait for it before it ends."""
    if hasattr(HELD, "connection"):
        HELD.connection.close()
