"""An identity provider (OpenID Connect) on this machine, for tests."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import jwt


class Issuer:
    """Signs everybody in with `claims`, and records the requests."""

    def __init__(self):
        self.claims, self.asked = {}, []
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self._answer(issuer.read(urlsplit(self.path).path))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                issuer.asked.append(parse_qs(body))
                self._answer(issuer.token())

            def _answer(self, body):
                text = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                """Keep quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def read(self, path):
        """Return its configuration, or what it knows of the person."""
        if path == "/userinfo":
            return self.claims
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        found = {f"{name}_endpoint": f"{self.url}/{path}" for name, path in names.items()}
        return {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **found}

    def token(self):
        """Return the answer to a code; over this direct way the signature is not looked at."""
        told = {**self.claims, "iss": self.url, "aud": "punctual", "exp": 4_000_000_000, "iat": 1_700_000_000}
        return {"access_token": "x", "token_type": "Bearer", "id_token": jwt.encode(told, "k" * 32)}

    def close(self):
        """Stop it."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
