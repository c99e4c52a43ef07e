"""An issuer of tokens on loopback: a key, the two documents that verifiers ask for, and tokens."""

import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

AUDIENCE = "upline-e2e"
KEY_ID = "e2e"
TOKEN_SECONDS = 24 * 3600


class Issuer:
    """Serves what verifies its tokens, until it is stopped."""

    def __init__(self, port=0):
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.server = ThreadingHTTPServer(("127.0.0.1", port), self.handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def documents(self):
        """By path, what a verifier reads."""
        numbers = self.key.public_key().public_numbers()
        public = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
                  "n": number(numbers.n), "e": number(numbers.e)}
        return {
            "/.well-known/openid-configuration":
                {"issuer": self.url, "jwks_uri": f"{self.url}/.well-known/jwks.json"},
            "/.well-known/jwks.json": {"keys": [public]},
        }

    def token(self, tenant, role, subject=None, **more):
        """A token of somebody; `more` are claims in place of the usual ones."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "iat": now, "exp": now + TOKEN_SECONDS,
                  "tenant": tenant, "role": role, "sub": subject or role, **more}
        head = {"alg": "RS256", "typ": "JWT", "kid": KEY_ID}
        signed = ".".join(part(json.dumps(each).encode()) for each in (head, claims))
        signature = self.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{part(signature)}"

    def stop(self):
        """Ends the server."""
        self.server.shutdown()
        self.server.server_close()

    def handler(self):
        """What answers its requests."""
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            """Answers the documents, and nothing else."""

            def do_GET(self):
                """By path."""
                document = issuer.documents().get(self.path)
                body = json.dumps(document or {}).encode()
                self.send_response(200 if document else 404)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                """Says nothing."""

        return Handler


def part(data):
    """Bytes as a token has them."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    """A whole number as a key set has it."""
    return part(value.to_bytes((value.bit_length() + 7) // 8, "big"))
